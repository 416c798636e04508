import Foundation
import SlipwayStatistics
import Testing

@Suite("Merge laws: any partition and any order give equal bytes")
struct MergeLawTests {
    static let seeds: [UInt64] = [1, 2, 3, 4, 5, 6, 7, 8]

    /// Numbers that hurt: ties, zeros of both signs, huge and tiny scales, values outside the reference, specials.
    static func numbers(_ generator: inout SplitMix64, _ count: Int) -> [Double?] {
        (0..<count).map { _ in
            switch generator.next() % 12 {
            case 0: nil
            case 1: [-0.0, 0.0, .nan, .infinity, -.infinity][Int(generator.next() % 5)]
            case 2: (generator.unit() - 0.5) * 1e300
            case 3: (generator.unit() - 0.5) * 0x1p-1030
            case 4: Double(generator.next() % 7)
            case 5: 1e12 + generator.unit()
            default: generator.unit() * 4 - 2
            }
        }
    }

    static func bytes(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return try encoder.encode(value)
    }

    /// Splits the values at random, folds each part, merges the parts as a random tree; twice, and compares bytes.
    static func check<Value, Sketch: Codable & Equatable>(
        seed: UInt64,
        values: [Value],
        empty: Sketch,
        add: (inout Sketch, Value) -> Void,
        merge: (inout Sketch, Sketch) throws -> Void
    ) throws {
        var generator = SplitMix64(seed: seed)
        var whole = empty
        for value in values { add(&whole, value) }
        let expected = try bytes(whole)
        for _ in 0..<4 {
            var parts = [Sketch](repeating: empty, count: 1 + Int(generator.next() % 9))
            for value in values.shuffled(using: &generator) {
                add(&parts[Int(generator.next() % UInt64(parts.count))], value)
            }
            while parts.count > 1 {
                parts.shuffle(using: &generator)
                let last = parts.removeLast()
                try merge(&parts[0], last)
            }
            #expect(parts[0] == whole, "seed \(seed)")
            #expect(try bytes(parts[0]) == expected, "seed \(seed)")
        }
        var same = whole
        try merge(&same, empty)
        #expect(try bytes(same) == expected, "the empty sketch is neutral, seed \(seed)")
        let back = try JSONDecoder().decode(Sketch.self, from: expected)
        #expect(back == whole, "decode(encode(x)) == x, seed \(seed)")
        #expect(try bytes(back) == expected, "seed \(seed)")
    }

    @Test("grid profile", arguments: seeds)
    func grid(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed &* 77)
        let reference = try GridProfile(reference: Self.numbers(&generator, seed % 2 == 0 ? 900 : 60))
        try Self.check(
            seed: seed,
            values: Self.numbers(&generator, 500),
            empty: GridProfile.emptyLike(reference),
            add: { $0.add($1) },
            merge: { try $0.merge($1) }
        )
    }

    @Test("moments", arguments: seeds)
    func moments(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed &* 78)
        try Self.check(
            seed: seed,
            values: Self.numbers(&generator, 400).map { $0 ?? .nan },
            empty: Moments(),
            add: { $0.add($1) },
            merge: { try $0.merge($1) }
        )
    }

    @Test("distinct count, and merging twice changes nothing", arguments: seeds)
    func distinct(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed &* 79)
        let values = (0..<2000).map { _ in Double(generator.next() % 1500) }
        try Self.check(
            seed: seed,
            values: values,
            empty: DistinctCount(),
            add: { $0.add($1) },
            merge: { $0.merge($1) }
        )
        var a = DistinctCount()
        for value in values { a.add(value) }
        var b = a
        b.merge(a)
        #expect(a == b)
    }

    @Test("latency histogram", arguments: seeds)
    func latencies(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed &* 80)
        try Self.check(
            seed: seed,
            values: Self.numbers(&generator, 400).map { $0 ?? 0.02 },
            empty: LogHistogram(),
            add: { $0.add($1) },
            merge: { try $0.merge($1) }
        )
    }

    @Test("categories, below and above the limits, with and without a reference", arguments: seeds)
    func categories(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed &* 81)
        let odd = ["", "é", "e\u{301}", String(repeating: "x", count: 300), String(repeating: "é", count: 150)]
        func draw(_ range: UInt64) -> String? {
            let k = generator.next() % (range + 6)
            return k < range ? "c\(k * k % range)" : k < range + 5 ? odd[Int(k - range)] : nil
        }
        let few = (0..<500).map { _ in draw(40) }
        try Self.check(
            seed: seed,
            values: few,
            empty: CategoryProfile(),
            add: { $0.add($1) },
            merge: { try $0.merge($1) }
        )
        let many = (0..<6000).map { _ in draw(5500) }
        let reference = try CategoryProfile(reference: few)
        for empty in [CategoryProfile(), CategoryProfile.emptyLike(reference)] where seed < 4 {
            try Self.check(
                seed: seed,
                values: many,
                empty: empty,
                add: { $0.add($1) },
                merge: { try $0.merge($1) }
            )
        }
    }

    @Test("whole data sets", arguments: [UInt64(11), 12, 13])
    func dataset(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let reference = try DatasetProfile(reference: [
            ("x", .numbers(Self.numbers(&generator, 300))),
            ("c", .texts((0..<300).map { _ in generator.next() % 9 == 0 ? nil : "k\(generator.next() % 5)" })),
            ("b", .flags((0..<300).map { _ in generator.next() % 9 == 0 ? nil : generator.next() % 2 == 0 })),
        ])
        let cells: [ColumnValue] = [
            .missing, .failed, .number(1), .number(.nan), .number(-3), .text("k1"), .text("new"), .flag(true),
            .flag(false),
        ]
        let rows = (0..<300).map { _ in (0..<3).map { _ in cells[Int(generator.next() % 9)] } }
        try Self.check(
            seed: seed,
            values: rows,
            empty: DatasetProfile.emptyLike(reference),
            add: {
                do { try $0.add(row: $1) } catch { Issue.record(error) }
            },
            merge: { try $0.merge($1) }
        )
        var batched = DatasetProfile.emptyLike(reference)
        try batched.add(batch: (0..<3).map { column in rows.map { $0[column] } })
        var single = DatasetProfile.emptyLike(reference)
        for row in rows { try single.add(row: row) }
        #expect(batched == single)
    }

    @Test("many numbers at once are the same bytes as one by one", arguments: seeds, [1, 23, 24, 700])
    func manyAtOnce(seed: UInt64, count: Int) throws {
        var generator = SplitMix64(seed: seed &* 91)
        let rows = seed % 2 == 0 ? 900 : 60
        let reference = try DatasetProfile(reference: [
            ("x", .numbers(Self.numbers(&generator, rows))), ("c", .texts([String?](repeating: "a", count: rows))),
        ])
        var (batched, single) = (DatasetProfile.emptyLike(reference), DatasetProfile.emptyLike(reference))
        for _ in 0..<3 {
            let numbers = Self.numbers(&generator, count)
            // Huge and tiny scales in some batches, one sign and a few exponents in others.
            let values =
                generator.next() % 2 == 0
                ? numbers : numbers.map { $0.map { 5 + $0.truncatingRemainder(dividingBy: 4) } }
            var (x, c) = (ColumnBatch(), ColumnBatch())
            x.numbers = values.compactMap(\.self)
            x.others = values.filter { $0 == nil }.map { _ in .missing }
            c.numbers = [1.5]
            c.others = values.dropFirst().map { _ in .text("a") }
            try batched.add(batch: [x, c])
            for (place, value) in values.enumerated() {
                try single.add(row: [value.map { .number($0) } ?? .missing, place == 0 ? .number(1.5) : .text("a")])
            }
        }
        #expect(batched == single, "seed \(seed)")
        #expect(try Self.bytes(batched) == Self.bytes(single), "seed \(seed)")
    }

    @Test("a window taken away leaves what the rest alone would give", arguments: seeds)
    func subtraction(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed &* 82)
        let reference = try GridProfile(reference: Self.numbers(&generator, 300))
        let (old, new) = (Self.numbers(&generator, 90), Self.numbers(&generator, 90))
        var (a, b, both) = (GridProfile(grid: reference.grid), GridProfile(grid: reference.grid), Moments())
        var (sumOld, sumNew) = (Moments(), Moments())
        for value in old {
            a.add(value)
            sumOld.add(value ?? .nan)
        }
        for value in new {
            b.add(value)
            sumNew.add(value ?? .nan)
        }
        var window = a
        try window.merge(b)
        try window.subtract(a)
        #expect(window.counts == b.counts && window.missing == b.missing && window.nan == b.nan)
        both = sumOld
        try both.merge(sumNew)
        try both.subtract(sumOld)
        #expect(both.sum == sumNew.sum && both.variance == sumNew.variance)
        #expect(throws: StatisticsError.self) { try b.subtract(window.merged(twice: window)) }
    }
}

extension GridProfile {
    fileprivate func merged(twice other: GridProfile) throws -> GridProfile {
        var result = self
        try result.merge(other)
        return result
    }
}
