/// The mergeable profile of a data set: named columns in a fixed order, the number of rows, and a sample of them.
package struct DatasetProfile: Sendable, Equatable {
    /// The version of the stored form; version 1, which had no sample and no grids of its own, is read too.
    package static let format = 2

    /// One named column.
    package struct Column: Sendable, Equatable, Codable {
        /// The column's name.
        package let name: String
        /// The column's profile.
        package fileprivate(set) var profile: ColumnProfile

        /// A named column.
        package init(name: String, profile: ColumnProfile) {
            self.name = name
            self.profile = profile
        }
    }

    /// The columns, in their order.
    package private(set) var columns: [Column]
    /// How many rows were added.
    package private(set) var rowCount: Int64
    /// A sample of the rows, with a word for each column; nil where rows were added one by one, as in live windows.
    package private(set) var sample: RowSample?
    /// Columns of vectors; nil when there are none.
    package private(set) var vectors: [VectorProfile]?

    /// The reference itself, from all of its columns.
    package init(reference columns: [(name: String, values: ColumnValues)]) throws(StatisticsError) {
        self.columns = []
        rowCount = Int64(columns.first?.values.count ?? 0)
        for (name, values) in columns {
            guard values.count == Int(rowCount) else { throw .lengthMismatch("column \(name)") }
            do {
                self.columns.append(Column(name: name, profile: try ColumnProfile(reference: values)))
            } catch .emptyReference {
                throw .emptyColumn(name)
            }
        }
        try DatasetProfile.checkNames(self.columns)
    }

    init(columns: [Column], rowCount: Int64, sample: RowSample? = nil, vectors: [VectorProfile]? = nil) {
        self.columns = columns
        self.rowCount = rowCount
        self.sample = sample
        self.vectors = vectors
    }

    private static func checkNames(_ columns: [Column]) throws(StatisticsError) {
        var seen: Set<String> = []
        for column in columns where !seen.insert(column.name).inserted {
            throw .differentColumns("\(column.name) stands twice")
        }
    }

    /// An empty profile that counts against the reference.
    package static func emptyLike(_ reference: DatasetProfile) -> DatasetProfile {
        DatasetProfile(
            columns: reference.columns.map { Column(name: $0.name, profile: .emptyLike($0.profile)) },
            rowCount: 0
        )
    }

    /// The names of all columns, those of vectors last.
    package var names: [String] { columns.map(\.name) + (vectors ?? []).map(\.name) }

    /// The profile of the named column, nil when there is none.
    package subscript(name: String) -> ColumnProfile? { columns.first { $0.name == name }?.profile }

    /// The same profile with only the columns whose names are wanted.
    package func keeping(_ isWanted: (String) -> Bool) -> DatasetProfile {
        let kept = columns.indices.filter { isWanted(columns[$0].name) }
        let vectors = vectors?.filter { isWanted($0.name) }
        return DatasetProfile(
            columns: kept.map { columns[$0] },
            rowCount: rowCount,
            sample: sample?.keeping(kept),
            vectors: vectors?.isEmpty == true ? nil : vectors
        )
    }

    /// The same columns, in the same order, with other profiles.
    func replacing(columns: [Column], rowCount: Int64) -> DatasetProfile {
        DatasetProfile(columns: columns, rowCount: rowCount)
    }

    /// Adds one row: a value for each column, in their order.
    package mutating func add(row: [ColumnValue]) throws(StatisticsError) {
        guard row.count == columns.count else {
            throw .lengthMismatch("a row of \(row.count) values for \(columns.count) columns")
        }
        for i in row.indices { columns[i].profile.add(row[i]) }
        rowCount += 1
        (sample, vectors) = (nil, nil)
    }

    /// Adds a batch of rows given by column, which is faster than row by row.
    package mutating func add(batch: [[ColumnValue]]) throws(StatisticsError) {
        try add(batch: batch.map { ColumnBatch($0) })
    }

    /// Adds a batch of rows whose numbers lie apart, which is faster still.
    package mutating func add(batch: [ColumnBatch]) throws(StatisticsError) {
        guard batch.count == columns.count else {
            throw .lengthMismatch("a batch of \(batch.count) columns for \(columns.count)")
        }
        let rows = batch.first?.count ?? 0
        guard batch.allSatisfy({ $0.count == rows }) else { throw .lengthMismatch("columns of a batch") }
        for i in batch.indices { columns[i].profile.add(batch[i]) }
        rowCount += Int64(rows)
        (sample, vectors) = (nil, nil)
    }

    /// Adds the rows of another part with the same columns.
    package mutating func merge(_ other: DatasetProfile) throws(StatisticsError) {
        guard columns.map(\.name) == other.columns.map(\.name) else {
            throw .differentColumns("names or order differ")
        }
        var merged = self
        merged.rowCount = try CountRange.sum(rowCount, other.rowCount, "rows")
        for i in columns.indices {
            do {
                try merged.columns[i].profile.merge(other.columns[i].profile)
            } catch .differentReferences(let detail) {
                throw .differentReferences("column \(columns[i].name): \(detail)")
            }
        }
        if var vectors, let others = other.vectors {
            guard vectors.map(\.name) == others.map(\.name) else { throw .differentColumns("names of vectors differ") }
            for i in vectors.indices { try vectors[i].merge(others[i]) }
            merged.vectors = vectors
        } else {
            merged.vectors = nil
        }
        if var sample, let others = other.sample {
            try sample.merge(others)
            merged.sample = sample
        } else {
            merged.sample = nil
        }
        self = merged
    }
}

extension DatasetProfile: Codable {
    private enum Key: String, CodingKey { case format, rowCount, columns, sample, vectors }

    package init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: Key.self)
        let format = try box.decode(Int.self, forKey: .format)
        guard (1...DatasetProfile.format).contains(format) else {
            throw StatisticsError.malformed("format \(format); this program reads up to \(DatasetProfile.format)")
        }
        rowCount = try CountRange.checked(box.decode(Int64.self, forKey: .rowCount), "rows")
        columns = try box.decode([Column].self, forKey: .columns)
        try DatasetProfile.checkNames(columns)
        sample = try box.decodeIfPresent(RowSample.self, forKey: .sample)
        vectors = try box.decodeIfPresent([VectorProfile].self, forKey: .vectors)
        let width = columns.count
        guard sample?.rows.allSatisfy({ $0.words.count == width }) ?? true else {
            throw StatisticsError.malformed("the sample has other columns than the data set")
        }
        guard try CountRange.total(sample?.rows.map(\.count) ?? [], "sample") <= rowCount else {
            throw StatisticsError.malformed("the sample counts more rows than the data set has")
        }
        let rows = rowCount
        guard columns.allSatisfy({ $0.profile.rows == rows }), vectors?.allSatisfy({ $0.rows == rows }) ?? true else {
            throw StatisticsError.malformed("a column has another number of rows than the data set")
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: Key.self)
        try box.encode(DatasetProfile.format, forKey: .format)
        try box.encode(rowCount, forKey: .rowCount)
        try box.encode(columns, forKey: .columns)
        try box.encodeIfPresent(sample, forKey: .sample)
        try box.encodeIfPresent(vectors, forKey: .vectors)
    }
}
