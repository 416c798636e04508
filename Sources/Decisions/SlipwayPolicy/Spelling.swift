/// Finds the word that somebody meant.
package enum Spelling {
    /// The number of insertions, deletions, substitutions and swaps of neighbours between two words
    /// (optimal string alignment: Damerau 1964, Levenshtein 1966).
    static func distance(_ left: String, _ right: String) -> Int {
        let left = Array(left.unicodeScalars)
        let right = Array(right.unicodeScalars)
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for row in 0..<left.count {
            var current = [row + 1]
            for column in 0..<right.count {
                let substitution = last[column] + (left[row] == right[column] ? 0 : 1)
                var best = min(substitution, last[column + 1] + 1, current[column] + 1)
                let isSwap =
                    row > 0 && column > 0 && left[row] == right[column - 1] && left[row - 1] == right[column]
                if isSwap { best = min(best, beforeLast[column - 1] + 1) }
                current.append(best)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }

    /// The word of `words` nearest to `text`, if it is near enough to have been meant.
    package static func nearest(to text: String, in words: [String]) -> String? {
        guard text.utf8.count <= 64 else { return nil }
        let ranked = words.map { (word: $0, distance: distance(fold(text), fold($0))) }
        guard let best = ranked.min(by: { ($0.distance, $0.word) < ($1.distance, $1.word) }) else { return nil }
        return best.distance <= max(1, best.word.count / 3) ? best.word : nil
    }

    /// Case and the three ways of joining words are no difference between names.
    private static func fold(_ text: String) -> String {
        text.lowercased().filter { $0 != "_" && $0 != "-" && $0 != " " }
    }
}
