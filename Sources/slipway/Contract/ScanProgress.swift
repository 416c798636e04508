import Foundation
import Glibc
import SlipwayTabular

/// Tells how far a scan is, once it takes longer than two seconds: the bytes that the process has read, of the data's.
struct ScanProgress {
    private let bytes: Int64
    private let isTerminal = isatty(STDERR_FILENO) == 1

    init(data: String) {
        bytes = TabularEngine.files(of: data).reduce(0) { $0 + $1.bytes }
    }

    /// Runs `body`, which blocks, on a thread of its own and shows a bar meanwhile.
    func during<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        let bar = Task { try await show() }
        defer {
            bar.cancel()
            if isTerminal { Self.write("\r\u{1B}[K") }
        }
        return try await withCheckedThrowingContinuation { continuation in
            let thread = Thread { continuation.resume(with: Result { try body() }) }
            thread.stackSize = 8 << 20
            thread.start()
        }
    }

    private func show() async throws {
        let start = Self.bytesRead()
        try await Task.sleep(for: .seconds(2))
        while !Task.isCancelled {
            let read = min(bytes, max(0, Self.bytesRead() - start))
            if isTerminal {
                Self.write("\r\u{1B}[K\(line(read))")
            } else {
                whisper(line(read))
            }
            try await Task.sleep(for: isTerminal ? .milliseconds(200) : .seconds(10))
        }
    }

    private func line(_ read: Int64) -> String {
        let share = bytes > 0 ? Double(read) / Double(bytes) : 0
        let filled = Int(share * 30)
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: 30 - filled)
        return "[\(bar)] read \(read >> 20) of \(bytes >> 20) MiB"
    }

    /// What this process has read so far; 0 where the system does not say.
    private static func bytesRead() -> Int64 {
        guard let text = try? String(contentsOfFile: "/proc/self/io", encoding: .utf8),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("rchar:") })
        else { return 0 }
        return Int64(line.dropFirst(6).trimmingCharacters(in: .whitespaces)) ?? 0
    }

    /// A terminal that has gone is no reason to stop.
    private static func write(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }
}
