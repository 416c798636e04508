import Testing

@testable import SlipwayStatistics

@Suite struct GridIndexTests {
    private static let references: [(name: String, values: [Double])] = {
        var generator = SplitMix64(seed: 20_240_601)
        func normal() -> Double { (0..<12).reduce(-6) { sum, _ in sum + generator.unit() } }
        return [
            ("one value", [3]), ("two values", [-1, 1]), ("whole numbers", (0..<1000).map { Double($0 % 17) }),
            ("normal", (0..<5000).map { _ in normal() }),
            ("heavy tail", (0..<5000).map { _ in 1 / max(1e-9, generator.unit()) }),
            ("twenty orders", (0..<5000).map { _ in normal() * [1e-10, 1, 1e10][Int(generator.next() % 3)] }),
            ("all of the range", [-Double.greatestFiniteMagnitude, -1, 0, 1, .greatestFiniteMagnitude]),
            ("subnormal", (1...300).map { Double($0) * .leastNonzeroMagnitude }),
            ("one far away", (0..<400).map { Double($0) } + [1e300]),
        ]
    }()

    @Test("The bins are those of the plain search, also beside the edges and far outside", arguments: references)
    func sameBins(name: String, values: [Double]) throws {
        let grid = try Grid(reference: values)
        var asked = grid.edges.flatMap { [$0, $0.nextUp, $0.nextDown] } + values
        asked += [0, 1, -1, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .leastNonzeroMagnitude]
        var generator = SplitMix64(seed: 7)
        let (low, high) = (grid.edges[0], grid.edges[grid.edges.count - 1])
        asked += (0..<4001).map { _ in low / 2 + (high / 2 - low / 2) * generator.unit() * 2.2 }
        asked = asked.filter(\.isFinite)
        var found: [Int] = []
        asked.withUnsafeBufferPointer { GridIndex(grid).eachBin(of: $0) { bin, _ in found.append(bin) } }
        #expect(found == asked.map(grid.bin(of:)), "\(name)")
    }
}
