internal import SlipwayDomain

/// A word with a colour; the word alone says everything.
struct Badge {
    /// What the colour means.
    enum Tone: String {
        case good, bad, warn, plain
    }

    let text: String
    let tone: Tone

    var html: HTML { #"<span class="badge \#(tone.rawValue)">\#(text)</span>"# }

    /// The word for a verdict of any part of Slipway, as the ledger spells it.
    static func verdict(_ verdict: String?) -> Badge {
        switch verdict {
        case "pass": Badge(text: "pass", tone: .good)
        case "fail": Badge(text: "fail", tone: .bad)
        case "ok": Badge(text: "kept", tone: .good)
        case "breached": Badge(text: "breached", tone: .bad)
        case "stable": Badge(text: "stable", tone: .good)
        case "drifted": Badge(text: "drifted", tone: .bad)
        case "missing": Badge(text: "missing", tone: .bad)
        case "cannotTell": Badge(text: "cannot tell", tone: .plain)
        case "inconclusive": Badge(text: "inconclusive", tone: .warn)
        case "notEnoughData": Badge(text: "not enough data", tone: .plain)
        case "notApplicable": Badge(text: "not applicable", tone: .plain)
        case let other?: Badge(text: other, tone: .plain)
        case nil: Badge(text: "unknown", tone: .plain)
        }
    }
}

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

/// A list of named facts.
struct Facts {
    let rows: [(name: String, value: HTML)]

    var html: HTML {
        """
        <dl>
        \(rows.html { "<div><dt>\($0.name)</dt><dd>\($0.value)</dd></div>\n" })</dl>

        """
    }
}

/// A link to the proof that an entry is in the ledger.
struct EntryLink {
    let id: String

    var html: HTML {
        """
        <a class="entry" href="/api/slipway/v1/ledger/entries/\(PathSegment.encode(id))/proof" \
        title="Ledger entry \(id): its proof">\(String(id.prefix(16)))</a>
        """
    }
}
