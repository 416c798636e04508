internal import SlipwayDomain

/// A value per window with its interval, against the least value that was promised.
struct IntervalChart {
    /// One window; a value that could not be told is nil.
    struct Point {
        let from: Instant
        let to: Instant
        let value: Double?
        let lower: Double?
        let upper: Double?
        let isBreached: Bool

        init(from: Instant, to: Instant, value: Double?, lower: Double?, upper: Double?, isBreached: Bool) {
            self.from = from
            self.to = to
            self.value = IntervalChart.drawable(value)
            self.lower = IntervalChart.drawable(lower)
            self.upper = IntervalChart.drawable(upper)
            self.isBreached = isBreached
        }

        var middle: Instant { from + Span(milliseconds: (to - from).milliseconds / 2) }

        /// The window in words: days, or times of day where it begins or ends within one.
        var window: String {
            let isDays = [from, to].allSatisfy { $0.milliseconds % Span.days(1).milliseconds == 0 }
            if isDays { return "\(from.date) to \(to.date)" }
            let (start, end) = (from.description.dropFirst(11).prefix(5), to.description.dropFirst(11).prefix(5))
            return "\(from.date) \(start) to " + (from.date == to.date ? "" : "\(to.date) ") + end
        }
    }

    let title: String
    let metric: String
    let points: [Point]
    let threshold: Double?
    /// What was estimated before labels came, as a broken line.
    var estimates: [Point] = []
    /// Whether the threshold is the least value, or the greatest.
    var isLeast = true

    private static let width = 760.0
    private static let left = 48.0
    private static let right = 736.0
    private static let top = 14.0
    private static let bottom = 190.0

    /// The picture as SVG.
    var html: HTML {
        let all = points + estimates
        guard let from = all.map(\.from).min(), let to = all.map(\.to).max() else { return "" }
        let axis = TimeAxis(from: from, to: to, left: Self.left, right: Self.right)
        let scale = ValueScale(values: values, top: Self.top, bottom: Self.bottom)
        return """
            <svg viewBox="0 0 \(Self.width) 216" role="img">
            <title>\(title)</title>
            \(axis.html(top: Self.top, bottom: Self.bottom))\(grid(scale))\
            \(runs.html { band($0, axis, scale) })\(estimated(axis, scale))\(limit(scale))\(points.html { mark($0, axis, scale) })</svg>

            """
    }

    /// Numbers that have no place in any picture are as good as none.
    private static func drawable(_ value: Double?) -> Double? {
        value.flatMap { $0.isFinite && $0.magnitude < 1e9 ? $0 : nil }
    }

    private var values: [Double] {
        let drawn =
            points.flatMap { [$0.value, $0.lower, $0.upper] } + estimates.map(\.value) + [Self.drawable(threshold)]
        return drawn.compactMap { $0 }
    }

    private func grid(_ scale: ValueScale) -> HTML {
        scale.ticks.html { tick in
            let y = scale.place(tick)
            return """
                <path class="grid" d="M\(Self.left) \(y)H\(Self.right)"/>\
                <text class="end" x="\(Self.left - 6)" y="\(y + 4)">\(Figures.fixed(tick, decimals: 2))</text>

                """
        }
    }

    private func limit(_ scale: ValueScale) -> HTML {
        guard let threshold = Self.drawable(threshold) else { return "" }
        let y = scale.place(threshold)
        return """
            <path class="limit" d="M\(Self.left) \(y)H\(Self.right)"/>\
            <text class="strong" x="\(Self.left + 6)" y="\(y - 5)">\(isLeast ? "least" : "greatest") \(metric) \
            \(Figures.fixed(threshold, decimals: 2))</text>

            """
    }

    /// A broken line through the estimates, with a ring at each: alone it is a ring.
    private func estimated(_ axis: TimeAxis, _ scale: ValueScale) -> HTML {
        estimates.split { $0.value == nil }.html { run in
            let places = run.map { (x: axis.place($0.middle), y: scale.place($0.value ?? 0), point: $0) }
            let line = places.enumerated().html { "\($0 == 0 ? "" : "L")\($1.x) \($1.y)" }
            let rings = places.html { place in
                let value = Figures.fixed(place.point.value ?? 0, decimals: 3)
                let told = "\(place.point.window): \(metric) estimated as \(value)"
                return #"<circle class="line" cx="\#(place.x)" cy="\#(place.y)" r="3"><title>\#(told)</title></circle>"#
            }
            return """
                <path class="line" stroke-dasharray="5 4" d="M\(line)"/>\(rings)

                """
        }
    }

    /// The points that stand side by side with a value: a gap breaks the line.
    private var runs: [[Point]] {
        points.split { $0.value == nil }.map(Array.init)
    }

    private func band(_ run: [Point], _ axis: TimeAxis, _ scale: ValueScale) -> HTML {
        guard let first = run.first, let last = run.last else { return "" }
        // The first and last value reach to the edges of their windows, so that one window alone has a band too.
        let places: [(x: Double, point: Point)] =
            [(axis.place(first.from), first)] + run.map { (axis.place($0.middle), $0) } + [(axis.place(last.to), last)]
        func path(_ part: [(x: Double, point: Point)], _ value: (Point) -> Double?) -> HTML {
            part.enumerated().html { index, place in
                let y = scale.place(value(place.point) ?? place.point.value ?? 0)
                return "\(index == 0 ? "" : "L")\(place.x) \(y)"
            }
        }
        let upper = path(places) { $0.upper }
        let lower = path(places.reversed()) { $0.lower }
        let line = path(Array(places.dropFirst().dropLast())) { $0.value }
        return """
            <path class="area" d="M\(upper)L\(lower)Z"/>
            <path class="line" d="M\(line)"/>

            """
    }

    /// A disc for a kept promise, a square for a breach, a diamond on the ground where there is no value.
    private func mark(_ point: Point, _ axis: TimeAxis, _ scale: ValueScale) -> HTML {
        let x = axis.place(point.middle)
        let window = point.window
        guard let value = point.value else {
            let y = Self.bottom
            return """
                <path class="mark plain" d="M\(x) \(y - 5)l5 5l-5 5l-5 -5Z"><title>\(window): no value</title></path>

                """
        }
        let y = scale.place(value)
        let told = "\(window): \(metric) \(Figures.fixed(value, decimals: 3))"
        return point.isBreached
            ? """
            <path class="mark bad" d="M\(x - 5) \(y - 5)h10v10h-10Z"><title>\(told), breached</title></path>

            """
            : #"<circle class="mark" cx="\#(x)" cy="\#(y)" r="4"><title>\#(told)</title></circle>\#n"#
    }
}
