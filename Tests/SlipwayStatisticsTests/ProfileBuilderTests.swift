import Foundation
import SlipwayStatistics
import Testing

/// A table of four columns with everything that can be wrong in one, made from a seed.
struct RandomTable {
    var numbers: [Double?] = []
    var integers: [Double?] = []
    var texts: [String?] = []
    var flags: [Bool?] = []

    init(seed: UInt64, rows: Int) {
        var generator = SplitMix64(seed: seed)
        for _ in 0..<rows {
            let scale = [1e-9, 1.0, 1e6, 1e300][Int(generator.next() % 4)]
            switch generator.next() % 20 {
            case 0: numbers.append(nil)
            case 1: numbers.append([.nan, .infinity, -.infinity, -0.0, 0][Int(generator.next() % 5)])
            default: numbers.append((generator.unit() - 0.3) * scale)
            }
            integers.append(generator.next() % 15 == 0 ? nil : Double(1 + generator.next() % 500))
            texts.append(generator.next() % 15 == 0 ? nil : "k\(generator.next() % 40)")
            flags.append(generator.next() % 15 == 0 ? nil : generator.next() % 3 == 0)
        }
    }

    init(_ table: RandomTable, rows: [Int]) {
        numbers = rows.map { table.numbers[$0] }
        integers = rows.map { table.integers[$0] }
        texts = rows.map { table.texts[$0] }
        flags = rows.map { table.flags[$0] }
    }

    static let columns: [(name: String, meaning: ColumnMeaning)] = [
        ("x", .numbers), ("n", .numbers), ("c", .texts), ("b", .flags),
    ]

    /// The profile of the rows, added in batches of at most `batch`.
    func profile(against reference: DatasetProfile? = nil, batch: Int) throws -> DatasetProfile {
        let builder = try reference.map { ProfileBuilder(reference: $0) } ?? ProfileBuilder(columns: Self.columns)
        for start in stride(from: 0, to: numbers.count, by: batch) {
            let range = start..<min(start + batch, numbers.count)
            try add(range, to: builder)
        }
        return try builder.profile()
    }

    private func add(_ range: Range<Int>, to builder: ProfileBuilder) throws {
        let (x, xStates) = (numbers[range].map { $0 ?? 0 }, states(numbers[range]))
        let (n, nStates) = (integers[range].map { $0 ?? 0 }, states(integers[range]))
        let (b, bStates) = (flags[range].map { $0 ?? false }, states(flags[range]))
        let cStates = states(texts[range])
        var offsets = [0]
        var bytes: [UInt8] = []
        for text in texts[range] {
            bytes += Array((text ?? "").utf8)
            offsets.append(bytes.count)
        }
        bytes.append(0)
        try x.withUnsafeBufferPointer { x in
            try n.withUnsafeBufferPointer { n in
                try b.withUnsafeBufferPointer { b in
                    try bytes.withUnsafeBytes { bytes in
                        try offsets.withUnsafeBufferPointer { offsets in
                            try builder.add(
                                rows: range.count,
                                [
                                    .numbers(x, states: xStates), .numbers(n, states: nStates),
                                    .texts(bytes: try #require(bytes.baseAddress), offsets: offsets, states: cStates),
                                    .flags(b, states: bStates),
                                ]
                            )
                        }
                    }
                }
            }
        }
        for states in [xStates, nStates, bStates, cStates] { states.deallocate() }
    }

    private func states<Value>(_ values: ArraySlice<Value?>) -> UnsafePointer<CellState> {
        let states = UnsafeMutablePointer<CellState>.allocate(capacity: max(1, values.count))
        for (i, value) in values.enumerated() { states[i] = value == nil ? .missing : .value }
        return UnsafePointer(states)
    }
}

@Suite("Profiles of tables: any partition gives the same bytes")
struct ProfileBuilderTests {
    private func merged(_ parts: [DatasetProfile], _ generator: inout SplitMix64) throws -> DatasetProfile {
        var parts = parts
        while parts.count > 1 {
            parts.shuffle(using: &generator)
            // A random tree: two parts become one, and may come first or last later.
            var first = parts.removeLast()
            try first.merge(parts.removeLast())
            parts.append(first)
        }
        return parts[0]
    }

    private func partitions(of table: RandomTable, _ generator: inout SplitMix64) -> [RandomTable] {
        var rows = [[Int]](repeating: [], count: 2 + Int(generator.next() % 7))
        for row in table.numbers.indices.shuffled(using: &generator) {
            rows[Int(generator.next() % UInt64(rows.count))].append(row)
        }
        return rows.filter { $0.count > 60 }.map { RandomTable(table, rows: $0) }
            + [RandomTable(table, rows: rows.filter { $0.count <= 60 }.flatMap { $0 })].filter { !$0.numbers.isEmpty }
    }

    @Test("against a reference, and without one", arguments: [UInt64(1), 2, 3, 4, 5, 6])
    func partitions(seed: UInt64) throws {
        print("partitions: seed \(seed)")
        var generator = SplitMix64(seed: seed)
        let table = RandomTable(seed: seed &* 31, rows: seed % 2 == 0 ? 9000 : 1500)
        let reference = try RandomTable(seed: seed &* 37, rows: 6000).profile(batch: 512)
        let bytes = try MergeLawTests.bytes(table.profile(against: reference, batch: 777))
        let own = try MergeLawTests.bytes(table.profile(batch: 777))
        #expect(try MergeLawTests.bytes(table.profile(against: reference, batch: 64)) == bytes)
        for _ in 0..<3 {
            let parts = partitions(of: table, &generator)
            let against = try parts.map { try $0.profile(against: reference, batch: 100) }
            #expect(try MergeLawTests.bytes(merged(against, &generator)) == bytes, "seed \(seed)")
            let free = try parts.map { try $0.profile(batch: 100) }
            #expect(try MergeLawTests.bytes(merged(free, &generator)) == own, "seed \(seed)")
        }
        for stored in [bytes, own] {
            let back = try JSONDecoder().decode(DatasetProfile.self, from: stored)
            #expect(try MergeLawTests.bytes(back) == stored)
        }
    }

    @Test("counts what the row by row path counts", arguments: [UInt64(7), 8])
    func sameAsRowByRow(seed: UInt64) throws {
        let reference = try RandomTable(seed: seed, rows: 3000).profile(batch: 512)
        let table = RandomTable(seed: seed &+ 1, rows: 2000)
        var slow = DatasetProfile.emptyLike(reference)
        for row in table.numbers.indices {
            try slow.add(row: [
                table.numbers[row].map { .number($0) } ?? .missing, table.integers[row].map { .number($0) } ?? .missing,
                table.texts[row].map { .text($0) } ?? .missing, table.flags[row].map { .flag($0) } ?? .missing,
            ])
        }
        let fast = try table.profile(against: reference, batch: 300)
        #expect(slow.rowCount == fast.rowCount)
        for (a, b) in zip(slow.columns, fast.columns) {
            switch (a.profile, b.profile) {
            case (.numeric(let a), .numeric(let b)):
                #expect(a.grid == b.grid && a.moments == b.moments && a.distinct == b.distinct)
                #expect(a.isWhole == b.isWhole)
            default: #expect(a == b)
            }
        }
    }

    @Test("a reference of its own: ranks at its edges are exact, and no bin is large", arguments: [UInt64(9), 10])
    func ranks(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let values = (0..<50_000).map { _ in
            (-2 * log(generator.unit() + 1e-12)).squareRoot() * cos(2 * .pi * generator.unit())
        }
        let profile = try NumericProfile(reference: values.map { $0 })
        let sorted = values.sorted()
        var below: Int64 = 0
        for (edge, count) in zip(profile.grid.grid.edges, profile.grid.counts) {
            below += count
            #expect(Int64(sorted.count { $0 <= edge }) == below)
        }
        let largest = profile.grid.counts.max() ?? 0
        #expect(largest <= 50_000 / 100, "the largest bin holds \(largest) of 50000")
        #expect(profile.grid.minimum == sorted.first && profile.grid.maximum == sorted.last)
        for q in [0.1, 0.5, 0.9, 0.99] {
            let value = try #require(profile.grid.quantile(q))
            let rank = Double(sorted.count { $0 <= value }) / 50_000
            #expect(abs(rank - q) <= 0.01)
        }
        let positive = try NumericProfile(reference: values.map { exp($0) })
        let median = try #require(positive.positives?.quantile(0.5))
        #expect(abs(median - exp(sorted[25_000])) <= 0.0101 * exp(sorted[25_000]))
        #expect(profile.positives == nil)
    }

    @Test("two profiles that were made without a reference are compared on a grid that is exact for both")
    func aligned() throws {
        var generator = SplitMix64(seed: 11)
        let x = (0..<30_000).map { _ in generator.unit() + generator.unit() }
        let y = (0..<5_000).map { _ in generator.unit() + generator.unit() + 0.05 }
        let (a, b) = (try NumericProfile(reference: x.map { $0 }), try NumericProfile(reference: y.map { $0 }))
        let (reference, current) = try NumericProfile.aligned(a, b)
        let distance = try #require(try GridDistance(reference: reference, current: current))
        let exact = try #require(SampleDistance(reference: SortedSample(x), current: SortedSample(y)))
        #expect(distance.kolmogorovSmirnov <= exact.kolmogorovSmirnov + 1e-12)
        #expect(distance.kolmogorovSmirnovLimit >= exact.kolmogorovSmirnov - 1e-12)
        #expect(distance.kolmogorovSmirnovLimit <= 1)
        #expect(abs(distance.kolmogorovSmirnov - exact.kolmogorovSmirnov) < 0.01)
        #expect(abs(distance.wasserstein - exact.wasserstein) <= distance.wassersteinError)
        #expect(reference.count == 30_000 && current.count == 5_000)
    }

    @Test("texts are read as what the reference's column is, and what cannot be read has failed")
    func textCells() throws {
        let reference = try DatasetProfile(reference: [
            ("x", .numbers([1, 2, 3])), ("b", .flags([true, false, nil])), ("c", .texts(["a", "b", "a"])),
        ])
        let cells = ["1.5", "-2", "1e3", " 1", "0x10", "", "nan", "abc", "123456789012345678", "0.1", "1.", "+3"]
        let builder = ProfileBuilder(reference: reference)
        var bytes: [UInt8] = []
        var offsets = [0]
        for cell in cells {
            bytes += Array(cell.utf8)
            offsets.append(bytes.count)
        }
        try bytes.withUnsafeBytes { bytes in
            try offsets.withUnsafeBufferPointer { offsets in
                let view = ColumnView.texts(bytes: try #require(bytes.baseAddress), offsets: offsets, states: nil)
                try builder.add(rows: cells.count, [view, view, .absent])
            }
        }
        let profile = try builder.profile()
        guard case .numeric(let x)? = profile["x"], case .boolean(let b)? = profile["b"] else {
            Issue.record("other kinds")
            return
        }
        #expect(x.grid.failed == 4 && x.grid.nan == 1 && x.grid.count == 7, "\(x.grid)")
        #expect(x.moments.maximum == 123_456_789_012_345_680 && x.moments.minimum == -2 && x.grid.under == 2)
        #expect(b.failed == 12 && profile["c"]?.missing == 12)
    }

    @Test("references with too many categories to add up keep none, in any order")
    func tooManyCategories() throws {
        func part(_ range: Range<Int>) throws -> CategoricalProfile {
            try CategoricalProfile(reference: range.map { "\($0 &* 7_919_231) is a category with a long name" })
        }
        let parts = [try part(0..<600), try part(300..<900), try part(900..<1500), try part(0..<3)]
        var small = parts[0]
        try small.merge(parts[3])
        #expect(small.categories.known.count == 600 && small.categories.isComplete)
        var all: Set<Data> = []
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]] {
            var merged = parts[order[0]]
            for place in order.dropFirst() { try merged.merge(parts[place]) }
            #expect(merged.categories.known.isEmpty && merged.categories.count == 1803)
            #expect(merged.lengths?.count == 1803 && abs(merged.distinct.estimate - 1500) < 100)
            all.insert(try MergeLawTests.bytes(merged))
        }
        #expect(all.count == 1)
    }

    @Test("no column takes more than 40 KB, a numeric one with its part of the sample", arguments: [UInt64(21), 22])
    func size(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let numbers = (0..<200_000).map { _ in
            exp((-2 * log(generator.unit() + 1e-12)).squareRoot() * cos(2 * .pi * generator.unit()))
        }
        let numeric = try MergeLawTests.bytes(NumericProfile(reference: numbers.map { $0 }))
        // 1,024 words of eight bytes, in base 64.
        #expect(numeric.count + 1024 * 8 * 4 / 3 <= 40 << 10, "\(numeric.count) bytes")
        let texts = (0..<20_000).map { _ in
            String(generator.next() % 9000, radix: 36) + String(repeating: "x", count: Int(generator.next() % 90))
        }
        let reference = try CategoricalProfile(reference: texts)
        var current = CategoricalProfile.emptyLike(reference)
        for place in 0..<30_000 { current.add("new \(place) \(texts[place % texts.count])") }
        #expect(try MergeLawTests.bytes(reference).count <= 40 << 10)
        // With up to 8 KB of categories that the reference does not have.
        #expect(try MergeLawTests.bytes(current).count <= 48 << 10)
    }

    @Test("values whose low bits are all the same are counted like any others")
    func alignedValues() throws {
        let steps: [Double] = [1, 8, 60_000, 3_600_000, 4096, 1_073_741_824, 0x1p-40]
        for step in steps {
            let values: [Double] = (0..<12_000).map { (place: Int) -> Double in
                1_357_000_000_000 + Double(place % 9000) * step
            }
            let profile = try NumericProfile(reference: values.map { $0 })
            #expect(profile.grid.count == 12_000 && profile.prefixes?.count == 12_000)
            guard step > 1e-3 else { continue }
            for (share, rank) in [(0.25, 3000), (0.5, 6000)] {
                let quantile = try #require(profile.grid.quantile(share))
                let below = values.count { $0 <= quantile }
                #expect(abs(below - rank) <= 120, "step \(step)")
            }
        }
        let small: [Double] = (0..<2000).map { Double(sign: .plus, exponent: $0 - 1000, significand: 1) }
        let powers = small + small.map { -$0 }
        #expect(try NumericProfile(reference: powers.map { $0 }).prefixes?.count == 4000)
    }
}
