internal import SlipwayDomain

/// Reads the rows that belong to many owners at once.
enum TagRows {
    /// How many owners one query asks for.
    private static let pageSize = 256

    /// The tags of each owner, sorted by key, from a table of owner, key and value.
    static func read(
        _ table: String,
        owner: String,
        _ owners: [Int64],
        in reader: some SQLReader
    ) throws(StoreError) -> [Int64: [Tag]] {
        var tags: [Int64: [Tag]] = [:]
        try rows("SELECT \(owner), key, value FROM \(table)", owner: owner, order: "key", owners, in: reader) { row in
            tags[row.integer(0), default: []].append(Tag(key: row.text(1), value: row.text(2)))
        }
        return tags
    }

    /// Calls `each` with every row of the owners.
    static func rows(
        _ select: String,
        owner: String,
        order: String,
        _ owners: [Int64],
        in reader: some SQLReader,
        _ each: (SQLRow) -> Void
    ) throws(StoreError) {
        var start = 0
        while start < owners.count {
            let page = owners[start..<min(start + pageSize, owners.count)].map { SQLValue.integer($0) }
            let list = SQLList(page)
            let sql = "\(select) WHERE \(owner) IN (\(list.marks)) ORDER BY \(owner), \(order)"
            for row in try reader.rows(sql, list.values) { each(row) }
            start += pageSize
        }
    }
}

/// Values for an IN list, repeated up to a power of two so that few different statements are prepared.
struct SQLList {
    let values: [SQLValue]

    init(_ values: [SQLValue]) {
        var size = 1
        while size < values.count { size *= 2 }
        // An empty list is one NULL, which equals nothing.
        let padding = values.last ?? .null
        self.values = values + Array(repeating: padding, count: size - values.count)
    }

    var marks: String { Array(repeating: "?", count: values.count).joined(separator: ", ") }
}
