import SlipwayDomain
import SlipwayStatistics
import Testing

@testable import SlipwayMonitor

@Suite("A stream of windows")
struct StreamAnalystTests {
    private static func instant(_ window: Int) -> Instant { Instant(milliseconds: Int64(window) * 900_000) }

    /// Clean windows, then windows of `rows`; the windows in which an alert fired and what it named.
    private func replay(
        _ rows: SyntheticRows,
        clean: Int,
        bad: Int,
        seed: UInt64,
        policy: StreamPolicy = StreamPolicy()
    ) throws -> [(window: Int, onset: Instant, columns: [String])] {
        var random = Seeded(seed)
        let reference = try SyntheticRows.shared.get()
        var replay = StreamReplay(reference: WatchedReference(profile: reference), policy: policy)
        var fired: [(Int, Instant, [String])] = []
        for number in 0..<(clean + bad) {
            let source = number < clean ? SyntheticRows() : rows
            let window = ObservedWindow(
                from: Self.instant(number),
                to: Self.instant(number + 1),
                profile: try source.profile(rows: 1000, like: reference, &random)
            )
            for case .fired(let onset, _, let columns) in try replay.add(window).signals {
                fired.append((number, onset, columns))
            }
        }
        return fired
    }

    @Test("is quiet while nothing happens")
    func clean() throws {
        let seed = Seeded.announced("clean streams")
        for stream in 0..<3 {
            #expect(
                try replay(SyntheticRows(), clean: 20, bad: 0, seed: seed &+ UInt64(stream)).isEmpty,
                "stream \(stream)"
            )
        }
    }

    @Test(
        "finds what moved a distribution by 0.08 or more within three windows, and names it first",
        arguments: [
            SyntheticRows(shift: 0.25), SyntheticRows(spread: 1.5), SyntheticRows(contamination: 0.1),
            SyntheticRows(missing: 0.12), SyntheticRows(failed: 0.1),
        ]
    )
    func large(_ rows: SyntheticRows) throws {
        let seed = Seeded.announced("large changes")
        for stream in 0..<2 {
            let fired = try replay(rows, clean: 3, bad: 4, seed: seed &+ UInt64(stream))
            #expect(
                fired.first?.columns.first == "delay" && (fired.first?.window ?? 99) <= 5,
                "stream \(stream): \(fired)"
            )
            #expect(fired.count <= 1)
        }
    }

    @Test("finds by lasting evidence what no single window shows")
    func small() throws {
        // 0.12 sd is a distance of 0.048: below what counts in one window, above what is tolerated for ever.
        var policy = StreamPolicy()
        policy.tolerance = 0.2
        let fired = try replay(SyntheticRows(shift: 0.12), clean: 5, bad: 30, seed: 3, policy: policy)
        let first = try #require(fired.first)
        #expect(first.columns == ["delay"] && first.window >= 6)
        #expect(first.onset >= Self.instant(5) && first.onset <= Self.instant(first.window))
    }

    @Test("ends some windows after the change does")
    func ends() throws {
        var random = Seeded(9)
        let reference = try SyntheticRows.shared.get()
        var replay = StreamReplay(reference: WatchedReference(profile: reference), policy: StreamPolicy())
        var resolved: Int?
        for number in 0..<18 {
            let rows = (4..<10).contains(number) ? SyntheticRows(shift: 0.6) : SyntheticRows()
            let window = ObservedWindow(
                from: Self.instant(number),
                to: Self.instant(number + 1),
                profile: try rows.profile(rows: 1000, like: reference, &random)
            )
            for case .resolved in try replay.add(window).signals { resolved = number }
        }
        #expect((12...16).contains(resolved ?? 0), "\(resolved ?? -1)")
        #expect(replay.state.phase == .ok)
    }

    @Test("its state survives being written and read")
    func state() throws {
        var random = Seeded(11)
        let reference = try SyntheticRows.shared.get()
        let analyst = StreamAnalyst(reference: WatchedReference(profile: reference), policy: StreamPolicy())
        var evidence = StreamEvidence()
        for number in 0..<4 {
            let window = ObservedWindow(
                from: Self.instant(number),
                to: Self.instant(number + 1),
                profile: try SyntheticRows(shift: 0.3).profile(rows: 500, like: reference, &random)
            )
            evidence = try analyst.judge(window, earlier: [], evidence: evidence).evidence
            let text = try CanonicalJSON.text(of: JSONValue(encoding: evidence))
            #expect(try JSONValue(parsing: Array(text.utf8)).decode(StreamEvidence.self) == evidence)
        }
        #expect((evidence.columns["delay"]?.logValue ?? 0) > 10 && (evidence.columns["hour"]?.logValue ?? 0) < 3)
    }

    @Test("a window with too few rows says nothing and is waited for")
    func few() throws {
        var random = Seeded(12)
        let reference = try SyntheticRows.shared.get()
        let analyst = StreamAnalyst(reference: WatchedReference(profile: reference), policy: StreamPolicy())
        let window = ObservedWindow(
            from: Self.instant(0),
            to: Self.instant(1),
            profile: try SyntheticRows(shift: 9).profile(rows: 60, like: reference, &random)
        )
        #expect(try analyst.judge(window, earlier: [], evidence: StreamEvidence()).window.flagged == nil)
    }
}
