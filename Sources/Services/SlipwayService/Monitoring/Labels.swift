internal import SlipwayDomain
internal import SlipwayMonitor
internal import SlipwayPolicy
package import SlipwayStore

/// A label as it is given: the truth about a prediction, and perhaps whom it was about.
package struct GivenLabel: Sendable {
    /// The prediction's id.
    package let id: String
    package let label: Value
    /// Values that the model does not see and groups are told apart by, by column.
    package let groups: [String: String]

    /// The truth: 0 or 1 for two classes, a class by name or number for more, a number for a regression.
    package enum Value: Sendable, Hashable {
        case number(Double)
        case flag(Bool)
        case text(String)

        /// The name of a class.
        var name: String {
            switch self {
            case .number(let number): number.valueText
            case .flag(let flag): flag ? "true" : "false"
            case .text(let text): text
            }
        }

        /// Nil for a text.
        package var number: Double? {
            switch self {
            case .number(let number): number
            case .flag(let flag): flag ? 1 : 0
            case .text: nil
            }
        }
    }

    /// The longest text of a class, in bytes.
    static let longestText = 1000

    package init(id: String, label: Value, groups: [String: String] = [:]) {
        self.id = id
        self.label = label
        self.groups = groups
    }

    package init(id: String, label: Double, groups: [String: String] = [:]) {
        self.init(id: id, label: .number(label), groups: groups)
    }
}

/// What became of labels.
package struct LabelReceipt: Sendable {
    /// How one label fared.
    package enum Outcome: String, Sendable, CaseIterable {
        /// It found its prediction.
        case joined
        /// The prediction has this very label already.
        case repeated
        /// The prediction has another label already, which stands.
        case conflicting
        /// There is no prediction of that id, or it chose no class that a class could be compared with.
        case unknown
        /// The prediction is older than the horizon.
        case late
        /// It is no label of this model: the whole request was refused.
        case refused
        /// It replaced another label.
        case corrected
    }

    package fileprivate(set) var received = 0
    package fileprivate(set) var counts: [Outcome: Int] = [:]
    /// Labels that came after their window had been judged; they are kept, and do not change that judgement.
    package fileprivate(set) var afterJudgement = 0
    /// The first ids of each outcome that somebody may want to look into.
    package fileprivate(set) var examples: [Outcome: [String]] = [:]

    /// The first ids whose label was replaced.
    fileprivate var corrected: [String] = []

    /// How many predictions have their label by this.
    package var joined: Int { counts[.joined, default: 0] + counts[.corrected, default: 0] }

    fileprivate mutating func count(_ outcome: Outcome, _ id: String) {
        counts[outcome, default: 0] += 1
        if outcome == .corrected, corrected.count < 5 { corrected.append(id) }
        guard outcome != .joined, outcome != .corrected, examples[outcome, default: []].count < 5 else { return }
        examples[outcome, default: []].append(id)
    }
}

/// Joins labels that arrive late to the predictions that they are about.
package struct Labels: Sendable {
    private let database: any SQLDatabase
    private let ledger: LedgerBook
    private let recorder: PredictionRecorder
    private let runtime: Runtime

    package init(database: any SQLDatabase, ledger: LedgerBook, recorder: PredictionRecorder, runtime: Runtime) {
        self.database = database
        self.ledger = ledger
        self.recorder = recorder
        self.runtime = runtime
    }

    private static let mostGroups = 32
    private static let longestGroup = 200

    /// Gives labels by prediction id. The first label of a prediction stands, unless somebody says that these are
    /// corrections: what was changed is in the ledger then. A label that cannot be one refuses all of them.
    package func add(
        _ labels: [GivenLabel],
        model: String,
        correctedBy person: Caller? = nil
    ) async throws -> LabelReceipt {
        // A label may follow its prediction so fast that the prediction still waits in the queue.
        try await recorder.flush()
        let manifest = try await database.read { try Governance.manifest(of: model, in: $0) }
        let bad = labels.compactMap { Self.objection(to: $0, task: manifest?.spec.task) }
        if let first = bad.first {
            // Only models that exist are counted: nobody fills the table with names.
            if manifest != nil { try await count(refused: bad.count, model: model) }
            throw ServiceError.invalid(first)
        }
        let timing = (manifest?.spec.monitors.performance?.labels).map {
            LabelTiming(delay: $0.delay, horizon: $0.horizon)
        }
        let now = runtime.now()
        return try await database.write { connection in
            var receipt = LabelReceipt()
            let judged = try WatchTable.lastPerformanceWindow(model: model, in: connection)
            let areClasses = manifest?.spec.task == .multiclass
            var given: [String: LabelRow] = [:]
            var rows: [LabelRow] = []
            for label in labels {
                receipt.received += 1
                guard let target = try AnswerTable.target(label.id, model: model, in: connection),
                    let row = try Self.row(label, to: target, isClass: areClasses)
                else {
                    receipt.count(.unknown, label.id)
                    continue
                }
                let known = given[label.id].map { ($0.label, $0.text) } ?? target.label.map { ($0, target.text) }
                let outcome: LabelReceipt.Outcome
                if let known {
                    let isSame =
                        areClasses ? known.1.map(ExactText.init) == row.text.map(ExactText.init) : known.0 == row.label
                    outcome = isSame ? .repeated : person != nil ? .corrected : .conflicting
                } else {
                    outcome =
                        (timing ?? LabelTiming(delay: .seconds(1))).takes(labelOf: target.time, at: now)
                        ? .joined : .late
                }
                receipt.count(outcome, label.id)
                guard outcome == .joined || outcome == .corrected else { continue }
                if let judged, target.time < judged { receipt.afterJudgement += 1 }
                given[label.id] = row
                rows.append(row)
            }
            try AnswerTable.setLabels(rows, model: model, at: now, in: connection)
            if let person, let corrected = receipt.counts[.corrected] {
                let ids = receipt.corrected.map(JSONValue.string)
                try ledger.record(
                    EntryDraft(
                        type: "labels.corrected",
                        subject: "models/\(model)",
                        actor: person.actor,
                        data: ["model": .string(model), "labels": .integer(Int64(corrected)), "first": .array(ids)]
                    ),
                    at: now,
                    in: connection
                )
            }
            var counts = receipt.counts.map { (outcome: $0.key.rawValue, labels: $0.value) }
            if receipt.afterJudgement > 0 { counts.append(("afterJudgement", receipt.afterJudgement)) }
            if manifest != nil {
                try AnswerTable.count(counts.sorted { $0.outcome < $1.outcome }, model: model, in: connection)
            }
            return receipt
        }
    }

    /// Counts labels that could not even be read as labels.
    package func count(refused: Int, model: String) async throws {
        try await database.write { connection in
            guard try GovernanceTable.manifest(model, in: connection) != nil else { return }
            try AnswerTable.count([(LabelReceipt.Outcome.refused.rawValue, refused)], model: model, in: connection)
        }
    }

    /// What is kept of a label: of a class, whether it is the one that was chosen. Nil when nothing can be compared.
    private static func row(
        _ label: GivenLabel,
        to target: AnswerTable.Target,
        isClass: Bool
    ) throws -> LabelRow? {
        let groups = try text(label.groups)
        guard isClass else { return label.label.number.map { LabelRow(id: label.id, label: $0, groups: groups) } }
        guard let answer = target.answer else { return nil }
        let name = label.label.name
        return LabelRow(id: label.id, label: answer.isExactly(name) ? 1 : 0, text: name, groups: groups)
    }

    /// Why a label cannot be one; nil when it can.
    private static func objection(to label: GivenLabel, task: ModelTask?) -> String? {
        let name = "the label of prediction '\(label.id.prefix(80))'"
        switch label.label {
        case .number(let number):
            guard number.isFinite else { return "\(name) is not a finite number" }
            if task == .binaryClassification, number != 0, number != 1 {
                return
                    "\(name) is \(number), and a label of a binary classifier is 0 or 1: nothing of this request was kept"
            }
        case .flag: break
        case .text(let text):
            guard task == .multiclass else {
                return
                    "\(name) is a text, which only models of the task multiclass have: nothing of this request was kept"
            }
            guard (1...GivenLabel.longestText).contains(text.utf8.count) else {
                return "\(name) is empty or longer than \(GivenLabel.longestText) bytes"
            }
        }
        guard label.groups.count <= mostGroups,
            label.groups.allSatisfy({ $0.key.utf8.count <= longestGroup && $0.value.utf8.count <= longestGroup })
        else {
            return "the groups of prediction '\(label.id.prefix(80))' are more than \(mostGroups) or longer than "
                + "\(longestGroup) bytes"
        }
        return nil
    }

    private static func text(_ groups: [String: String]) throws -> String? {
        groups.isEmpty ? nil : try CanonicalJSON.text(of: .object(groups.mapValues(JSONValue.string)))
    }
}
