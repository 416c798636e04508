import Foundation
import Testing

@testable import SlipwayStatistics

@Suite("A reference by the hour of the week")
struct SeasonalProfileTests {
    private static let hour: Int64 = 3_600_000

    @Test("hours of the week begin on Monday, before 1970 too")
    func hours() {
        #expect(HourCounts.hour(milliseconds: 0) == 72)
        #expect(HourCounts.hour(milliseconds: 4 * 24 * Self.hour) == 0)
        #expect(HourCounts.hour(milliseconds: 4 * 24 * Self.hour - 1) == 167)
        #expect(HourCounts.hour(milliseconds: -72 * Self.hour) == 0)
        #expect(HourCounts.hour(milliseconds: -73 * Self.hour) == 167)
    }

    /// Night rows are 0...49 and of category a, day rows 50...99 and of b.
    private func rows(_ count: Int, isNight: Bool) -> [[ColumnValue]] {
        [
            (0..<count).map { .number(Double($0 % 50 + (isNight ? 0 : 50))) },
            (0..<count).map { _ in .text(isNight ? "a" : "b") }, (0..<count).map { .flag(isNight == ($0 % 10 != 0)) },
        ]
    }

    private func reference() throws -> (profile: DatasetProfile, seasons: SeasonalProfile) {
        let (night, day) = (rows(1000, isNight: true), rows(3000, isNight: false))
        var numbers: [Double?] = []
        var texts: [String?] = []
        var flags: [Bool?] = []
        for part in [night, day] {
            for value in part[0] { if case .number(let number) = value { numbers.append(number) } }
            for value in part[1] { if case .text(let text) = value { texts.append(text) } }
            for value in part[2] { if case .flag(let flag) = value { flags.append(flag) } }
        }
        let profile = try DatasetProfile(reference: [
            ("x", .numbers(numbers)), ("c", .texts(texts)), ("f", .flags(flags)),
        ])
        var seasons = SeasonalProfile(reference: profile)
        for (part, hour) in [(night, 2), (day, 12)] {
            var counted = DatasetProfile.emptyLike(profile)
            try counted.add(batch: part)
            try seasons.add(counted, hour: hour)
        }
        return (profile, seasons)
    }

    private func window(_ counts: [Int: Int]) -> HourCounts {
        var result = HourCounts()
        for (hour, rows) in counts { result.add(rows, milliseconds: Int64(hour + 96) * Self.hour) }
        return result
    }

    @Test("hours that hold more than their rows, and a reference without rows, end nothing")
    func forged() throws {
        let (profile, seasons) = try reference()
        let text = try #require(String(data: JSONEncoder().encode(seasons.stored), encoding: .utf8))
        // Each count is one that an hour may have; together they are more rows than it has.
        let forged = text.replacingOccurrences(of: "[0,1000]", with: "[0,1000,1,1000]")
        #expect(forged != text)
        let stored = try JSONDecoder().decode(SeasonalProfile.Stored.self, from: Data(forged.utf8))
        #expect(throws: StatisticsError.self) { try SeasonalProfile(stored, reference: profile) }
        let empty = DatasetProfile.emptyLike(profile)
        #expect(try SeasonalProfile(seasons.stored, reference: empty).expected(for: window([2: 7])) == empty)
    }

    @Test("a window is compared with its own hours in its own shares")
    func mixture() throws {
        let (profile, seasons) = try reference()
        #expect(seasons.rows.counts[2] == 1000 && seasons.rows.counts[12] == 3000)
        let night = seasons.expected(for: window([2: 700]))
        #expect(night.rowCount == 1000)
        guard case .categorical(let categories)? = night["c"], case .numeric(let numbers)? = night["x"] else {
            Issue.record("the columns keep their kinds")
            return
        }
        #expect(categories.categories.knownCounts == [1000, 0])
        #expect(
            numbers.grid.count == 1000 && numbers.grid.quantile(1) == 99
                || numbers.grid.counts[1...50].reduce(0, +) == 1000
        )
        let half = seasons.expected(for: window([2: 500, 12: 500]))
        // 1 / (0.25 / 1000 + 0.25 / 3000)
        #expect(half.rowCount == 3000)
        guard case .categorical(let mixed)? = half["c"] else { return }
        #expect(mixed.categories.knownCounts == [1500, 1500])
        #expect(seasons.expected(for: HourCounts()) == profile)
        // An hour that the reference never saw is taken from the whole.
        guard case .categorical(let unknown)? = seasons.expected(for: window([99: 10, 2: 10]))["c"] else { return }
        let share = Double(unknown.categories.knownCounts[0]) / Double(unknown.categories.count)
        #expect(abs(share - 0.625) < 0.001)
    }

    @Test("what is stored is read back, and what does not fit is refused")
    func stored() throws {
        let (profile, seasons) = try reference()
        let bytes = try JSONEncoder().encode(seasons.stored)
        let read = try JSONDecoder().decode(SeasonalProfile.Stored.self, from: bytes)
        #expect(try SeasonalProfile(read, reference: profile) == seasons)
        #expect(bytes.count < 4000)
        #expect(throws: StatisticsError.self) {
            try SeasonalProfile(read, reference: DatasetProfile(reference: [("y", .numbers([1, 2]))]))
        }
        #expect(throws: StatisticsError.self) {
            try SeasonalProfile(
                read,
                reference: DatasetProfile(reference: [
                    ("x", .flags([true])), ("c", .flags([true])), ("f", .flags([true])),
                ])
            )
        }
        #expect(seasons.keeping { $0 == "c" }.expected(for: window([2: 1])).columns.map(\.name) == ["c"])
    }

    @Test("the questions about a column are frozen, and every profile against it answers them")
    func events() throws {
        let (profile, _) = try reference()
        let column = try #require(profile["x"])
        let events = ColumnEvents(reference: column)
        let counts = events.counts(in: column)
        #expect(events.events.count == counts.count && counts.allSatisfy { $0.trials == 4000 && $0.hits <= 4000 })
        var other = ColumnProfile.emptyLike(column)
        other.add([.number(1e9), .missing, .failed, .number(.infinity), .number(20)])
        for (event, count) in zip(events.events, events.counts(in: other)) {
            switch event {
            case .outOfRange: #expect(count == (2, 3))
            case .missing: #expect(count == (1, 5))
            case .failed: #expect(count == (1, 5))
            case .atMost(let edge):
                #expect(count.trials == 2 && count.hits == (profileEdge(column, edge) >= 20 ? 1 : 0))
            default: Issue.record("a number has no \(event)")
            }
        }
    }

    private func profileEdge(_ column: ColumnProfile, _ edge: Int) -> Double {
        guard case .numeric(let profile) = column else { return .nan }
        return profile.grid.grid.edges[edge]
    }
}
