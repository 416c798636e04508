internal import Crypto
internal import Foundation
internal import Glibc
package import SlipwayService

/// Uploads in a folder of their own, each under a fresh name; what a dead process left is removed at the start.
package struct UploadFiles: UploadFolder {
    private let folder: String
    private let newName: @Sendable () -> String

    package init(folder: String, newName: @escaping @Sendable () -> String) throws {
        self.folder = folder
        self.newName = newName
        try? FileManager.default.removeItem(atPath: folder)  // absent at the first start
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
    }

    package func receive(
        fileName: String,
        limit: Int64,
        pieces: () async throws -> [UInt8]?
    ) async throws -> Upload {
        let ending = fileName.split(separator: ".").dropFirst().last.map(String.init) ?? ""
        guard ending.wholeMatch(of: /[A-Za-z0-9]{1,10}/) != nil else {
            throw ServiceError.invalid("'\(fileName.prefix(80))' has no ending that names its format, such as .parquet")
        }
        let path = "\(folder)/\(newName()).\(ending)"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw ServiceError.unavailable("the upload cannot be stored: \(Self.reason)") }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        var hash = SHA256()
        var size: Int64 = 0
        do {
            while let piece = try await pieces() {
                size += Int64(piece.count)
                guard size <= limit else { throw ServiceError.invalid("the file is over the limit of \(limit) bytes") }
                hash.update(data: piece)
                try file.write(contentsOf: piece)
            }
        } catch {
            unlink(path)
            throw error is ServiceError ? error : ServiceError.unavailable("the upload was cut off or the disk is full")
        }
        return Upload(path: path, digest: "sha256:" + Hex.text(hash.finalize()))
    }

    package func remove(_ upload: Upload) async { unlink(upload.path) }

    private static var reason: String { String(cString: strerror(errno)) }
}
