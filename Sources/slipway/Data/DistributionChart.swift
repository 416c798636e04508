import Foundation
import SlipwayStatistics

/// Draws the distributions of one column on both sides, as SVG without scripts.
struct DistributionChart {
    private static let (width, height, bottom) = (640.0, 170.0, 24.0)
    private static let bars = 48

    private let groups: [Group]
    private let isContinuous: Bool

    /// One bar of each side.
    private struct Group {
        let label: String
        let reference: Double
        let current: Double
    }

    /// Nil when there is nothing to draw.
    init?(reference: ColumnProfile, current: ColumnProfile) {
        switch (reference, current) {
        case (.numeric(let old), .numeric(let new)):
            guard let aligned = try? NumericProfile.aligned(old, new),
                let groups = Self.histogram(aligned.reference, aligned.current, unit: old.unit)
            else { return nil }
            self.groups = groups
            isContinuous = !(aligned.reference.isExact && groups.count < Self.bars)
        case (.categorical(let old), .categorical(let new)):
            groups = Self.categories(CategoryAlignment(reference: old.categories, current: new.categories))
            isContinuous = false
        case (.boolean(let old), .boolean(let new)):
            guard old.count > 0, new.count > 0 else { return nil }
            let shares = [(old.trueCount, new.trueCount, "true"), (old.falseCount, new.falseCount, "false")]
            groups = shares.map {
                Group(
                    label: $0.2,
                    reference: Double($0.0) / Double(old.count),
                    current: Double($0.1) / Double(new.count)
                )
            }
            isContinuous = false
        default: return nil
        }
        guard !groups.isEmpty else { return nil }
    }

    /// Shares in bars of equal width over the reference's middle 99 %; what lies outside is in the outermost bars.
    private static func histogram(
        _ old: GridProfile,
        _ new: GridProfile,
        unit: NumericProfile.Unit?
    ) -> [Group]? {
        guard old.count > 0, new.count > 0 else { return nil }
        if old.isExact, new.isExact, old.grid.edges.count <= bars {
            let values = old.grid.edges.enumerated().filter { old.counts[$0.offset] + new.counts[$0.offset] > 0 }
            return values.map { place, value in
                Group(
                    label: label(value, unit),
                    reference: Double(old.counts[place]) / Double(old.count),
                    current: Double(new.counts[place]) / Double(new.count)
                )
            }
        }
        guard let low = old.quantile(0.005), let high = old.quantile(0.995), high > low,
            let least = [old.minimum, new.minimum].compactMap({ $0 }).min(),
            let most = [old.maximum, new.maximum].compactMap({ $0 }).max()
        else { return nil }
        func shares(_ profile: GridProfile) -> [Double] {
            var shares = [Double](repeating: 0, count: bars)
            let step = (high - low) / Double(bars)
            for (bin, count) in profile.counts.enumerated() where count > 0 {
                let from = bin == 0 ? least : max(profile.grid.edges[bin - 1], least)
                let to = bin < profile.grid.edges.count ? min(profile.grid.edges[bin], most) : most
                let share = Double(count) / Double(profile.count)
                let first = place((from - low) / step)
                let last = place((to - low) / step)
                for bar in first...max(first, last) {
                    // The part of the bin under the bar; the outermost bars reach to the ends.
                    let left = bar == 0 ? -Double.infinity : low + Double(bar) * step
                    let right = bar == bars - 1 ? Double.infinity : low + Double(bar + 1) * step
                    let inside = min(to, right) - max(from, left)
                    shares[bar] += to > from ? share * max(0, inside) / (to - from) : share
                }
            }
            return shares
        }
        let (before, after) = (shares(old), shares(new))
        return before.indices.map { bar in
            let middle = low + (Double(bar) + 0.5) * (high - low) / Double(bars)
            return Group(label: label(middle, unit), reference: before[bar], current: after[bar])
        }
    }

    private static func place(_ position: Double) -> Int { Int(min(Double(bars - 1), max(0, position.rounded(.down)))) }

    /// The most frequent categories of both sides, and all others together.
    private static func categories(_ table: CategoryAlignment) -> [Group] {
        let (n, m) = (Double(table.reference.reduce(0, +)), Double(table.current.reduce(0, +)))
        guard n > 0, m > 0 else { return [] }
        let all = table.names.indices.map { place in
            Group(
                label: table.names[place] ?? "(others)",
                reference: Double(table.reference[place]) / n,
                current: Double(table.current[place]) / m
            )
        }
        let ranked = all.enumerated().sorted {
            let (a, b) = (max($0.1.reference, $0.1.current), max($1.1.reference, $1.1.current))
            return a != b ? a > b : $0.offset < $1.offset
        }
        let shown = ranked.prefix(12).map(\.element)
        let rest = ranked.dropFirst(12).map(\.element)
        guard !rest.isEmpty else { return shown }
        return shown + [
            Group(
                label: "(\(rest.count) more)",
                reference: rest.reduce(0) { $0 + $1.reference },
                current: rest.reduce(0) { $0 + $1.current }
            )
        ]
    }

    private static func label(_ value: Double, _ unit: NumericProfile.Unit?) -> String {
        switch unit {
        case nil: return value == value.rounded() && abs(value) < 1e6 ? "\(Int(value))" : String(format: "%.3g", value)
        case .days?, .milliseconds?:
            let seconds = unit == .days ? value * 86_400 : value / 1000
            guard abs(seconds) < 1e11 else { return String(format: "%.3g", value) }
            let style = Date.ISO8601FormatStyle(timeZone: .gmt).year().month().day()
            return Date(timeIntervalSince1970: seconds).formatted(style)
        }
    }

    /// The picture; `title` is read to who cannot see it.
    func svg(title: String) -> String {
        let highest = max(1e-12, groups.map { max($0.reference, $0.current) }.max() ?? 0)
        let base = Self.height - Self.bottom
        let slot = Self.width / Double(groups.count)
        var shapes = ""
        for (place, group) in groups.enumerated() {
            let left = Double(place) * slot
            let (old, new) = (group.reference / highest * (base - 8), group.current / highest * (base - 8))
            let tip = "\(group.label): \(Self.percent(group.reference)) before, \(Self.percent(group.current)) now"
            let gap = isContinuous ? 0 : slot * 0.12
            let half = isContinuous ? slot : (slot - 2 * gap) / 2
            shapes += "<g><title>\(tip.forMarkup)</title>"
            shapes += Self.rectangle("old", left + gap, base - old, half, old)
            shapes += Self.rectangle("new", isContinuous ? left : left + gap + half, base - new, half, new) + "</g>"
        }
        let labelled = stride(from: 0, to: groups.count, by: max(1, (groups.count + 7) / 8))
        for place in labelled {
            // The first label starts at the edge, so that nothing of it is cut off.
            let (x, anchor) =
                place == 0 ? ("0", "start") : (Self.number((Double(place) + 0.5) * slot), "middle")
            let text = groups[place].label
            let short = text.count > 10 ? text.prefix(9) + "…" : text[...]
            shapes +=
                "<text x=\"\(x)\" y=\"\(Self.height - 8)\" text-anchor=\"\(anchor)\">\(String(short).forMarkup)</text>"
        }
        return """
            <svg viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))" role="img" aria-label="\(title.forMarkup)">\
            <line class="axis" x1="0" x2="\(Self.width)" y1="\(base)" y2="\(base)"/>\(shapes)</svg>
            """
    }

    private static func rectangle(_ name: String, _ x: Double, _ y: Double, _ width: Double, _ height: Double) -> String
    {
        "<rect class=\"\(name)\" x=\"\(number(x))\" y=\"\(number(y))\" width=\"\(number(width))\" "
            + "height=\"\(number(max(0, height)))\"/>"
    }

    private static func number(_ value: Double) -> String { String(format: "%.1f", value) }
    private static func percent(_ share: Double) -> String { String(format: "%.2f %%", 100 * share) }
}
