import Foundation

/// Which file a path leads to, behind every link.
package struct FileIdentity: Equatable, Sendable {
    /// True for a file with bytes of its own; false for a pipe, a device or a folder.
    package let isOrdinary: Bool
    private let device: UInt64
    private let number: UInt64

    /// Nil when there is none.
    package init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        isOrdinary = status.st_mode & S_IFMT == S_IFREG
        (device, number) = (UInt64(status.st_dev), UInt64(status.st_ino))
    }
}
