package import SlipwayDomain
package import SlipwayRelease
package import SlipwayStatistics
internal import SlipwayStore

/// What a gateway tells the control plane of what it did.
///
/// Counts of a release's step are the sums since the step began at this gateway, so that a report may be lost or come
/// twice. Everything else is what came since the report before; `sequence` makes each report count once.
package struct GatewayReport: Codable, Sendable {
    /// The gateway process: a new name with every start.
    package let life: String
    /// The number of the report within the life, from 1.
    package let sequence: Int
    /// What people call the gateway.
    package let name: String
    package let counted: [Counted]
    package let traffic: [Traffic]
    package let predictions: [Predictions]
    package let windows: [Window]

    /// One step of a release.
    package struct Counted: Codable, Sendable {
        package let release: ReleaseID
        package let evidence: AnalysisEvidence
    }

    /// What an endpoint did, for its error budget.
    package struct Traffic: Codable, Sendable {
        package let model: String
        package let requests: Int
        package let errors: Int
        package let slow: Int
    }

    /// Predictions of one version, as they are kept for their labels: as columns, which are small.
    package struct Predictions: Codable, Sendable {
        package let model: String
        package let version: Int
        package var ids: [String] = []
        /// Milliseconds since 1970.
        package var times: [Int64] = []
        package var scores: [Double?] = []
        // Columns that hold nothing are left out, and so they are by gateways that do not know them.
        /// The classes that were chosen of several.
        package var answers: [String?]?
        /// The values that answers are told apart by, as JSON objects of texts.
        package var groups: [String?]?
        /// The absolute and the squared error that are to be expected.
        package var expectedErrors: [Double?]?
        package var expectedSquares: [Double?]?
        /// Places of those that are no evidence.
        package var excluded: [Int] = []
    }

    /// A summary of live inputs, to be added to the window that is filling.
    package struct Window: Codable, Sendable {
        package let model: String
        package let version: Int
        /// Of the reference that the summary's grid comes from.
        package let digest: String
        package let from: Instant
        package let to: Instant
        package let profile: DatasetProfile
    }

    /// The most predictions in one report.
    package static let mostPredictions = 10_000
    /// The most of anything else in one report.
    static let mostParts = 1000
    /// The longest report in bytes.
    package static let mostBytes = 16 << 20

    /// Refused when it cannot be a gateway's report.
    func check() throws(ServiceError) {
        guard (8...64).contains(life.utf8.count), life.utf8.allSatisfy(Self.isHex) else {
            throw .invalid("'life' is 8 to 64 hex digits")
        }
        guard sequence > 0 else { throw .invalid("reports are numbered from 1") }
        guard (1...63).contains(name.utf8.count), name.utf8.allSatisfy({ (33...126).contains($0) }) else {
            throw .invalid("a gateway's name is 1 to 63 printable characters")
        }
        guard [counted.count, traffic.count, predictions.count, windows.count].allSatisfy({ $0 <= Self.mostParts }),
            predictions.reduce(0, { $0 + $1.ids.count }) <= Self.mostPredictions
        else { throw .invalid("a report has at most \(Self.mostPredictions) predictions and \(Self.mostParts) parts") }
        for sums in traffic {
            let counts = [sums.requests, sums.errors, sums.slow]
            guard counts.allSatisfy({ (0...AnalysisEvidence.largestCount).contains($0) }) else {
                throw .invalid("what '\(sums.model.prefix(80))' did is no count")
            }
        }
        for columns in predictions { try columns.check() }
    }

    static func isHex(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}

extension GatewayReport.Predictions {
    fileprivate func check() throws(ServiceError) {
        let lengths = [
            times.count, scores.count, answers?.count, groups?.count, expectedErrors?.count, expectedSquares?.count,
        ]
        guard lengths.allSatisfy({ $0 == nil || $0 == ids.count }), excluded.allSatisfy(ids.indices.contains) else {
            throw .invalid("the columns of predictions have different lengths")
        }
        guard (answers ?? []).allSatisfy({ ($0?.utf8.count ?? 0) <= GivenLabel.longestText }) else {
            throw .invalid("a class is at most \(GivenLabel.longestText) bytes")
        }
        for text in (groups ?? []).compactMap(\.self) {
            // Whoever judges answers by groups must be able to read them.
            guard text.utf8.count <= Self.longestGroups, let members = try? JSONValue(parsing: Array(text.utf8)).object,
                members.values.allSatisfy({ $0.string != nil })
            else { throw .invalid("the groups of a prediction are no JSON object of texts") }
        }
        guard version > 0, ids.allSatisfy({ (1...80).contains($0.utf8.count) }) else {
            throw .invalid("a prediction's id is 1 to 80 bytes and its version a number from 1")
        }
    }

    /// The rows of the table that labels join.
    var rows: [PredictionRow] {
        let excluded = Set(excluded)
        return ids.indices.map { index in
            var row = PredictionRow(
                id: ids[index],
                model: model,
                version: version,
                time: Instant(milliseconds: times[index]),
                score: scores[index],
                isEvidence: !excluded.contains(index)
            )
            row.answer = answers?[index]
            row.groups = groups?[index]
            row.expectedError = expectedErrors?[index]
            row.expectedSquare = expectedSquares?[index]
            return row
        }
    }

    /// Longer ones are not told: a full report has room for so much.
    private static let longestGroups = 1 << 10

    /// A column begins with the first value that it has.
    private static func append<Value>(_ value: Value?, to column: inout [Value?]?, after count: Int) {
        if column == nil, value != nil { column = [Value?](repeating: nil, count: count) }
        column?.append(value)
    }

    mutating func append(_ row: PredictionRow) {
        if !row.isEvidence { excluded.append(ids.count) }
        Self.append(row.answer, to: &answers, after: ids.count)
        Self.append(
            row.groups.flatMap { $0.utf8.count <= Self.longestGroups ? $0 : nil },
            to: &groups,
            after: ids.count
        )
        Self.append(Self.finite(row.expectedError), to: &expectedErrors, after: ids.count)
        Self.append(Self.finite(row.expectedSquare), to: &expectedSquares, after: ids.count)
        ids.append(row.id)
        times.append(row.time.milliseconds)
        scores.append(Self.finite(row.score))
    }

    /// JSON has no word for NaN and the infinities, and no label is ever compared with them.
    private static func finite(_ number: Double?) -> Double? { number.flatMap { $0.isFinite ? $0 : nil } }
}
