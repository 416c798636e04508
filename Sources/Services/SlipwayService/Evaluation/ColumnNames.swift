internal import SlipwayDomain

/// Which class each column of scores belongs to: as the model says, or else as its choices show.
struct ColumnNames {
    private var names: [Int: String] = [:]
    private var width: Int?
    /// Whether choices contradict the scores: then no column is known.
    private var isUnclear = false

    /// All names that are known.
    var all: [String] { Array(names.values) }

    /// Learns from what was said of some rows.
    mutating func learn(_ said: ClassAnswers) {
        // Scores that are no shares are not what a loss is measured by.
        if width.map({ $0 != said.width }) ?? false || !said.areShares { isUnclear = true }
        width = said.width
        if let told = said.names {
            for (column, name) in told.enumerated() { learn(name, of: column) }
        } else {
            for (row, name) in said.chosen.enumerated() {
                if let column = said.best(row) { learn(name, of: column) }
            }
        }
    }

    private mutating func learn(_ name: String, of column: Int) {
        if let known = names[column], !known.isExactly(name) { isUnclear = true }
        names[column] = name
    }

    /// What each row's class scored in `matrix`; nil where its column is not known.
    func scores(of classes: [String], in matrix: [Double]) -> [Double?] {
        guard !isUnclear, let width, matrix.count == width * classes.count else { return classes.map { _ in nil } }
        let columns = Dictionary(names.map { (ExactText($1), $0) }) { first, _ in first }
        return classes.enumerated().map { row, name in columns[ExactText(name)].map { matrix[row * width + $0] } }
    }
}
