import SlipwayStatistics
import Testing

@Suite("Moments are exact")
struct MomentsTests {
    @Test("sums that cancel completely leave the small rest")
    func cancellation() {
        #expect(Moments([1e300, 1, -1e300, 0x1p-1074, -1]).sum == 0x1p-1074)
        #expect(Moments([1e16, 1, 1, -1e16]).sum == 2)
        #expect(
            Moments([.greatestFiniteMagnitude, .greatestFiniteMagnitude, -.greatestFiniteMagnitude]).sum
                == .greatestFiniteMagnitude
        )
    }

    @Test("a shift by 2^40 changes no central moment of integers", arguments: [UInt64(3), 4, 5])
    func shift(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        let values = (0..<200).map { _ in Double(Int64(generator.next() % 1000)) - 500 }
        let (here, far) = (Moments(values), Moments(values.map { $0 + 0x1p40 }))
        #expect(here.variance == far.variance, "seed \(seed)")
        #expect(here.skewness == far.skewness, "seed \(seed)")
        #expect(here.excessKurtosis == far.excessKurtosis, "seed \(seed)")
    }

    @Test("moments scale by powers of two to the ends of the double range", arguments: [-1000, -700, -3, 0, 9, 1000])
    func scale(exponent: Int) {
        let factor = Double(sign: .plus, exponent: exponent, significand: 1)
        let values = [1.0, 2, 4, 4, 7, 8]
        let scaled = Moments(values.map { $0 * factor })
        let plain = Moments(values)
        #expect(scaled.skewness == plain.skewness)
        #expect(scaled.excessKurtosis == plain.excessKurtosis)
        #expect(scaled.mean.map { $0 / factor } == plain.mean)
    }

    @Test("small known values")
    func known() {
        let moments = Moments([2, 4, 4, 4, 5, 5, 7, 9])
        #expect(moments.mean == 5)
        #expect(moments.populationVariance == 4)
        #expect(moments.skewness == 0.65625)
        #expect(moments.excessKurtosis == 2.78125 - 3)
        #expect(moments.minimum == 2 && moments.maximum == 9 && moments.count == 8)
    }

    @Test("nothing, one value and equal values have no spread")
    func degenerate() {
        #expect(Moments().mean == nil && Moments().variance == nil && Moments().minimum == nil)
        #expect(Moments([3.5]).mean == 3.5 && Moments([3.5]).variance == nil)
        let equal = Moments([0.1, 0.1, 0.1])
        #expect(equal.variance == 0 && equal.skewness == nil && equal.excessKurtosis == nil)
        #expect(Moments([.nan, .infinity]).count == 0)
    }

    @Test("carries survive far more additions than a limb has spare bits for a test of")
    func manyAdditions() {
        var moments = Moments()
        for _ in 0..<70_000 { moments.add(0.1) }
        for _ in 0..<70_000 { moments.add(-0.1) }
        #expect(moments.sum == 0)
    }
}
