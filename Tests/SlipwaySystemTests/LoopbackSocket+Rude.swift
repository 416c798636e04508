import CoreFoundation
import Foundation
import Glibc

/// What only rude or broken clients do with a connection.
extension LoopbackSocket {
    /// Says that nothing more will be sent; the answer can still be read.
    func closeWriting() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// The connection ends with a reset when this value goes, as when a process dies.
    func resetAtTheEnd() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
    }

    /// Everything until the server hangs up; nil when it has not after so many seconds.
    func readToTheEnd(seconds: Int) -> [UInt8]? {
        var received: [UInt8] = []
        let end = Self.now() + seconds * 1000
        while Self.now() < end {
            guard let piece = readSome(milliseconds: end - Self.now()) else { return nil }
            if piece.isEmpty { return received }
            received += piece
        }
        return nil
    }

    /// What comes next: nothing at all when the server has hung up, nil when it says nothing for so long.
    func readSome(milliseconds: Int) -> [UInt8]? {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&waiting, 1, Int32(clamping: milliseconds)) > 0 else { return nil }
        return [UInt8](unsafeUninitializedCapacity: 1 << 20) { buffer, count in
            count = max(0, recv(descriptor, buffer.baseAddress, buffer.count, 0))
        }
    }

    /// Sends a byte every tenth of a second until the server hangs up or `isOver` says that this is enough; gives what the
    /// server said, or nil when it bore it for so many seconds.
    func trickle(_ bytes: [UInt8], seconds: Int, until isOver: ([UInt8]) -> Bool = { _ in false }) -> [UInt8]? {
        var received: [UInt8] = []
        for step in 0..<(seconds * 10) {
            if let piece = readSome(milliseconds: 100) {
                received += piece
                if piece.isEmpty || isOver(received) { return received }
            }
            var byte = bytes[step % bytes.count]
            guard Glibc.send(descriptor, &byte, 1, Int32(MSG_NOSIGNAL)) == 1 else { return received }
        }
        return nil
    }

    private static func now() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
    }
}

extension ServerProcess {
    /// The memory that the process has now, in KiB.
    var residentKiB: Int {
        get throws {
            let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
            guard let match = status.firstMatch(of: /VmRSS:\s+(\d+) kB/), let size = Int(match.1) else {
                throw SystemTestError("the server is gone:\n\(log)")
            }
            return size
        }
    }
}
