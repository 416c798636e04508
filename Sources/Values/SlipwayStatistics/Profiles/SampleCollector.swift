/// Collects the rows with the smallest hashes while a table goes by.
struct SampleCollector {
    private var rows: [RowSample.Row] = []
    private var places: [UInt64: Int] = [:]
    private var ceiling = UInt64.max

    /// No rows.
    init() {}

    /// Offers the rows of a batch by the folded hashes of their cells; `words` is asked for those that stay.
    mutating func add(_ folded: UnsafeBufferPointer<UInt64>, words: (Int) -> [UInt64]) {
        for (row, fold) in folded.enumerated() {
            let hash = RowHash.finish(fold)
            guard hash <= ceiling else { continue }
            if let place = places[hash] {
                rows[place].addOne()
            } else {
                places[hash] = rows.count
                rows.append(RowSample.Row(hash: hash, count: 1, words: words(row)))
                if rows.count >= 4 * RowSample.capacity { cut() }
            }
        }
    }

    private mutating func cut() {
        rows.sort { $0.hash < $1.hash }
        rows.removeLast(rows.count - RowSample.capacity)
        ceiling = rows[rows.count - 1].hash
        places = Dictionary(uniqueKeysWithValues: rows.enumerated().map { ($1.hash, $0) })
    }

    /// The sample; nil when not all of its rows have as many words.
    func sample(width: Int) -> RowSample? {
        let sample = RowSample(of: rows)
        return sample.rows.allSatisfy { $0.words.count == width } ? sample : nil
    }
}
