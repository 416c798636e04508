internal import SlipwayDomain

/// Where time stands in a picture, and which instants are written below it.
struct TimeAxis {
    let from: Instant
    let to: Instant
    let left: Double
    let right: Double

    init(from: Instant, to: Instant, left: Double, right: Double) {
        self.from = from
        // A picture of one moment still needs a width.
        self.to = max(to, from + Span(milliseconds: 1000))
        self.left = left
        self.right = right
    }

    /// The place of an instant; those outside stand at the edge.
    func place(_ instant: Instant) -> Double {
        let share = Double((instant - from).milliseconds) / Double((to - from).milliseconds)
        return left + (right - left) * min(1, max(0, share))
    }

    /// At most eight round instants with their labels.
    var ticks: [(at: Instant, label: String)] {
        let length = (to - from).milliseconds
        guard let step = Self.steps.first(where: { length / $0.milliseconds < 8 }) else { return months }
        let first = from.milliseconds + Self.rest(-from.milliseconds, step.milliseconds)
        return stride(from: first, through: to.milliseconds, by: Int(step.milliseconds)).map { milliseconds in
            let instant = Instant(milliseconds: milliseconds)
            return (instant, label(of: instant, step: step))
        }
    }

    private static let steps: [Span] =
        [1, 2, 5, 10, 15, 30].map { .seconds($0) } + [1, 2, 5, 10, 15, 30].map { .minutes($0) }
        + [1, 2, 3, 6, 12].map { .hours($0) } + [1, 2, 7].map { .days($0) }

    private func label(of instant: Instant, step: Span) -> String {
        let text = instant.description
        if step >= .days(1) { return instant.date }
        let clock = text.dropFirst(11).prefix(step < .minutes(1) ? 8 : 5)
        return from.date == to.date ? String(clock) : text.dropFirst(5).prefix(5) + " " + clock
    }

    /// The first days of months, every so many months that at most eight are left.
    private var months: [(at: Instant, label: String)] {
        var found: [(at: Instant, label: String)] = []
        var year = Int(from.description.prefix(4)) ?? 1970
        var month = Int(from.description.dropFirst(5).prefix(2)) ?? 1
        while let instant = Instant(Self.firstDay(year, month)), instant <= to {
            if instant >= from { found.append((instant, String(instant.date.prefix(7)))) }
            (year, month) = month == 12 ? (year + 1, 1) : (year, month + 1)
        }
        let every = (found.count + 7) / 8
        return found.enumerated().filter { $0.offset % max(1, every) == 0 }.map(\.element)
    }

    private static func firstDay(_ year: Int, _ month: Int) -> String {
        let digits = String(year)
        let zeros = String(repeating: "0", count: max(0, 4 - digits.count))
        return zeros + digits + (month < 10 ? "-0\(month)-01" : "-\(month)-01")
    }

    /// The remainder that is never negative.
    private static func rest(_ value: Int64, _ divisor: Int64) -> Int64 {
        let rest = value % divisor
        return rest < 0 ? rest + divisor : rest
    }

    /// The labels and their lines from `top` down to `bottom`.
    func html(top: Double, bottom: Double) -> HTML {
        ticks.html { tick in
            let x = place(tick.at)
            return """
                <path class="grid" d="M\(x) \(top)V\(bottom + 4)"/>\
                <text class="middle" x="\(x)" y="\(bottom + 17)">\(tick.label)</text>

                """
        }
    }
}
