import Foundation
import Testing

/// The house rules that a formatter does not know.
@Suite struct StyleTests {
    /// Calls that belong to one place only, with what to use instead.
    private static let banned: [(call: String, instead: String)] = [
        ("Date()", "runtime.now()"), ("UUID()", "runtime.newID()"), ("SystemRandomNumberGenerator", "runtime.random()"),
        ("ContinuousClock.now", "runtime.monotonicNanoseconds()"), ("Task.sleep", "runtime.sleep()"),
        ("ProcessInfo", "an argument"), (".random(in:", "runtime.random()"),
    ]

    @Test func `time, randomness and identifiers come from Runtime alone`() throws {
        let floors = ["Values", "Decisions", "Store", "Services", "Doors"]
        for file in try floors.flatMap({ try Repository.files(under: "Sources/\($0)") })
        where !file.path.hasSuffix("Runtime+Live.swift") {
            for (number, line) in file.lines.enumerated() where !Self.isComment(line) {
                for (call, instead) in Self.banned where line.contains(call) {
                    Issue.record("\(file.path):\(number + 1) uses \(call): use \(instead)")
                }
            }
        }
    }

    @Test func `files and folders stay small enough to be read`() throws {
        for file in try Repository.files(under: "Sources") {
            #expect(file.lines.count <= 401, "\(file.path) has \(file.lines.count) lines: split it by concept")
        }
        for file in try Repository.files(under: "Tests") {
            #expect(file.lines.count <= 601, "\(file.path) has \(file.lines.count) lines: split it by behaviour")
        }
    }

    @Test func `nothing is called a helper and nothing is left for later`() throws {
        for file in try Repository.files(under: "Sources") {
            let name = file.path.split(separator: "/").last ?? ""
            for word in ["Util", "Helper", "Manager", "Common"] {
                #expect(!name.contains(word), "\(file.path): name it after its concept")
            }
            for (number, line) in file.lines.enumerated() {
                for mark in ["TODO", "FIXME", "XXX"] where line.contains(mark) {
                    Issue.record("\(file.path):\(number + 1) is unfinished: \(line)")
                }
            }
        }
    }

    @Test func `unchecked sendability and forced answers each say why`() throws {
        for file in try Repository.files(under: "Sources") {
            for (number, line) in file.lines.enumerated() where line.contains("@unchecked Sendable") {
                let before = file.lines[max(0, number - 8)..<number].joined()
                #expect(before.contains("SAFETY"), "\(file.path):\(number + 1) needs a SAFETY comment")
            }
        }
    }

    /// Swift 6.3 optimises the way back into an actor away where such a function is inlined into it; an executor check
    /// then ends the process, and without one there is a race.
    @Test func `what waits for a continuation is never inlined`() throws {
        let floors = ["Store", "Services", "Adapters", "Doors"]
        for file in try floors.flatMap({ try Repository.files(under: "Sources/\($0)") }) {
            for (number, line) in file.lines.enumerated()
            where line.contains("withChecked") && line.contains("Continuation") && !Self.isComment(line) {
                let before = file.lines[max(0, number - 8)..<number].joined()
                #expect(before.contains("@inline(never)"), "\(file.path):\(number + 1) can be inlined into an actor")
            }
        }
    }

    private static func isComment(_ line: String) -> Bool {
        line.trimmingCharacters(in: .whitespaces).hasPrefix("//")
    }
}
