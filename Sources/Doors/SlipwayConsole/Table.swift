/// A table with a caption, headers and cells; it scrolls by itself where the window is narrow.
struct Table {
    /// What a column holds decides how it is set.
    enum Column {
        case text(String)
        case number(String)

        fileprivate var isNumber: Bool { if case .number = self { true } else { false } }
        fileprivate var title: String {
            switch self {
            case .text(let title), .number(let title): title
            }
        }
    }

    let caption: String
    let columns: [Column]
    /// The first cell of a row is its header.
    let rows: [[HTML]]
    /// Few short cells are not spread over the whole width.
    var isNarrow = false

    var html: HTML {
        """
        <div class="scroll" tabindex="0" role="region" aria-label="\(caption)"><table\(narrow)>
        <caption>\(caption)</caption>
        <thead><tr>\(columns.html { #"<th scope="col"\#(Self.mark($0))>\#($0.title)</th>"# })</tr></thead>
        <tbody>
        \(rows.html { row($0) })</tbody>
        </table></div>

        """
    }

    private var narrow: HTML { isNarrow ? #" class="narrow""# : "" }

    private func row(_ cells: [HTML]) -> HTML {
        precondition(cells.count == columns.count, "a cell for each column")
        let body = zip(columns, cells).enumerated().html { index, pair -> HTML in
            index == 0
                ? #"<th scope="row"\#(Self.mark(pair.0))>\#(pair.1)</th>"#
                : "<td\(Self.mark(pair.0))>\(pair.1)</td>"
        }
        return "<tr>\(body)</tr>\n"
    }

    private static func mark(_ column: Column) -> HTML { column.isNumber ? #" class="number""# : "" }
}
