import SlipwayDomain

/// How one CSV file is written, found once: the engine looks through a file's head each time that it is bound without.
struct CSVDialect {
    private let options: String
    /// The lines before the header, or before the first row where there is none.
    let skippedLines: Int
    let hasHeader: Bool
    /// The names and the guessed types.
    let columns: [(name: String, type: String)]

    /// The SELECT that looks at a file's head; it gives one row of text.
    static func sniffer(pattern: String) -> String {
        let fields = ["Delimiter", "Quote", "Escape", "NewLineDelimiter", "Comment", "SkipRows", "HasHeader"]
        let texts = fields.map { "CAST(\($0) AS VARCHAR)" } + ["CAST(to_json(\"Columns\") AS VARCHAR)"]
        let formats = ["DateFormat", "TimestampFormat"].map { "coalesce(CAST(\($0) AS VARCHAR), '')" }
        return "SELECT \((texts + formats).joined(separator: ", ")) FROM sniff_csv(\(SQLText.literal(pattern)))"
    }

    /// Takes the sniffer's row; nil when it lacks something.
    init?(_ row: [String?]) {
        guard row.count == 10, let json = row[7], let parsed = try? JSONValue(parsing: Array(json.utf8)).array else {
            return nil
        }
        var columns: [(name: String, type: String)] = []
        for item in parsed {
            guard let name = item["name"]?.string, let type = item["type"]?.string else { return nil }
            columns.append((name, type))
        }
        self.columns = columns
        let text = { (index: Int) in row[index] ?? "" }
        skippedLines = Int(text(5)) ?? 0
        hasHeader = text(6) == "true"
        // A head without quotes says nothing about the rest: quotes have their meaning of RFC 4180 there.
        let quote = Self.character(text(1)) ?? "\""
        let escape = Self.character(text(2)) ?? quote
        var options = [
            "auto_detect = false", "delim = \(SQLText.literal(Self.character(text(0)) ?? ","))",
            "quote = \(SQLText.literal(quote))", "escape = \(SQLText.literal(escape))",
            "comment = \(SQLText.literal(Self.character(text(4)) ?? ""))", "skip = \(skippedLines)",
            "header = \(hasHeader)", "hive_partitioning = false",
        ]
        if ["\\n", "\\r\\n", "\\r"].contains(text(3)) { options.append("new_line = \(SQLText.literal(text(3)))") }
        if !text(8).isEmpty { options.append("dateformat = \(SQLText.literal(text(8)))") }
        if !text(9).isEmpty { options.append("timestampformat = \(SQLText.literal(text(9)))") }
        self.options = options.joined(separator: ", ")
    }

    /// The sniffer writes "there is none" as an empty text, a NUL or a word in brackets.
    private static func character(_ text: String) -> String? {
        text.isEmpty || text == "\0" || text == "\\0" || text.hasPrefix("(") ? nil : text
    }

    /// The SQL that reads the file.
    func reader(pattern: String, reading: TabularReading) -> String {
        let textual = Set(reading.textColumns)
        let types = columns.map { column in
            let type = reading.allText || textual.contains(column.name) ? "VARCHAR" : column.type
            return "\(SQLText.literal(column.name)): \(SQLText.literal(type))"
        }
        return "read_csv(\(SQLText.literal(pattern)), \(options), columns = {\(types.joined(separator: ", "))})"
    }
}
