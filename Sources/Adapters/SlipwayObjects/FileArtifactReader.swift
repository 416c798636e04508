internal import Glibc
internal import SlipwayService
internal import Synchronization

/// A file of the store that is being read. It stays whole while it is open, even when it is replaced or deleted.
final class FileArtifactReader: ArtifactReader {
    let size: Int64
    private let descriptor: Int32
    private let pool: BlockingPool
    private let position = Mutex<Int64>(0)

    init(descriptor: Int32, size: Int64, pool: BlockingPool) {
        self.descriptor = descriptor
        self.size = size
        self.pool = pool
    }

    deinit { close(descriptor) }

    func next() async throws -> [UInt8]? {
        try await pool.run { try self.readPiece() }
    }

    private func readPiece() throws(ServiceError) -> [UInt8]? {
        try position.withLock { position throws(ServiceError) in
            let wanted = Int(min(size - position, Int64(FileArtifactStore.pieceSize)))
            guard wanted > 0 else { return nil }
            var failure: Int32 = 0
            let piece = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
                var got = pread(descriptor, buffer.baseAddress, wanted, off_t(position))
                while got < 0, errno == EINTR { got = pread(descriptor, buffer.baseAddress, wanted, off_t(position)) }
                if got < 0 { failure = errno }
                count = max(0, got)
            }
            guard failure == 0 else { throw ObjectsFailure.serviceError(failure, doing: "reading") }
            guard !piece.isEmpty else {
                throw .unavailable(
                    "The artifact became shorter while it was read: something else changes the store's files"
                )
            }
            position += Int64(piece.count)
            return piece
        }
    }
}
