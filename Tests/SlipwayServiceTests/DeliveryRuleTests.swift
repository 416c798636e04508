import SlipwayDomain
import SlipwayStore
import Testing

@testable import SlipwayService

/// A delivery's life, step by step, without a network or a database.
@Suite("What follows from an attempt to deliver")
struct DeliveryRuleTests {
    private let now = Instant(milliseconds: 1_364_774_400_000)

    private func delivery(attempts: Int = 0) -> DeliveryRow {
        DeliveryRow(
            id: "d",
            webhook: "w",
            position: 1,
            entry: EntryID("e"),
            event: "MODEL_VERSION.CREATED",
            body: "{}",
            attempts: attempts,
            nextAt: now
        )
    }

    private func after(_ outcome: DeliveryOutcome, attempts: Int = 0, random: UInt64 = 0) -> DeliveryRow {
        DeliveryRule.after(outcome, delivery(attempts: attempts), at: now, random: random)
    }

    @Test("success ends it", arguments: [200, 201, 202, 204, 299])
    func success(_ status: Int) {
        let row = after(.answered(status: status, retryAfter: nil))
        #expect(row.state == .delivered && row.attempts == 1 && row.finishedAt == now && row.reason == nil)
    }

    @Test("what may pass is tried again", arguments: [408, 425, 429, 500, 502, 503, 504, 599])
    func again(_ status: Int) {
        let row = after(.answered(status: status, retryAfter: nil))
        #expect(row.state == .waiting && row.attempts == 1 && row.finishedAt == nil)
        #expect(row.nextAt == now + .seconds(1))
        #expect(row.reason?.contains("\(status)") == true)
    }

    @Test("what will not pass is given up at once", arguments: [300, 301, 302, 307, 308, 400, 401, 403, 404, 410, 422])
    func permanent(_ status: Int) {
        let row = after(.answered(status: status, retryAfter: "1"))
        #expect(row.state == .failed && row.finishedAt == now && row.reason?.contains("\(status)") == true)
    }

    @Test("a lost connection is tried again, a forbidden address is not")
    func others() {
        #expect(after(.failed("no connection")).state == .waiting)
        #expect(after(.refused("not public")).state == .failed)
    }

    @Test("waits double up to a quarter of an hour, vary up to twofold, and end after twelve attempts")
    func backoff() {
        var seconds: Int64 = 1
        for attempts in 0..<(DeliveryRule.mostAttempts - 1) {
            let base = min(seconds, 900) * 1000
            let waits = [0, UInt64.max, 12_345, UInt64(base), UInt64(base) + 1].map { random in
                (after(.failed("x"), attempts: attempts, random: random).nextAt - now).milliseconds
            }
            #expect(waits.allSatisfy { (base...2 * base).contains($0) }, "\(attempts): \(waits)")
            #expect(waits[0] > 0 && Set(waits).count > 1)
            seconds *= 2
        }
        let last = after(.failed("x"), attempts: DeliveryRule.mostAttempts - 1)
        #expect(last.state == .failed && last.attempts == DeliveryRule.mostAttempts && last.reason == "x")
    }

    @Test(
        "Retry-After lengthens a wait within an hour",
        arguments: [
            ("30", 30), ("0", 1), ("3600", 3600), ("86400", 3600), ("4294967295", 3600), ("-5", 1), ("soon", 1),
            ("", 1),
            ("99999999999999999999", 1), ("Mon, 01 Apr 2013 00:01:00 GMT", 60), ("Sun, 31 Mar 2013 23:59:00 GMT", 1),
            ("Fri, 01 Jan 9999 00:00:00 GMT", 3600), ("Mon, 01 Abc 2013 00:01:00 GMT", 1),
        ]
    )
    func retryAfter(_ header: String, _ seconds: Int64) {
        for status in [429, 503] {
            let row = after(.answered(status: status, retryAfter: header))
            #expect(row.nextAt - now == .seconds(seconds), "\(header)")
        }
    }

    @Test("no way of failing keeps a delivery alive for ever, and none takes more than half a day")
    func ends() {
        let clock = TestClock(seed: 77)
        for round in 0..<200 {
            var row = delivery()
            while row.state == .waiting {
                let outcomes: [DeliveryOutcome] = [
                    .failed("x"), .answered(status: 500, retryAfter: nil), .answered(status: 429, retryAfter: "999999"),
                ]
                let outcome = outcomes[Int(clock.random() % 3)]
                let before = row
                row = DeliveryRule.after(outcome, row, at: row.nextAt, random: clock.random())
                #expect(row.attempts == before.attempts + 1)
                #expect(row.state != .waiting || row.nextAt > before.nextAt, "seed 77, round \(round)")
            }
            #expect(row.attempts == DeliveryRule.mostAttempts && row.nextAt - now < .hours(12))
        }
    }
}
