import Foundation
import SlipwayStatistics
import SlipwayTabular
import Testing

@Suite("Arrow streams")
struct ArrowFileTests {
    private func profile(arrow file: String) throws -> Data {
        let arrow = try ArrowFile(file: file)
        let builder = try ProfileBuilder(columns: arrow.schema.fields.map { ($0.name, $0.meaning) })
        try arrow.views(columns: arrow.schema.names) { try builder.add(rows: $0, $1) }
        return try bytes(builder.profile())
    }

    private func bytes(_ profile: DatasetProfile) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return try encoder.encode(profile)
    }

    @Test("a stream, a file of batches and a Parquet file of the same rows give the same profile")
    func sameRows() throws {
        let parquet = TabularFixture.path("mixed.parquet")
        let table = try TabularEngine().file(parquet)
        let schema = try table.schema
        let builder = try ProfileBuilder(columns: schema.fields.map { ($0.name, $0.meaning) })
        try table.views(columns: schema.names) { try builder.add(rows: $0, $1) }
        let expected = try bytes(builder.profile())
        #expect(try profile(arrow: TabularFixture.path("mixed.arrows")) == expected)
        #expect(try profile(arrow: TabularFixture.path("mixed.arrow")) == expected)
        #expect(try builder.profile().rowCount == 60 && schema.names.count == 10)
    }

    @Test("an unknown column is named, and columns come in the order asked for")
    func columns() throws {
        let arrow = try ArrowFile(file: TabularFixture.path("mixed.arrows"))
        #expect(throws: TabularError.self) { try arrow.views(columns: ["nope"]) { _, _ in } }
        var rows = 0
        try arrow.views(columns: ["s", "i8"]) { count, views in
            rows += count
            guard case .texts = views[0], case .numbers = views[1] else {
                Issue.record("other views")
                return
            }
        }
        #expect(rows == 60)
    }

    @Test("damaged bytes are errors, never crashes")
    func damaged() throws {
        let good = try Data(contentsOf: URL(fileURLWithPath: TabularFixture.path("mixed.arrows")))
        let file = NSTemporaryDirectory() + "damaged-\(ProcessInfo.processInfo.globallyUniqueString).arrows"
        defer { try? FileManager.default.removeItem(atPath: file) }
        var generator = SplitMix64(seed: 41)
        var refused = 0
        for round in 0..<300 {
            var bytes = good
            if round % 10 == 0 { bytes = bytes.prefix(Int(generator.next() % UInt64(good.count))) }
            for _ in 0...(generator.next() % 5) where !bytes.isEmpty {
                let limit = round % 2 == 0 ? min(2400, bytes.count) : bytes.count
                bytes[Int(generator.next() % UInt64(limit))] = UInt8(truncatingIfNeeded: generator.next())
            }
            try bytes.write(to: URL(fileURLWithPath: file))
            do { _ = try profile(arrow: file) } catch { refused += 1 }
        }
        #expect(refused > 50)
    }
}
