import SlipwayStatistics

/// Whether current rows can be told from reference rows by all of their columns together, which sees relations that
/// changed while each column stayed as it was.
package struct MultivariateDrift: Codable, Hashable, Sendable {
    package let verdict: DriftVerdict.Verdict
    /// The area under the ROC curve of a classifier between the two, on rows that it did not see: 0.5 is no difference.
    package let areaUnderCurve: Double?
    /// The ends of the area's 95 % interval.
    package let lower: Double?
    package let upper: Double?
    /// The area counts from here.
    package let floor: Double
    package let pValue: Double?
    /// The p-value corrected over all tests of the comparison.
    package let adjustedP: Double?
    /// How many different rows of the reference and of the current data were looked at.
    package let referenceRows: Int
    package let currentRows: Int
    /// The columns that the classifier used most.
    package let leading: [String]
    /// One sentence for people.
    package let sentence: String

    /// An area of 0.55 is what a shift of 0.18 standard deviations in one column gives.
    package static let floor = 0.55
}

/// A multivariate comparison before its p-value is corrected.
struct MultivariateMeasure {
    let classifier: DomainClassifier?
    let leading: [String]
    let sizes: (reference: Int, current: Int)

    /// Compares the samples of two profiles; nil when a profile has none.
    init?(reference: DatasetProfile, current: DatasetProfile, isWanted: (String) -> Bool) {
        guard let old = reference.sample, let new = current.sample else { return nil }
        let features = SampleFeatures(reference: reference, isWanted: isWanted)
        classifier = DomainClassifier(
            reference: features.side(old),
            current: features.side(new),
            width: features.width
        )
        leading = classifier.map { Array(features.columns(by: $0.importance).prefix(3)) } ?? []
        sizes = (old.rows.count, new.rows.count)
    }

    func drift(adjustedP: Double?, policy: DriftPolicy) -> MultivariateDrift {
        let rows = "\(sizes.reference) and \(sizes.current) sampled rows"
        let verdict: DriftVerdict.Verdict
        let sentence: String
        if let classifier, let adjustedP {
            let area = Figures.text(classifier.areaUnderCurve)
            if adjustedP <= policy.falseDiscoveryRate, classifier.areaUnderCurve >= MultivariateDrift.floor {
                verdict = .drifted
                sentence =
                    "Rows can be told apart: a classifier has area \(area) (0.5 is chance, from "
                    + "\(Figures.text(MultivariateDrift.floor)) it counts), p \(Figures.chance(adjustedP)), over \(rows)"
                    + "; it uses \(leading.joined(separator: ", ")) most."
            } else {
                verdict = .stable
                sentence = "Rows cannot be told apart: a classifier has area \(area) (0.5 is chance) over \(rows)."
            }
        } else {
            verdict = .cannotTell
            sentence = "Whether rows can be told apart cannot be told: \(rows) are too few different ones."
        }
        return MultivariateDrift(
            verdict: verdict,
            areaUnderCurve: classifier?.areaUnderCurve,
            lower: classifier.map { max(0, $0.areaUnderCurve - 1.96 * $0.standardError) },
            upper: classifier.map { min(1, $0.areaUnderCurve + 1.96 * $0.standardError) },
            floor: MultivariateDrift.floor,
            pValue: classifier?.pValue,
            adjustedP: adjustedP,
            referenceRows: sizes.reference,
            currentRows: sizes.current,
            leading: leading,
            sentence: sentence
        )
    }
}
