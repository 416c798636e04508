import Foundation
import SlipwayDomain
import SlipwayStatistics
import Testing

@testable import SlipwayService
@testable import SlipwayTabular

@Suite("Predictions as Parquet files")
struct ParquetPredictionsTests {
    /// A folder that is gone when the test is over.
    final class Root {
        let path = FileManager.default.temporaryDirectory.appending(path: "slipway-predictions-\(UUID().uuidString)")
            .path

        deinit { try? FileManager.default.removeItem(atPath: path) }

        var files: [String] {
            let names = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
            return names.filter { !$0.hasSuffix("unfinished") && $0.contains(".") && !$0.hasPrefix("unfinished/") }
                .filter { $0.hasSuffix(".parquet") }.sorted()
        }
    }

    private static let hour = Instant(milliseconds: 1_763_942_400_000)  // 2025-11-24T00:00:00Z

    private static func batch(
        _ ids: [String],
        model: String = "m",
        version: Int = 3,
        hour: Instant = hour
    ) -> PredictionBatch {
        var id = PredictionColumn(name: "prediction_id", kind: .text)
        var time = PredictionColumn(name: "time", kind: .instant)
        var number = PredictionColumn(name: "whole", kind: .integer)
        var unsigned = PredictionColumn(name: "unsigned", kind: .unsigned)
        var float = PredictionColumn(name: "float", kind: .float)
        var double = PredictionColumn(name: "double", kind: .double)
        var flag = PredictionColumn(name: "flag", kind: .flag)
        var text = PredictionColumn(name: "text", kind: .text)
        var list = PredictionColumn(name: "list", kind: .float, isList: true)
        for (index, name) in ids.enumerated() {
            id.append(text: name)
            time.append(integer: hour.milliseconds + Int64(index))
            number.append(.int64([9_007_199_254_740_993]), rowsOf: 1, count: 1)
            unsigned.append(.raw(TensorBytes([UInt64.max], of: .uint64)), rowsOf: 1, count: 1)
            float.append(.fp32([0.5]), rowsOf: 1, count: 1)
            if index % 2 == 0 { double.append(double: Double(index)) } else { double.appendMissing() }
            flag.append(.bool([index % 3 == 0]), rowsOf: 1, count: 1)
            text.append(text: index == 1 ? nil : "gr\u{fc}n '\(index)")
            if index == 2 {
                list.appendMissing()
            } else {
                list.append(.fp32([Float]([1, 2, 3].prefix(index % 4))), rowsOf: index % 4, count: 1)
            }
        }
        return PredictionBatch(
            model: model,
            version: version,
            hour: hour,
            rows: ids.count,
            columns: [id, time, number, unsigned, float, double, flag, text, list]
        )
    }

    private static func texts(_ file: String, sql: String) throws -> [[String?]] {
        let read = try TabularFixture.columns(of: file, sql: sql)
        return read.schema.names.map { read.columns[$0] ?? [] }
    }

    @Test("every kind of column comes back as it was, missing values and lists too")
    func roundTrip() throws {
        let root = Root()
        let predictions = ParquetPredictions(root: root.path)
        try predictions.recover()
        try predictions.write(Self.batch(["a", "b", "c", "d"]))
        #expect(root.files == ["model=m/date=2025-11-24/hour=00/part-v3-000001-000001.parquet"])
        let file = root.path + "/" + (try #require(root.files.first))
        let columns = try Self.texts(
            file,
            sql: """
                SELECT prediction_id, CAST(epoch_ms("time") AS VARCHAR), CAST(whole AS VARCHAR),
                    CAST(unsigned AS VARCHAR), CAST(float AS VARCHAR), CAST(double AS VARCHAR), CAST(flag AS VARCHAR),
                    text, CAST(list AS VARCHAR), typeof("time") || typeof(unsigned) || typeof(float) || typeof(list)
                FROM data
                """
        )
        #expect(columns[0] == ["a", "b", "c", "d"])
        #expect(columns[1] == (0..<4).map { "\(Self.hour.milliseconds + Int64($0))" })
        #expect(columns[2] == Array(repeating: "9007199254740993", count: 4))
        #expect(columns[3] == Array(repeating: "18446744073709551615", count: 4))
        #expect(columns[4] == Array(repeating: "0.5", count: 4))
        #expect(columns[5] == ["0.0", nil, "2.0", nil])
        #expect(columns[6] == ["true", "false", "false", "true"])
        #expect(columns[7] == ["gr\u{fc}n '0", nil, "gr\u{fc}n '2", "gr\u{fc}n '3"])
        #expect(columns[8] == ["[]", "[1.0]", nil, "[1.0, 2.0, 3.0]"])
        #expect(columns[9].first == "TIMESTAMP WITH TIME ZONEUBIGINTFLOATFLOAT[]")
    }

    @Test("a row is found by its id, with its values")
    func row() throws {
        let root = Root()
        let predictions = ParquetPredictions(root: root.path)
        try predictions.recover()
        try predictions.write(Self.batch(["a", "it's"]))
        try predictions.write(Self.batch(["c"]))
        let found = try #require(try predictions.row(id: "it's", model: "m", hour: Self.hour))
        #expect(found["prediction_id"]?.string == "it's" && found["float"]?.number == 0.5)
        #expect(found["unsigned"] != nil && found["list"]?.array?.first?.number == 1)
        #expect(try predictions.row(id: "nobody", model: "m", hour: Self.hour) == nil)
        #expect(try predictions.row(id: "a", model: "other", hour: Self.hour) == nil)
    }

    @Test(
        "no name of a model leads out of the folder",
        arguments: [
            "../../etc", "..", ".", "a/b", "/abs", "a b", "\u{1F600}", "%2e%2e", "model=x", "a\u{0}b", "a\nb", "[x]*?",
            "it's",
            String(repeating: "\u{e9}", count: 256),
        ]
    )
    func oddNames(name: String) throws {
        let root = Root()
        let predictions = ParquetPredictions(root: root.path)
        try predictions.recover()
        try predictions.write(Self.batch(["a"], model: name))
        try predictions.write(Self.batch(["b"], model: name))
        let folders = Set(root.files.map { $0.split(separator: "/").count })
        #expect(root.files.count == 2 && folders == [4], "\(root.files)")
        #expect(root.files.allSatisfy { $0.hasPrefix("model=") && $0.hasSuffix(".parquet") })
        #expect(try predictions.row(id: "b", model: name, hour: Self.hour)?["prediction_id"]?.string == "b")
    }

    @Test("long names that differ only at their end do not share a folder")
    func longNames() {
        let long = String(repeating: "%", count: 255)
        #expect(PredictionFolder.encoded(long + "a") != PredictionFolder.encoded(long + "b"))
        #expect(PredictionFolder.encoded(long).utf8.count <= 200)
    }

    @Test("many small files of an hour become one, and those of the hour before when the next begins")
    func merging() throws {
        let root = Root()
        let predictions = ParquetPredictions(root: root.path)
        try predictions.recover()
        for index in 0..<16 { try predictions.write(Self.batch(["p\(index)"])) }
        #expect(root.files == ["model=m/date=2025-11-24/hour=00/part-v3-000001-000016.parquet"])
        for index in 16..<19 { try predictions.write(Self.batch(["p\(index)"])) }
        // Another version of the model keeps files of its own.
        try predictions.write(Self.batch(["other"], version: 4))
        #expect(root.files.count == 5)
        try predictions.write(Self.batch(["later"], hour: Self.hour + .seconds(3600)))
        #expect(
            root.files.map { $0.split(separator: "/").suffix(2).joined(separator: "/") } == [
                "hour=00/part-v3-000001-000019.parquet", "hour=00/part-v4-000020-000020.parquet",
                "hour=01/part-v3-000001-000001.parquet",
            ]
        )
        let file = root.path + "/model=m/date=2025-11-24/hour=00/part-v3-000001-000019.parquet"
        let ids = try Self.texts(file, sql: "SELECT prediction_id FROM data")[0]
        #expect(ids == (0..<19).map { "p\($0)" })
        #expect(try FileManager.default.contentsOfDirectory(atPath: root.path + "/unfinished").isEmpty)
    }

    @Test("what a process left that died while it wrote or merged is cleared away, and no row twice")
    func recovery() throws {
        let root = Root()
        let predictions = ParquetPredictions(root: root.path)
        try predictions.recover()
        for index in 0..<16 { try predictions.write(Self.batch(["p\(index)"])) }
        let folder = root.path + "/model=m/date=2025-11-24/hour=00"
        // As if the process had died after the merged file got its name: two of its parts still stand.
        let merged = folder + "/part-v3-000001-000016.parquet"
        for name in ["part-v3-000004-000004.parquet", "part-v3-000007-000007.parquet"] {
            try FileManager.default.copyItem(atPath: merged, toPath: folder + "/" + name)
        }
        try Data(folder.utf8).write(to: URL(fileURLWithPath: root.path + "/unfinished/v3-1.merge"))
        // And in the middle of another file.
        try Data("PAR1 half".utf8).write(
            to: URL(fileURLWithPath: root.path + "/unfinished/part-v3-000017-000017.parquet")
        )
        // A file of one version is never taken for another's.
        try FileManager.default.copyItem(atPath: merged, toPath: folder + "/part-v4-000002-000002.parquet")
        try ParquetPredictions(root: root.path).recover()
        #expect(
            root.files.compactMap { $0.split(separator: "/").last.map(String.init) } == [
                "part-v3-000001-000016.parquet", "part-v4-000002-000002.parquet",
            ]
        )
        #expect(try FileManager.default.contentsOfDirectory(atPath: root.path + "/unfinished").isEmpty)
        // The next file has a number of its own.
        try predictions.write(Self.batch(["next"]))
        #expect(root.files.last?.hasSuffix("part-v4-000002-000002.parquet") == true)
        #expect(root.files.contains { $0.hasSuffix("part-v3-000017-000017.parquet") })
    }

    @Test("a folder that cannot be written is an error with its reason, and the next write goes on")
    func unwritable() throws {
        let root = Root()
        let predictions = ParquetPredictions(root: root.path)
        try predictions.recover()
        // A file stands where the model's folder should be.
        try Data().write(to: URL(fileURLWithPath: root.path + "/model=blocked"))
        #expect(throws: ServiceError.self) { try predictions.write(Self.batch(["a"], model: "blocked")) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: root.path + "/unfinished").isEmpty)
        try predictions.write(Self.batch(["a"]))
        #expect(root.files.count == 1)
    }
}
