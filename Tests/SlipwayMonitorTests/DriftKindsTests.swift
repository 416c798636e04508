import Foundation
import SlipwayDomain
import SlipwayStatistics
import Testing

@testable import SlipwayMonitor

@Suite("Drift of columns that need more than one look")
struct DriftKindsTests {
    private func table(_ columns: [(String, ColumnMeaning, [Double])], texts: [(String, [String])] = []) throws
        -> DatasetProfile
    {
        try build(ProfileBuilder(columns: columns.map { ($0.0, $0.1) } + texts.map { ($0.0, .texts) }), columns, texts)
    }

    private func table(
        against reference: DatasetProfile,
        _ columns: [(String, ColumnMeaning, [Double])],
        texts: [(String, [String])] = []
    ) throws -> DatasetProfile {
        try build(ProfileBuilder(reference: reference), columns, texts)
    }

    private func build(
        _ builder: ProfileBuilder,
        _ columns: [(String, ColumnMeaning, [Double])],
        _ texts: [(String, [String])]
    ) throws -> DatasetProfile {
        let rows = columns.first?.2.count ?? texts.first?.1.count ?? 0
        var views: [ColumnView] = []
        var owned: [UnsafeMutableRawPointer] = []
        for column in columns {
            let copy = UnsafeMutableBufferPointer<Double>.allocate(capacity: rows)
            _ = copy.initialize(from: column.2)
            owned.append(UnsafeMutableRawPointer(try #require(copy.baseAddress)))
            views.append(.numbers(UnsafeBufferPointer(copy), states: nil))
        }
        for (_, values) in texts {
            let bytes = values.flatMap { Array($0.utf8) }
            let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count + 1, alignment: 8)
            copy.copyBytes(from: bytes)
            let offsets = UnsafeMutableBufferPointer<Int>.allocate(capacity: rows + 1)
            var end = 0
            _ = offsets.initialize(
                from: [0]
                    + values.map {
                        end += $0.utf8.count
                        return end
                    }
            )
            owned += [try #require(copy.baseAddress), UnsafeMutableRawPointer(try #require(offsets.baseAddress))]
            views.append(
                .texts(bytes: try #require(copy.baseAddress), offsets: UnsafeBufferPointer(offsets), states: nil)
            )
        }
        defer { for pointer in owned { pointer.deallocate() } }
        try builder.add(rows: rows, views)
        return try builder.profile()
    }

    private func pairs(_ random: inout Seeded, _ rows: Int, correlation: Double) -> ([Double], [Double]) {
        var (x, y) = ([Double](), [Double]())
        for _ in 0..<rows {
            let (a, b) = (random.normal(), random.normal())
            x.append(a)
            y.append(correlation * a + (1 - correlation * correlation).squareRoot() * b)
        }
        return (x, y)
    }

    @Test("a relation that changed is found though every column stayed as it was")
    func relation() throws {
        let seed = Seeded.announced("relation")
        var random = Seeded(seed)
        let (x, y) = pairs(&random, 4000, correlation: 0.8)
        let reference = try table([("x", .numbers, x), ("y", .numbers, y)])
        for (correlation, expected) in [(0.8, DriftVerdict.Verdict.stable), (-0.2, .drifted)] {
            let (x, y) = pairs(&random, 3000, correlation: correlation)
            let current = try table(against: reference, [("x", .numbers, x), ("y", .numbers, y)])
            let verdict = try DriftAnalyst.judge(reference: reference, current: current, isMultivariate: true)
            #expect(verdict.drifted.isEmpty, "seed \(seed): \(verdict.sentence)")
            #expect(verdict.multivariate?.verdict == expected, "seed \(seed): \(verdict.sentence)")
            #expect(verdict.verdict == expected)
            #expect(verdict.multivariate?.currentRows == 1024)
        }
    }

    @Test("the classifier's p-value is rarely small when nothing changed: at most 5 of 100 below 0.02")
    func classifierSize() throws {
        let seed = Seeded.announced("classifier size")
        var random = Seeded(seed)
        var small = 0
        for _ in 0..<100 {
            func side(_ count: Int) -> DomainClassifier.Side {
                DomainClassifier.Side(
                    rows: (0..<count * 6).map { _ in random.normal() },
                    weights: [Double](repeating: 1, count: count)
                )
            }
            let classifier = try #require(DomainClassifier(reference: side(300), current: side(260), width: 6))
            if classifier.pValue < 0.02 { small += 1 }
        }
        #expect(small <= 5, "seed \(seed): \(small) of 100")
    }

    @Test("times that went on are not judged, times that moved back are")
    func times() throws {
        var random = Seeded(Seeded.announced("times"))
        func days(_ from: Double) -> [Double] {
            (0..<1000).map { _ in from + Double.random(in: 0..<90, using: &random) }
        }
        let reference = try table([("at", .times(.milliseconds), days(100)), ("x", .numbers, days(0))])
        let later = try table(
            against: reference,
            [("at", .times(.milliseconds), days(300)), ("x", .numbers, days(0))]
        )
        let verdict = try DriftAnalyst.judge(reference: reference, current: later)
        #expect(verdict.verdict == .stable, "\(verdict.columns.map(\.sentence))")
        #expect(verdict.columns.contains { $0.sentence.hasPrefix("at: time goes on") })
        let earlier = try table(
            against: reference,
            [("at", .times(.milliseconds), days(50)), ("x", .numbers, days(0))]
        )
        #expect(try DriftAnalyst.judge(reference: reference, current: earlier).drifted.map(\.name) == ["at"])
    }

    @Test("free text is compared by its length")
    func textLength() throws {
        var random = Seeded(Seeded.announced("text length"))
        func words(_ most: Int) -> [String] {
            (0..<1500).map { _ in
                (0..<Int.random(in: 1...most, using: &random))
                    .map { _ in String(Int.random(in: 100...999, using: &random)) }.joined(separator: " ")
            }
        }
        let reference = try table([], texts: [("note", words(9))])
        let same = try table(against: reference, [], texts: [("note", words(9))])
        #expect(try DriftAnalyst.judge(reference: reference, current: same).verdict == .stable)
        let longer = try table(against: reference, [], texts: [("note", words(12))])
        let verdict = try DriftAnalyst.judge(reference: reference, current: longer)
        #expect(verdict.drifted.first?.leading?.statistic == .textLength, "\(verdict.columns.map(\.sentence))")
    }

    @Test("columns that name rows are known")
    func identifiers() throws {
        var random = Seeded(Seeded.announced("identifiers"))
        let count = 2000
        let profile = try table(
            [
                ("row", .numbers, (0..<count).map(Double.init)),
                (
                    "snowflake", .numbers,
                    (0..<count).map { _ in Double(Int.random(in: 1 << 40...1 << 50, using: &random)) }
                ),
                ("amount", .numbers, (0..<count).map { _ in Double(Int.random(in: 1...9_000_000, using: &random)) }),
                ("real", .numbers, (0..<count).map { _ in random.normal() }),
                ("hour", .numbers, (0..<count).map { Double($0 % 24) }),
            ],
            texts: [
                ("key", (0..<count).map { "id-\($0)" }), ("tier", (0..<count).map { "t\($0 % 3)" }),
            ]
        )
        #expect(IdentifierColumns.names(in: profile) == ["row", "snowflake", "key"])
    }

    @Test("segments are compared with their own past and corrected together")
    func segments() throws {
        let seed = Seeded.announced("segments")
        var random = Seeded(seed)
        func values(_ shift: Double) -> [Double] { (0..<1200).map { _ in random.normal() + shift } }
        // Both segments together stay as they were: one moved up, the other down.
        let whole = try table([("x", .numbers, values(0) + values(1))])
        func part(_ shift: Double) throws -> DatasetProfile {
            try table(against: whole, [("x", .numbers, values(shift))])
        }
        let small = try table(against: whole, [("x", .numbers, [1, 2, 3])])
        let verdict = try SegmentedDrift.judge(
            column: "site",
            segments: [
                ("a", part(0), part(0.5)), ("b", part(1), part(0.5)), ("c", part(0), part(0)), ("d", small, small),
            ]
        )
        #expect(verdict.verdict == .drifted && verdict.tooSmall == ["d"], "seed \(seed): \(verdict.sentence)")
        #expect(verdict.segments.filter { $0.drift.verdict == .drifted }.map(\.name) == ["a", "b"], "seed \(seed)")
        #expect(verdict.tests == 3 * 4)
    }

    @Test("distances beside the deciding one are given with their null")
    func distances() throws {
        var random = Seeded(Seeded.announced("distances"))
        let reference = try table([("x", .numbers, (0..<5000).map { _ in random.normal() * 1e-9 })])
        let current = try table(
            against: reference,
            [("x", .numbers, (0..<3000).map { _ in (random.normal() + 0.5) * 1e-9 })]
        )
        let distances = try #require(
            try DriftAnalyst.judge(reference: reference, current: current).columns[0].distances
        )
        #expect(abs((distances.wassersteinOverDeviation ?? 0) - 0.5) < 0.06, "no floor under small scales")
        #expect(abs((distances.wassersteinOverQuartiles ?? 0) - 0.5 / 1.349) < 0.06)
        let null = try #require(distances.populationStabilityNull)
        #expect(abs(null - 21.666 * (1 / 5000.0 + 1 / 3000.0)) < 1e-4, "chi-square with 9 degrees of freedom at 0.99")
        #expect((distances.populationStability ?? 0) > null && (distances.chiSquareP ?? 1) < 1e-9)
        let verdict = try DriftAnalyst.judge(reference: reference, current: current)
        let value = try JSONValue(encoding: verdict)
        #expect(try value.decode(DriftVerdict.self) == verdict)
    }
}

@Suite("Drift of vectors")
struct VectorDriftTests {
    private func profile(
        _ vectors: [[Double]?],
        against reference: DatasetProfile? = nil,
        parts: Int = 1
    ) throws -> DatasetProfile {
        var merged: DatasetProfile?
        for part in 0..<parts {
            let mine = vectors.indices.filter { $0 % parts == part }.map { vectors[$0] }
            let texts: [String] = mine.map { vector in
                guard let vector else { return "" }
                return "[" + vector.map { "\($0)" }.joined(separator: ", ") + "]"
            }
            let bytes: [UInt8] = Array(texts.joined().utf8) + [0]
            var offsets = [0]
            for text in texts { offsets.append(offsets[offsets.count - 1] + text.utf8.count) }
            let states = mine.map { $0 == nil ? CellState.missing : .value }
            let builder =
                try reference.map { ProfileBuilder(reference: $0) } ?? ProfileBuilder(columns: [("e", .lists)])
            try bytes.withUnsafeBytes { bytes in
                try offsets.withUnsafeBufferPointer { offsets in
                    try states.withUnsafeBufferPointer { states in
                        try builder.add(
                            rows: mine.count,
                            [
                                .texts(
                                    bytes: try #require(bytes.baseAddress),
                                    offsets: offsets,
                                    states: states.baseAddress
                                )
                            ]
                        )
                    }
                }
            }
            let profile = try builder.profile()
            if merged == nil { merged = profile } else { try merged?.merge(profile) }
        }
        return try #require(merged)
    }

    @Test("a moved mean, a wider spread and missing vectors are found, nothing else is; parts merge to the same bytes")
    func changes() throws {
        let seed = Seeded.announced("vectors")
        var random = Seeded(seed)
        func vectors(shift: Double = 0, spread: Double = 1, missing: Double = 0) -> [[Double]?] {
            (0..<1500).map { _ in
                if random.chance(missing) { return nil }
                return (0..<24).map { $0 < 6 ? spread * random.normal() + shift : spread * random.normal() }
            }
        }
        let reference = try profile(vectors())
        #expect(reference.vectors?.first?.dimension == 24 && reference.columns.isEmpty)
        let same = vectors()
        let whole = try profile(same, against: reference)
        let bytes = try CanonicalJSON.bytes(encoding: whole)
        #expect(try CanonicalJSON.bytes(encoding: profile(same, against: reference, parts: 7)) == bytes, "seed \(seed)")
        #expect(try JSONValue(parsing: bytes).decode(DatasetProfile.self) == whole)
        let cases: [(DatasetProfile, DriftVerdict.Verdict)] = [
            (whole, .stable), (try profile(vectors(shift: 1.5), against: reference), .drifted),
            (try profile(vectors(spread: 1.5), against: reference), .drifted),
            (try profile(vectors(missing: 0.1), against: reference), .drifted),
            (try profile(Array(vectors().prefix(150)), against: reference), .cannotTell),
        ]
        for (current, expected) in cases {
            let verdict = try DriftAnalyst.judge(reference: reference, current: current)
            #expect(verdict.vectors?.first?.verdict == expected, "seed \(seed): \(verdict.sentence)")
            #expect(verdict.verdict == expected)
        }
        let other = try profile([[1, 2], [3, 4]])
        #expect(throws: StatisticsError.self) { try DriftAnalyst.judge(reference: reference, current: other) }
        let broken = try profile([[1, 2, 3], nil], against: reference)
        #expect(broken.vectors?.first?.failed == 1 && broken.vectors?.first?.missing == 1)
    }
}
