/// Control of the share of false alarms over many tests.
package enum FalseDiscoveryRate {
    /// Adjusted p-values by Benjamini and Hochberg (1995), in the order given.
    package static func adjusted(_ pValues: [Double]) -> [Double] {
        let order = pValues.indices.sorted {
            pValues[$0] != pValues[$1] ? pValues[$0] < pValues[$1] : $0 < $1
        }
        var result = pValues
        var smallest = 1.0
        for (rank, place) in order.enumerated().reversed() {
            smallest = min(smallest, pValues[place] * Double(pValues.count) / Double(rank + 1))
            result[place] = smallest
        }
        return result
    }
}
