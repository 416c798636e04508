import SlipwayDomain
import SlipwayService
import Testing

@Suite("Clock of a drill")
struct DrillClockTests {
    private static let start = Instant(milliseconds: 1_364_774_400_000)

    private func clock(_ time: TestClock, rate: Double = 1000) -> DrillClock {
        DrillClock(start: Self.start, rate: rate, monotonicNanoseconds: { time.nanoseconds })
    }

    @Test("it begins at its start and runs at real speed")
    func realSpeed() {
        let time = TestClock()
        let drill = clock(time)
        #expect(drill.now() == Self.start)
        time.pass(milliseconds: 250)
        #expect(drill.now() == Self.start + Span(milliseconds: 250))
    }

    @Test("a replay leads it to its target, but never faster than its rate")
    func led() {
        let time = TestClock()
        let drill = clock(time)
        #expect(drill.advance(towards: Self.start + .days(1)) == Self.start, "no real time has passed")
        time.pass(milliseconds: 10)
        #expect(drill.advance(towards: Self.start + .days(1)) == Self.start + .seconds(10))
        time.pass(milliseconds: 10)
        #expect(drill.advance(towards: Self.start + .seconds(12)) == Self.start + .seconds(12), "no further than asked")
    }

    @Test("it never goes back and keeps its rate, whatever is asked of it", arguments: 0..<20)
    func property(_ seed: Int) {
        let time = TestClock(seed: UInt64(seed))
        let rate = [0.5, 1, 60, 100_000][seed % 4]
        let drill = clock(time, rate: rate)
        let began = time.nanoseconds
        var last = drill.now()
        for _ in 0..<2000 {
            if time.random() % 2 == 0 { time.pass(milliseconds: Int64(time.random() % 50)) }
            let leap = Int64(time.random() % 100_000_000) - 50_000_000
            let next = time.random() % 3 == 0 ? drill.now() : drill.advance(towards: last + Span(milliseconds: leap))
            #expect(next >= last, "seed \(seed)")
            last = next
            let real = Double(time.nanoseconds - began) / 1_000_000
            #expect(Double((last - Self.start).milliseconds) <= real * max(1, rate) + 1, "seed \(seed)")
        }
    }

    @Test("many who lead and read it at once see it go forward only")
    func concurrent() async {
        let time = TestClock()
        let drill = clock(time)
        await withTaskGroup(of: Bool.self) { group in
            for number in 0..<8 {
                group.addTask {
                    var last = drill.now()
                    for step in 0..<500 {
                        time.pass(milliseconds: 1)
                        let target = Self.start + .seconds(Int64(step * number))
                        let next = number % 2 == 0 ? drill.now() : drill.advance(towards: target)
                        if next < last { return false }
                        last = next
                    }
                    return true
                }
            }
            for await isForward in group { #expect(isForward) }
        }
    }
}
