import Foundation
import Synchronization

/// Measures about what a model takes: by how much the process grows while it is loaded and run once.
enum ONNXMemory {
    /// One model at a time, so that none is counted for another.
    private static let lock = Mutex(())
    private static let waitMicroseconds: UInt32 = 10_000

    /// Runs `body` and gives its result with the growth of this process's resident memory, in bytes.
    ///
    /// A model whose first run never ends (ONNX Runtime cannot be stopped within an operation) must not keep the others
    /// out: who has waited for so many milliseconds is loaded beside it, and nothing is measured.
    static func measured<Value>(
        patienceMilliseconds: Int = 20_000,
        _ body: () throws(ONNXError) -> Value
    ) throws(ONNXError) -> (Value, bytes: Int) {
        for _ in 0..<max(1, patienceMilliseconds * 1000 / Int(waitMicroseconds)) {
            let measured = try lock.withLockIfAvailable { (_) throws(ONNXError) -> (Value, bytes: Int) in
                let before = resident()
                let value = try body()
                return (value, max(0, resident() - before))
            }
            if let measured { return measured }
            usleep(waitMicroseconds)
        }
        return (try body(), 0)
    }

    /// Resident bytes, from proc(5): the second number of statm, in pages.
    private static func resident() -> Int {
        // Without /proc nothing is known and nothing is reported.
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return 0 }
        let numbers = text.split(separator: " ")
        return numbers.count > 1 ? (Int(numbers[1]) ?? 0) * sysconf(Int32(_SC_PAGESIZE)) : 0
    }
}
