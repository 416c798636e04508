internal import SlipwayService

/// Collects small pieces of a body into ones that are worth a write.
struct BufferedPieces {
    /// Whether nothing more comes.
    private(set) var isAtEnd = false

    /// The next bytes, or nil when there are none.
    mutating func next(of pieces: () async throws -> [UInt8]?) async throws -> [UInt8]? {
        var buffer: [UInt8] = []
        while !isAtEnd, buffer.count < FileArtifactStore.pieceSize {
            guard let piece = try await pieces() else {
                isAtEnd = true
                break
            }
            if buffer.isEmpty { buffer = piece } else { buffer += piece }
        }
        return buffer.isEmpty ? nil : buffer
    }
}
