import Foundation
import SlipwayDomain
import Testing

/// `slipway monitor`: what would have alerted on a recorded history.
@Suite struct MonitorCommandTests {
    private func run(_ arguments: [String]) async throws -> (code: Int32, output: String) {
        let child = try ChildProcess(try Checkout.binary(), ["monitor"] + arguments)
        let code = try await child.exitCode(within: 60)
        return (code, child.output + child.errors)
    }

    /// Rows of a sensor, one every five minutes; by night its load is low. From row `fault` on it sends another unit.
    private func write(
        _ folder: TemporaryFolder,
        _ name: String,
        rows: Int,
        from start: Int = 0,
        fault: Int = .max,
        seed: UInt64
    ) throws -> String {
        var state = seed
        func uniform() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) / Double(1 << 53)
        }
        let formatter = ISO8601DateFormatter()
        var lines = ["at,load,room"]
        for row in start..<(start + rows) {
            let isDay = (7...19).contains(row / 12 % 24)
            let load = (isDay ? 2 : 1) + uniform() + uniform()
            let scale = row - start >= fault ? 1.8 : 1
            let time = formatter.string(from: Date(timeIntervalSince1970: Double(1_767_225_600 + row * 300)))
            lines.append("\(time),\(load * scale),\(uniform() < 0.3 ? "attic" : "hall")")
        }
        let path = folder.path + "/" + name
        try (lines.joined(separator: "\n") + "\n").write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    private static let week = 2016

    @Test func `columns that name rows are not watched, as drift does not look at them`() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/ids.csv"
        let rows = (0..<2000).map { "\($0),\($0 * 37 % 101)" }
        try ("id,x\n" + rows.joined(separator: "\n") + "\n").write(toFile: path, atomically: true, encoding: .utf8)
        let answer = try await run([path, path, "--rows", "500"])
        #expect(answer.code == 0 && answer.output.contains("name rows: id"), "\(answer)")
        #expect(!answer.output.contains("1970"), "\(answer)")
    }

    @Test func `a history is replayed against a table or a stored profile, by rows or by time`() async throws {
        let folder = try TemporaryFolder()
        let train = try write(folder, "train.csv", rows: 5 * Self.week, seed: 1)
        let clean = try write(folder, "clean.csv", rows: 2 * Self.week, from: 6 * Self.week, seed: 2)
        let bad = try write(folder, "bad.csv", rows: 2 * Self.week, from: 8 * Self.week, fault: Self.week, seed: 3)
        let timed = ["--time", "at", "--window", "12h", "--rows", "144"]
        let quiet = try await run([train, clean] + timed)
        #expect(
            quiet.code == 0 && quiet.output.contains("hour of the week") && quiet.output.contains("0 alerts"),
            "\(quiet)"
        )
        let found = try await run([train, clean, bad] + timed)
        #expect(found.code == 2 && found.output.contains("1 alert") && found.output.contains("load"), "\(found)")
        let backwards = try await run([train, bad, clean] + timed)
        #expect(backwards.code == 1 && backwards.output.contains("the history goes back"), "\(backwards)")
        let json = try await run([train, bad, "--json"] + timed)
        let answer = try JSONValue(parsing: Array(json.output.utf8))
        let history = try #require(answer["histories"]?.array?.first)
        let alert = try #require(history["alerts"]?.array?.first)
        #expect(answer["seasonal"]?.bool == true && history["alerts"]?.array?.count == 1)
        #expect(alert["columns"]?.array?.first?.string == "load")
        // Twelve hours a window, a week of clean ones: the fault comes with window 14.
        #expect((14...16).contains(alert["window"]?.integer ?? 0), "\(alert)")
        let onset = try #require(alert["onset"]?.string.flatMap { Instant($0) })
        let fault = Instant(milliseconds: Int64(1_767_225_600 + 9 * Self.week * 300) * 1000)
        #expect(abs(onset.milliseconds - fault.milliseconds) <= 12 * 3_600_000)

        let profile = folder.path + "/profile.json"
        let made = try ChildProcess(
            try Checkout.binary(),
            ["profile", train, "-o", profile, "--time", "at", "--window-rows", "144"]
        )
        #expect(try await made.exitCode(within: 60) == 0, "\(made.errors)")
        let stored = try await run([profile, bad, "--json"] + timed)
        let again = try JSONValue(parsing: Array(stored.output.utf8))
        #expect(again["seasonal"]?.bool == true, "\(stored)")
        #expect(again["histories"]?.array?.first?["alerts"]?.array?.first?["window"] == alert["window"])
    }

    @Test func `what cannot be replayed is told in a sentence`() async throws {
        let folder = try TemporaryFolder()
        let train = try write(folder, "train.csv", rows: 1200, seed: 1)
        let other = folder.path + "/other.csv"
        try "x\n1\n".write(toFile: other, atomically: true, encoding: .utf8)
        let cases: [(arguments: [String], words: String)] = [
            ([train, other], "has no column"), ([train, train, "--time", "when"], "has no column when"),
            ([train, train, "--time", "room"], "room holds no instants"),
            ([train, train, "--window", "1d"], "--window"),
            ([train, train, "--time", "at", "--window", "soon"], "--window"),
            ([train, train, "--rows", "10"], "--rows"), ([train, train, "--min-effect", "7"], "--min-effect"),
            ([folder.path + "/none.json", train], "cannot read"), ([folder.path + "/none.csv", train], "none.csv"),
        ]
        for (arguments, words) in cases {
            let answer = try await run(arguments)
            #expect(answer.code == 1 && answer.output.contains(words), "\(arguments): \(answer)")
        }
        let damaged = folder.path + "/damaged.json"
        try #"{"format":2,"columns":[]}"#.write(toFile: damaged, atomically: true, encoding: .utf8)
        #expect(try await run([damaged, train]).code == 1)
    }
}
