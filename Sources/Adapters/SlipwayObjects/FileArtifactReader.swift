internal import Glibc
internal import SlipwayService
internal import Synchronization

/// A file of the store that is being read. It stays whole while it is open, even when it is replaced or deleted.
final class FileArtifactReader: ArtifactReader {
    private let file: OpenFile
    private let range: Range<Int64>
    private let pool: BlockingPool
    private let position: Mutex<Int64>

    convenience init(_ file: OpenFile, pool: BlockingPool) { self.init(file, range: 0..<file.size, pool: pool) }

    private init(_ file: OpenFile, range: Range<Int64>, pool: BlockingPool) {
        self.file = file
        self.range = range
        self.pool = pool
        position = Mutex(range.lowerBound)
    }

    var size: Int64 { Int64(range.count) }
    var revision: String { file.revision }

    func part(_ part: Range<Int64>) -> any ArtifactReader {
        let start = range.lowerBound + part.lowerBound
        return FileArtifactReader(file, range: start..<start + Int64(part.count), pool: pool)
    }

    func next() async throws -> [UInt8]? {
        try await pool.run { try self.readPiece() }
    }

    private func readPiece() throws(ServiceError) -> [UInt8]? {
        try position.withLock { position throws(ServiceError) in
            let wanted = Int(min(range.upperBound - position, Int64(FileArtifactStore.pieceSize)))
            guard wanted > 0 else { return nil }
            let piece = try file.read(wanted, at: position)
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
