import SlipwayDomain
import Synchronization
import Testing

@testable import SlipwayService

@Suite("Answers in the place of models that hang")
struct AnswerDeadlinesTests {
    /// What was answered, in order.
    private final class Heard: Sendable {
        private let words = Mutex<[String]>([])
        var all: [String] { words.withLock { $0 } }

        func answer(_ name: String) -> AnswerDeadlines.Answer {
            { result in
                let word: String =
                    switch result {
                    case .success(let tensors): "\(name) \(tensors.count)"
                    case .failure(let error): "\(name) \((error as? ServiceError)?.kind == .timedOut ? "late" : "?")"
                    }
                self.words.withLock { $0.append(word) }
            }
        }
    }

    private let clock = TestClock()

    private func deadlines() -> AnswerDeadlines { AnswerDeadlines(clock.sleepingRuntime) }

    @Test("the first thing said is the answer, whoever says it, and only that")
    func first() async throws {
        let (deadlines, heard) = (deadlines(), Heard())
        let start = clock.nanoseconds
        let quick = deadlines.guarded(until: start + 1_000_000_000, heard.answer("quick"))
        let slow = deadlines.guarded(until: start + 2_000_000_000, heard.answer("slow"))
        let other = deadlines.guarded(until: start + 2_000_000_000, heard.answer("other"))
        quick(.success([]))
        quick(.success([]))
        try await Task.sleep(for: .milliseconds(20))
        #expect(heard.all == ["quick 0"])
        clock.pass(milliseconds: 2000)
        try await eventually { heard.all.count == 3 }
        #expect(Set(heard.all) == ["quick 0", "slow late", "other late"], "both are due in one tick")
        slow(.success([]))
        other(.failure(ServiceError(.internal, "too late")))
        #expect(heard.all.count == 3)
    }

    @Test("the clock that stood still goes again")
    func again() async throws {
        let (deadlines, heard) = (deadlines(), Heard())
        for round in 1...3 {
            let answer = deadlines.guarded(until: clock.nanoseconds + 1_000_000, heard.answer("\(round)"))
            if round == 2 { answer(.success([])) }
            clock.pass(milliseconds: 5)
            try await eventually { heard.all.count == round }
            // Nobody waits now, and its task ends.
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(heard.all == ["1 late", "2 0", "3 late"])
    }

    @Test("of many answers that race with their end each is given once")
    func race() async throws {
        let (deadlines, heard) = (deadlines(), Heard())
        let answers = (0..<500).map { deadlines.guarded(until: clock.nanoseconds + 1_000_000, heard.answer("\($0)")) }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { clock.pass(milliseconds: 5) }
            for answer in answers { group.addTask { answer(.success([])) } }
        }
        try await eventually { heard.all.count == 500 }
        #expect(Set(heard.all.map { $0.split(separator: " ")[0] }).count == 500)
    }
}
