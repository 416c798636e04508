internal import Glibc
internal import SlipwayService

/// A file that is open for reading.
final class OpenFile: Sendable {
    let descriptor: Int32
    let size: Int64
    /// Another file has another one: a file is never changed in place, only replaced by a new one.
    let revision: String

    /// Takes over the descriptor.
    init(descriptor: Int32, status: stat) {
        self.descriptor = descriptor
        size = Int64(status.st_size)
        let time = Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec)
        revision = [Int64(bitPattern: UInt64(status.st_ino)), time, size]
            .map { String(UInt64(bitPattern: $0), radix: 16) }.joined(separator: "-")
    }

    deinit { close(descriptor) }

    /// Up to `count` bytes from `position` on; none at the end.
    func read(_ count: Int, at position: Int64) throws(ServiceError) -> [UInt8] {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            var got = pread(descriptor, buffer.baseAddress, count, off_t(position))
            while got < 0, errno == EINTR { got = pread(descriptor, buffer.baseAddress, count, off_t(position)) }
            if got < 0 { failure = errno }
            filled = max(0, got)
        }
        guard failure == 0 else { throw ObjectsFailure.serviceError(failure, doing: "reading") }
        return bytes
    }
}
