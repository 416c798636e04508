import Foundation
import Glibc
import Synchronization

/// Tells how far an import is: one line that changes on a terminal, else a line every few seconds.
final class ImportProgress: Sendable {
    private let tally: ImportTally
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let ticking = Mutex<Task<Void, Never>?>(nil)

    init(tally: ImportTally) { self.tally = tally }

    func start() {
        let task = Task { [tally, isTerminal] in
            while !Task.isCancelled {
                // Cancelled while it sleeps: the loop's condition ends it.
                try? await Task.sleep(for: isTerminal ? .milliseconds(200) : .seconds(5))
                guard !Task.isCancelled else { return }
                Self.show(tally.line, isTerminal: isTerminal)
            }
        }
        ticking.withLock { $0 = task }
    }

    func finish() {
        let task = ticking.withLock { current in
            defer { current = nil }
            return current
        }
        guard let task else { return }
        task.cancel()
        if isTerminal { Self.show("", isTerminal: true) }
    }

    private static func show(_ line: String, isTerminal: Bool) {
        guard isTerminal else { return whisper(line) }
        // Back to the start of the line, and clear the rest of it.
        try? FileHandle.standardError.write(contentsOf: Data("\r\u{1B}[K\(line.prefix(120))".utf8))
    }
}
