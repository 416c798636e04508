import Foundation
import SlipwayDomain
import SlipwayStatistics
import Testing

@testable import SlipwayMonitor

/// Traffic with a day and a week: by night values are low, fewer rows come.
private struct Diurnal {
    var shift = 0.0
    var storm = 0.0
    private static let hour: Int64 = 3_600_000

    /// Rows of `hours` from `start` on, about sixty an hour by day and forty by night.
    func rows(from start: Int, hours: Int, _ random: inout Seeded) -> (columns: [[ColumnValue]], times: [Int64]) {
        var (load, colour, times) = ([ColumnValue](), [ColumnValue](), [Int64]())
        for hour in start..<(start + hours) {
            let isDay = (7...19).contains(hour % 24)
            // A slow wander of its own, as weather has.
            let weather = storm * sin(Double(hour) / 60)
            for row in 0..<(isDay ? 60 : 40) {
                load.append(.number((isDay ? 2 : 0) + weather + shift + random.normal()))
                colour.append(.text(random.chance(isDay ? 0.8 : 0.3) ? "red" : "blue"))
                times.append(Int64(hour) * Self.hour + Int64(row) * 60_000)
            }
        }
        return ([load, colour], times)
    }

    static func reference(_ rows: (columns: [[ColumnValue]], times: [Int64]), windowRows: Int) throws
        -> WatchedReference
    {
        let numbers = rows.columns[0].map { value -> Double? in if case .number(let x) = value { x } else { nil } }
        let texts = rows.columns[1].map { value -> String? in if case .text(let x) = value { x } else { nil } }
        let profile = try DatasetProfile(reference: [("load", .numbers(numbers)), ("colour", .texts(texts))])
        var finder = RhythmFinder(reference: profile, windowRows: windowRows)
        try finder.add(rows.columns, times: rows.times)
        return WatchedReference(profile: profile, rhythm: try finder.rhythm())
    }
}

@Suite("The rhythm of a reference")
struct ReferenceRhythmTests {
    private static let week = 168

    /// Windows of six hours for some days; the first alert's window and columns.
    private func watch(
        _ reference: WatchedReference,
        _ before: Diurnal,
        _ after: Diurnal,
        onset: Int = 8,
        windows: Int = 16,
        seed: UInt64
    ) throws -> [(Int, [String])] {
        var random = Seeded(seed)
        var replay = StreamReplay(reference: reference, policy: StreamPolicy(drift: .standard, span: .hours(6)))
        var fired: [(Int, [String])] = []
        for number in 0..<windows {
            let start = 10 * Self.week + 6 * number
            let rows = (number < onset ? before : after).rows(from: start, hours: 6, &random)
            var profile = DatasetProfile.emptyLike(reference.profile)
            try profile.add(batch: rows.columns)
            var hours = HourCounts()
            for time in rows.times { hours.add(1, milliseconds: time) }
            let window = ObservedWindow(
                from: Instant(milliseconds: Int64(start) * 3_600_000),
                to: Instant(milliseconds: Int64(start + 6) * 3_600_000),
                profile: profile,
                hours: hours
            )
            for case .fired(_, _, let columns) in try replay.add(window).signals { fired.append((number, columns)) }
        }
        return fired
    }

    @Test("hours that differ are found, and nights are measured by nights")
    func seasons() throws {
        var random = Seeded(21)
        let history = Diurnal().rows(from: 0, hours: 4 * Self.week, &random)
        let reference = try Diurnal.reference(history, windowRows: 300)
        let rhythm = try #require(reference.rhythm)
        #expect(rhythm.seasons != nil && rhythm.seasonDistance > 0.3)
        #expect(try watch(reference, Diurnal(), Diurnal(), onset: 99, windows: 28, seed: 22).isEmpty)
        let found = try watch(reference, Diurnal(), Diurnal(shift: 0.8), seed: 23)
        #expect(found.first?.1.first == "load" && (8...11).contains(found.first?.0 ?? 0), "\(found)")
        // The same windows against the whole: every night is an alarm.
        let flat = WatchedReference(profile: reference.profile)
        #expect(try !watch(flat, Diurnal(), Diurnal(), onset: 99, windows: 28, seed: 22).isEmpty)
    }

    @Test("hours that do not differ make no seasons, and independent rows no natural range")
    func flat() throws {
        var random = Seeded(24)
        var rows = Diurnal().rows(from: 0, hours: 4 * Self.week, &random)
        // The same values in another order: the hours lose their meaning.
        rows.columns = rows.columns.map { $0.shuffled(using: &random) }
        let reference = try Diurnal.reference(rows, windowRows: 500)
        #expect(reference.rhythm?.seasons == nil)
        #expect(reference.rhythm?.natural == NaturalRange())
    }

    @Test("what a column does by itself is no alarm, more than that is")
    func natural() throws {
        var random = Seeded(25)
        let history = Diurnal(storm: 0.6).rows(from: 0, hours: 4 * Self.week, &random)
        let reference = try Diurnal.reference(history, windowRows: 300)
        let natural = try #require(reference.rhythm?.natural)
        #expect(natural.of("load").distribution > 0.1 && natural.of("colour").distribution < 0.2)
        let quiet = Diurnal(storm: 0.6)
        #expect(try watch(reference, quiet, quiet, onset: 99, windows: 28, seed: 26).isEmpty)
        let found = try watch(reference, quiet, Diurnal(shift: 3, storm: 0.6), seed: 27)
        #expect(found.first?.1.first == "load", "\(found)")
    }

    @Test("what is stored is read back, also a profile alone")
    func stored() throws {
        var random = Seeded(28)
        let reference = try Diurnal.reference(
            Diurnal(storm: 0.5).rows(from: 0, hours: 4 * Self.week, &random),
            windowRows: 300
        )
        let text = try CanonicalJSON.text(of: reference.json())
        let read = try WatchedReference(json: JSONValue(parsing: Array(text.utf8)))
        #expect(read.profile == reference.profile && read.rhythm?.seasons == reference.rhythm?.seasons)
        #expect(read.rhythm?.natural == reference.rhythm?.natural && read.rhythm?.windowRows == 300)
        #expect(try CanonicalJSON.text(of: read.json()) == text)
        let alone = try WatchedReference(json: JSONValue(encoding: reference.profile))
        #expect(alone.rhythm == nil && alone.profile == reference.profile)
        #expect(reference.keeping { $0 == "load" }.profile.columns.map(\.name) == ["load"])
    }
}
