import Foundation
import SlipwayStatistics
import Testing

@Suite("Stored profiles: damaged bytes are errors, never crashes")
struct StoredProfileTests {
    private func profile() throws -> DatasetProfile {
        var profile = try DatasetProfile(reference: [
            ("x", .numbers([1, 2.5, nil, 7, -1e9])), ("c", .texts(["a", "b", nil, "a", "c"])),
            ("b", .flags([true, false, nil, true, true])),
        ])
        try profile.add(row: [.number(3), .text("new"), .failed])
        return profile
    }

    @Test("hundreds of random edits decode or throw")
    func fuzz() throws {
        let good = try MergeLawTests.bytes(profile())
        var generator = SplitMix64(seed: 31)
        let digits = Array("0123456789-.,[]{}\"eAz".utf8)
        var decoded = 0
        for _ in 0..<800 {
            var bytes = good
            for _ in 0...(generator.next() % 3) {
                let place = Int(generator.next() % UInt64(bytes.count))
                switch generator.next() % 3 {
                case 0: bytes[place] = digits[Int(generator.next() % UInt64(digits.count))]
                case 1: bytes.remove(at: place)
                default: bytes.insert(digits[Int(generator.next() % UInt64(digits.count))], at: place)
                }
            }
            guard var read = try? JSONDecoder().decode(DatasetProfile.self, from: bytes) else { continue }
            decoded += 1
            try read.add(row: [.number(1e9), .text("q"), .flag(true)])
            _ = try? read.merge(read)  // may be refused: counts can be anything up to 2^53
            for column in read.columns {
                if case .numeric(let numeric) = column.profile {
                    _ = (numeric.moments.excessKurtosis, numeric.grid.decileCounts, numeric.distinct.estimate)
                    _ = try GridDistance(reference: numeric.grid, current: numeric.grid)
                }
            }
        }
        #expect(decoded > 10)
    }

    @Test(
        "each kind of damage is named",
        arguments: [
            ("\"format\":2", "\"format\":3"), ("\"rowCount\":6", "\"rowCount\":-6"),
            ("\"rowCount\":6", "\"rowCount\":7"),
            ("\"true\":3", "\"true\":-3"), ("\"names\":[\"Aa\",\"Ab\"", "\"names\":[\"Ab\",\"Aa\""),
            ("\"name\":\"c\"", "\"name\":\"x\""), ("\"capacity\":1024", "\"capacity\":0"),
            ("\"kind\":\"numeric\"", "\"kind\":\"boolean\""),
        ]
    )
    func damage(from: String, to: String) throws {
        let text = String(decoding: try MergeLawTests.bytes(profile()), as: UTF8.self)
        #expect(text.contains(from))
        let damaged = text.replacing(from, with: to)
        #expect(throws: (any Error).self) {
            try JSONDecoder().decode(DatasetProfile.self, from: Data(damaged.utf8))
        }
    }

    @Test("counts whose sum would overflow are refused")
    func overflow() throws {
        let names = (1000..<3000).map { "\"k\($0)\"" }.joined(separator: ",")
        let counts = [String](repeating: "9007199254740992", count: 2000).joined(separator: ",")
        let text = """
            {"capacity":1024,"failed":0,"known":[\(names)],"knownCounts":[\(counts)],"missing":0,"other":0,
            "unseen":[],"unseenCounts":[]}
            """
        #expect(throws: StatisticsError.self) {
            try JSONDecoder().decode(CategoryProfile.self, from: Data(text.utf8))
        }
        let few = text.replacing("9007199254740992", with: "1")
        #expect(try JSONDecoder().decode(CategoryProfile.self, from: Data(few.utf8)).count == 2000)
    }

    @Test("a reference column without values is named")
    func emptyColumn() {
        #expect(throws: StatisticsError.emptyColumn("y")) {
            try DatasetProfile(reference: [("x", .numbers([1])), ("y", .texts([nil]))])
        }
    }

    @Test("profiles of other references, columns and lengths do not merge, and stay as they were")
    func mismatch() throws {
        let one = try profile()
        var other = try DatasetProfile(reference: [("x", .numbers([1, 2]))])
        let before = other
        #expect(throws: StatisticsError.self) { try other.merge(one) }
        #expect(other == before)
        var grid = try GridProfile(reference: [1, 2])
        #expect(throws: StatisticsError.self) { try grid.merge(GridProfile(reference: [1, 3])) }
        var column = try ColumnProfile(reference: .numbers([1]))
        #expect(throws: StatisticsError.self) { try column.merge(ColumnProfile(reference: .flags([true]))) }
        #expect(throws: StatisticsError.self) { try other.add(row: []) }
        #expect(throws: StatisticsError.self) { try other.add(batch: [[], []]) }
        #expect(throws: StatisticsError.self) {
            try DatasetProfile(reference: [("x", .numbers([1])), ("x", .numbers([1]))])
        }
    }
}

@Suite("Lists of names")
struct NameListTests {
    @Test("come back, whatever they begin with, and take little room")
    func roundTrip() throws {
        let odd = ["", "a", "aé", "ae\u{301}", "\u{10FFFF}x", "\u{10FFFF}y", String(repeating: "z", count: 90) + "1"]
        let keys = (0..<2000).map { "N\(10_000 + $0)" }
        for names in [odd, keys] {
            let texts = Set(names).union([String(repeating: "z", count: 90) + "2"])
            let profile = try CategoryProfile(reference: texts.map { $0 })
            let bytes = try MergeLawTests.bytes(profile)
            let back = try JSONDecoder().decode(CategoryProfile.self, from: bytes)
            #expect(back == profile && Set(back.known.map { Array($0.utf8) }) == Set(texts.map { Array($0.utf8) }))
            #expect(try MergeLawTests.bytes(back) == bytes)
        }
        let size = try MergeLawTests.bytes(CategoryProfile(reference: keys)).count
        #expect(size < 2000 * 8, "\(size) bytes for 2000 keys")
    }

    @Test("as they were written at first are read")
    func firstFormat() throws {
        let text = """
            {"capacity":1024,"failed":0,"known":["a","b"],"knownCounts":[3,4],"missing":1,"other":0,"unseen":["z"],\
            "unseenCounts":[2]}
            """
        let profile = try JSONDecoder().decode(CategoryProfile.self, from: Data(text.utf8))
        #expect(profile.known == ["a", "b"] && profile.count == 9 && profile.rows == 10)
        #expect(try MergeLawTests.bytes(profile).count > 0)
    }
}
