import SlipwayRelease
import Testing

@Suite("The split of traffic")
struct AssignmentTests {
    private let keys = (0..<20_000).map { "user-\($0)" }

    @Test("A growing share only adds keys")
    func monotone() {
        var before: Set<String> = []
        for percent in [0, 1, 5, 25, 50, 99, 100] {
            let now = Set(keys.filter { Assignment.arm(salt: "r1", key: $0, candidatePercent: percent) == .candidate })
            #expect(before.isSubset(of: now))
            let share = Double(now.count) / Double(keys.count)
            #expect(abs(share - Double(percent) / 100) < 0.015, "\(percent) % gave \(share)")
            before = now
        }
        #expect(before.count == keys.count)
    }

    @Test("Nothing goes to the candidate at 0 percent, everything at 100")
    func ends() {
        for key in keys.prefix(1000) {
            #expect(Assignment.arm(salt: "r1", key: key, candidatePercent: 0) == .stable)
            #expect(Assignment.arm(salt: "r1", key: key, candidatePercent: 100) == .candidate)
            #expect((0..<Assignment.buckets).contains(Assignment.bucket(salt: "r1", key: key)))
        }
    }

    @Test("Releases split independently of each other")
    func salted() {
        let both = keys.count {
            Assignment.arm(salt: "r1", key: $0, candidatePercent: 50) == .candidate
                && Assignment.arm(salt: "r2", key: $0, candidatePercent: 50) == .candidate
        }
        #expect(abs(Double(both) / Double(keys.count) - 0.25) < 0.015)
    }

    @Test("The assignment of a key never changes between versions of Slipway")
    func pinned() {
        let actual = ["", "user-1", "user-2", "zażółć"].map { Assignment.bucket(salt: "r1", key: $0) }
        #expect(actual == [2992, 7639, 40, 8071])
    }
}
