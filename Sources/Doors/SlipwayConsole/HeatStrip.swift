internal import SlipwayDomain

/// How far each column was from the reference, window by window: one row a column, one cell a window.
struct HeatStrip {
    /// One column in one window.
    struct Cell {
        let from: Instant
        let to: Instant
        /// How many times the floor the effect is; nil when it could not be told.
        let strength: Double?
        /// Whether the window was judged as drifted in this column.
        let isDrifted: Bool
    }

    /// One column in all windows.
    struct Row {
        let name: String
        /// What stands at the right end: the newest effect.
        let newest: String
        let cells: [Cell]
    }

    let title: String
    let rows: [Row]

    private static let width = 760.0
    private static let left = 168.0
    private static let right = 668.0
    private static let top = 40.0
    private static let pitch = 20.0
    /// The longest name that fits beside the strip.
    private static let nameLength = 24

    /// The picture as SVG.
    var html: HTML {
        let cells = rows.flatMap(\.cells)
        guard let from = cells.map(\.from).min(), let to = cells.map(\.to).max() else { return "" }
        let axis = TimeAxis(from: from, to: to, left: Self.left, right: Self.right)
        let bottom = Self.top + Self.pitch * Double(rows.count)
        let strips = rows.enumerated().html { row($1, at: $0, axis) }
        return """
            <svg viewBox="0 0 \(Self.width) \(bottom + 26)" role="img">
            <title>\(title)</title>
            \(legend)\(axis.html(top: bottom - 2, bottom: bottom))\(strips)</svg>

            """
    }

    private func row(_ row: Row, at index: Int, _ axis: TimeAxis) -> HTML {
        let y = Self.top + Self.pitch * Double(index)
        let name = row.name.count > Self.nameLength ? row.name.prefix(Self.nameLength - 1) + "\u{2026}" : row.name
        return """
            <text class="end strong" x="\(Self.left - 8)" y="\(y + 13)">\(name)<title>\(row.name)</title></text>
            \(Band.allCases.html { band($0, row, y, axis) })\(judged(row, y, axis))\
            <text x="\(Self.right + 8)" y="\(y + 13)">\(row.newest)</text>

            """
    }

    /// All cells of one colour are one path.
    private func band(_ band: Band, _ row: Row, _ y: Double, _ axis: TimeAxis) -> HTML {
        let path = row.cells.filter { Band($0.strength) == band }.html { cell in
            let (start, end) = (axis.place(cell.from), axis.place(cell.to))
            return "M\(start) \(y)H\(end - gap(start, end))V\(y + 17)H\(start)Z"
        }
        return path.text.isEmpty ? "" : #"<path class="\#(band.rawValue)" d="\#(path)"/>\#n"#
    }

    /// A bar at the foot of each cell that was judged as drifted, so that colour is not all there is.
    private func judged(_ row: Row, _ y: Double, _ axis: TimeAxis) -> HTML {
        let path = row.cells.filter(\.isDrifted).html { cell in
            let (start, end) = (axis.place(cell.from), axis.place(cell.to))
            return "M\(start) \(y + 14)H\(end - gap(start, end))V\(y + 17)H\(start)Z"
        }
        return path.text.isEmpty ? "" : #"<path class="judged" d="\#(path)"/>\#n"#
    }

    private func gap(_ start: Double, _ end: Double) -> Double { end - start > 4 ? 1 : 0 }

    private var legend: HTML {
        var x = Self.left
        let keys = Band.allCases.html { band in
            defer { x += 16 + 6.2 * Double(band.label.count) + 14 }
            return """
                <path class="\(band.rawValue)" d="M\(x) 8h12v12h-12Z"/><text x="\(x + 16)" y="18">\(band.label)</text>

                """
        }
        return """
            <text class="end" x="\(Self.left - 8)" y="18">effect against its floor</text>
            \(keys)<path class="judged" d="M\(x) 17h12v3h-12Z"/><text x="\(x + 16)" y="18">judged drifted</text>
            <text x="\(Self.right + 8)" y="\(Self.top - 6)">newest effect</text>

            """
    }

    /// Five colours with names.
    enum Band: String, CaseIterable {
        case heat0, heat1, heat2, heat3, unknown

        init(_ strength: Double?) {
            switch strength {
            case nil: self = .unknown
            case let strength? where strength < 1: self = .heat0
            case let strength? where strength < 2: self = .heat1
            case let strength? where strength < 4: self = .heat2
            case _?: self = .heat3
            }
        }

        var label: String {
            switch self {
            case .heat0: "below"
            case .heat1: "1 to 2 times"
            case .heat2: "2 to 4 times"
            case .heat3: "over 4 times"
            case .unknown: "cannot tell"
            }
        }
    }
}
