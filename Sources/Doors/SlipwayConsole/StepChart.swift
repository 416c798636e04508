internal import SlipwayDomain

/// The share of traffic that a release's version had, as steps over time, with the analyses that moved it.
struct StepChart {
    let title: String
    let from: Instant
    /// The end of the release, or now.
    let to: Instant
    let steps: [(percent: Int, at: Instant)]
    let analyses: [(at: Instant, verdict: String?)]

    private static let width = 760.0
    private static let left = 44.0
    private static let right = 736.0
    private static let top = 14.0
    private static let bottom = 150.0

    /// The picture as SVG.
    var html: HTML {
        let axis = TimeAxis(from: from, to: to, left: Self.left, right: Self.right)
        let (line, area) = paths(axis)
        return """
            <svg viewBox="0 0 \(Self.width) 176" role="img">
            <title>\(title)</title>
            \(axis.html(top: Self.top, bottom: Self.bottom))\(grid)<path class="area" d="\(area)"/>
            <path class="line" d="\(line)"/>
            \(labels(axis))\(analyses.html { mark($0, axis) })</svg>

            """
    }

    private func height(_ percent: Int) -> Double {
        Self.bottom - (Self.bottom - Self.top) * Double(min(100, max(0, percent))) / 100
    }

    private var grid: HTML {
        [0, 25, 50, 75, 100].html { percent in
            let y = height(percent)
            return """
                <path class="grid" d="M\(Self.left) \(y)H\(Self.right)"/>\
                <text class="end" x="\(Self.left - 6)" y="\(y + 4)">\(percent) %</text>

                """
        }
    }

    private func paths(_ axis: TimeAxis) -> (line: HTML, area: HTML) {
        var line: HTML = "M\(axis.place(from)) \(height(0))"
        for step in steps { line += "H\(axis.place(step.at))V\(height(step.percent))" }
        line += "H\(axis.place(to))"
        return (line, "\(line)V\(height(0))H\(axis.place(from))Z")
    }

    /// Each share at the step's beginning, left out where it is none or would lie on the one before.
    private func labels(_ axis: TimeAxis) -> HTML {
        var last = -Double.infinity
        return steps.html { step in
            let x = min(axis.place(step.at) + 4, Self.right - 30)
            guard step.percent > 0, x - last > 36 else { return "" }
            last = x
            let y = step.percent > 88 ? height(step.percent) + 14 : height(step.percent) - 5
            return #"<text class="strong" x="\#(x)" y="\#(y)">\#(step.percent) %</text>\#n"#
        }
    }

    /// Shapes differ as well as colours: a disc for a pass, a cross for a fail, a diamond for the rest.
    private func mark(_ analysis: (at: Instant, verdict: String?), _ axis: TimeAxis) -> HTML {
        let badge = Badge.verdict(analysis.verdict)
        let (x, y) = (axis.place(analysis.at), height(percent(at: analysis.at)))
        let shape: HTML =
            switch badge.tone {
            case .good: "M\(x - 5) \(y)a5 5 0 1 0 10 0a5 5 0 1 0 -10 0Z"
            case .bad:
                "M\(x - 6) \(y - 3)l3 -3l3 3l3 -3l3 3l-3 3l3 3l-3 3l-3 -3l-3 3l-3 -3l3 -3Z"
            case .warn, .plain: "M\(x) \(y - 6)l6 6l-6 6l-6 -6Z"
            }
        let told: HTML = "Analysis at \(Figures.minute(analysis.at)): \(badge.text)"
        return #"<path class="mark \#(badge.tone.rawValue)" d="\#(shape)"><title>\#(told)</title></path>\#n"#
    }

    /// The share just before an instant: a verdict belongs to the step that it ends.
    private func percent(at instant: Instant) -> Int { steps.last { $0.at < instant }?.percent ?? 0 }
}
