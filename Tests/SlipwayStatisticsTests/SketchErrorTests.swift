import SlipwayStatistics
import Testing

@Suite("Sketches keep their stated errors")
struct SketchErrorTests {
    @Test("distinct counts are within four standard errors", arguments: [0, 1, 50, 1000, 5000, 60_000])
    func distinct(count: Int) {
        var (numbers, texts) = (DistinctCount(), DistinctCount())
        for i in 0..<count {
            numbers.add(Double(i) * 0.25)
            texts.add("key-\(i)")
            texts.add("key-\(i)")
        }
        let allowed = max(0.5, 4 * 0.0163 * Double(count))
        #expect(abs(numbers.estimate - Double(count)) <= allowed)
        #expect(abs(texts.estimate - Double(count)) <= allowed)
    }

    @Test("latency quantiles are within 1 %", arguments: [UInt64(1), 2, 3])
    func quantiles(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let values = (0..<5000).map { _ in 1e-4 / (1e-6 + generator.unit()) }
        var histogram = LogHistogram()
        for value in values { histogram.add(value) }
        let sorted = values.sorted()
        for q in [0, 0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 1] {
            let exact = sorted[Int((q * Double(sorted.count - 1)).rounded(.down))]
            let estimate = try #require(histogram.quantile(q))
            #expect(abs(estimate - exact) <= 0.0100001 * exact, "q \(q), seed \(seed)")
        }
        let threshold = 0.001
        let sure = values.count { $0 > threshold * 1.0203 }
        let possible = values.count { $0 > threshold }
        let counted = histogram.count(above: threshold)
        #expect(counted >= Int64(sure) && counted <= Int64(possible))
    }

    @Test("latencies out of range are kept in the end bins")
    func outOfRange() {
        var histogram = LogHistogram()
        for value in [0, -1, 1e-12, 1e200, .nan, .infinity] { histogram.add(value) }
        #expect(histogram.count == 4 && histogram.floorCount == 3 && histogram.rejected == 2)
        #expect(histogram.quantile(0) == 0 && histogram.count(above: 1) == 1)
        #expect(LogHistogram().quantile(0.5) == nil)
    }

    @Test("an atom gets a bin of its own, so its share is exact")
    func atom() throws {
        var generator = SplitMix64(seed: 9)
        let values = (0..<4000).map { _ in generator.next() % 3 == 0 ? 1.0 : generator.unit() * 2 }
        let profile = try GridProfile(reference: values)
        let bin = profile.grid.bin(of: 1)
        #expect(profile.counts[bin] == Int64(values.count { $0 == 1 }))
        #expect(!profile.grid.isDiscrete && profile.grid.edges.count <= 256)
    }

    @Test("bins are open below and closed above; outside the reference counts apart")
    func bins() throws {
        let reference = try GridProfile(reference: [1, 2, 2, 3])
        var profile = GridProfile.emptyLike(reference)
        for value in [0.5, 1, 1.5, 2, 3, 3.5, nil, .nan, .infinity, -.infinity] as [Double?] { profile.add(value) }
        profile.addFailed()
        #expect(profile.counts == [1, 1, 2, 1, 1])
        #expect(profile.under == 1 && profile.over == 1 && profile.offEdge == 3)
        #expect(profile.missing == 1 && profile.nan == 1 && profile.failed == 1)
        #expect(profile.positiveInfinity == 1 && profile.negativeInfinity == 1)
        #expect(profile.rows == 11 && profile.count == 6)
        #expect(profile.minimum == 0.5 && profile.maximum == 3.5)
        #expect(throws: StatisticsError.emptyReference) { try GridProfile(reference: [nil, .nan]) }
    }

    @Test("the bin of every value is the first edge that is not below it", arguments: [1, 2, 3, 7, 251])
    func search(count: Int) throws {
        let grid = try Grid(reference: (0..<count).map(Double.init))
        for value in stride(from: -1.0, through: Double(count) + 1, by: 0.25) {
            let expected = grid.edges.firstIndex { $0 >= value } ?? grid.edges.count
            #expect(grid.bin(of: value) == expected)
        }
    }

    @Test("grid quantiles have the rank they are asked for")
    func gridQuantiles() throws {
        var generator = SplitMix64(seed: 4)
        let values = (0..<10_000).map { _ in generator.unit() }
        let profile = try GridProfile(reference: values)
        for q in [0.01, 0.1, 0.5, 0.95, 0.99] {
            let value = try #require(profile.quantile(q))
            let rank = Double(values.count { $0 <= value }) / 10_000
            #expect(abs(rank - q) <= 1.0 / Double(Grid.steps))
        }
    }

    @Test("unseen categories are counted exactly; the most frequent are frozen")
    func categories() throws {
        let reference = try CategoryProfile(reference: ["a", "b", "b", nil])
        var current = CategoryProfile.emptyLike(reference)
        for value in ["a", "z", "z", nil] as [String?] { current.add(value) }
        #expect(current.knownCounts == [1, 0] && current.unseenTotal == 2 && current.missing == 1)
        #expect(current.unseenShare == 2.0 / 3)
        let many = (0..<5000).flatMap { ["m\($0)", $0 < 4000 ? "m\($0)" : nil].compactMap { $0 } }
        let frozen = try CategoryProfile(reference: many)
        #expect(frozen.known.count == CategoryProfile.limit && frozen.count == 9000 && frozen.other == 904)
        var streamed = CategoryProfile()
        for value in many { streamed.add(value) }
        #expect(streamed.unseenCounts.count == CategoryProfile.limit && streamed.count == 9000)
        #expect(try streamed.frozen().count == 9000)
        let long = (0..<5000).flatMap { ["\($0 &* 7919) long name", $0 < 300 ? "\($0 &* 7919) long name" : nil] }
        let cut = try CategoryProfile(reference: long)
        #expect(cut.known.count > 1000 && cut.known.count < 2500 && cut.count == 5300, "as many as 30 KB hold")
        #expect(cut.other == Int64(5000 - cut.known.count), "the most frequent first of all")
        #expect(try MergeLawTests.bytes(cut).count < 36 << 10)
        let tiny = try CategoryProfile(
            reference: (0..<5000).map { String(UnicodeScalar(UInt8($0 % 2 == 0 ? 97 : 98))) }
        )
        #expect(tiny.known == ["a", "b"] && tiny.other == 0)
    }
}
