import Testing

@testable import SlipwayTraffic

@Suite struct HedgeTests {
    @Test func `nobody is asked twice before enough answers were seen`() {
        var hedge = Hedge(quantile: 0.9)
        for number in 1..<Hedge.leastAnswers {
            #expect(hedge.begin() == nil)
            hedge.record(milliseconds: Double(number))
        }
        #expect(hedge.begin() == nil)
        hedge.record(milliseconds: 1)
        #expect(hedge.begin() != nil)
    }

    @Test func `the wait is the nearest-rank quantile of the last answers`() {
        var window = LatencyWindow()
        #expect(window.quantile(0.5) == nil)
        for number in (1...100).reversed() { window.add(Double(number)) }
        #expect(window.quantile(0.95) == 95)
        #expect(window.quantile(0) == 1)
        #expect(window.quantile(1) == 100)
        // 256 newer answers replace all of them.
        for _ in 0..<256 { window.add(7) }
        #expect(window.quantile(1) == 7)
        window.add(.nan)
        window.add(-1)
        #expect(window.count == 256)
    }

    @Test func `second requests are a tenth of the first ones, with a few saved up`() {
        var hedge = Hedge(quantile: 0.5)
        var sent = 0
        for _ in 0..<1000 {
            _ = hedge.begin()
            if hedge.spend() { sent += 1 }
        }
        #expect((95...100).contains(sent), "\(sent)")
        for _ in 0..<1000 { _ = hedge.begin() }
        var burst = 0
        while hedge.spend() { burst += 1 }
        #expect(burst == 10)
    }
}
