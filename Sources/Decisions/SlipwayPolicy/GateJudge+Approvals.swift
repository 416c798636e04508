import SlipwayDomain

extension GateJudge {
    /// Counts the people who approved. Who registered the version or asked for it has no say, and the last answer of a
    /// person is the one that counts; one standing refusal closes the gate. Approvals are of what could be seen: the
    /// manifest that held and the newest evaluation.
    func approvals(_ wanted: Int) -> Finding {
        if let registration = evidence.registration, registration.source.actor == EvidenceSource.unknownActor {
            return .fail(
                "The version was registered without a token, so nobody can tell whether who approves is somebody else.",
                [registration.source.entry],
                do: "register it again with MLFLOW_TRACKING_TOKEN set"
            )
        }
        let command = commandToApprove()
        let last = lastAnswers()
        if let refusal = last.first(where: { !$0.granted }) {
            let reason = refusal.reason.map { ": \($0)" } ?? ""
            return .fail(
                "\(refusal.source.actor) refused on \(refusal.source.time.date)\(reason).",
                [refusal.source.entry],
                do: settlement(with: refusal.source.actor)
            )
        }
        let counted = last.filter { objection(toApproval: $0) == nil }
        let people = counted.map(\.source.actor)
        let entries = counted.map(\.source.entry)
        if people.count >= wanted { return .pass("Approved by \(people.joined(separator: " and ")).", entries) }

        var reasons = [
            people.isEmpty ? "Nobody who may approve has done so" : "Only \(people.joined(separator: ", ")) approved"
        ]
        reasons += last.compactMap { objection(toApproval: $0) }
        let need = "\(wanted) \(wanted == 1 ? "is" : "are") needed"
        return .missing("\(reasons.joined(separator: "; ")); \(need).", entries, do: command)
    }

    /// Why an approval does not count, whatever the others say; nil when it does.
    func objection(toApproval answer: Approval) -> String? {
        let person = answer.source.actor
        if person == evidence.registration?.source.actor {
            return "\(person)'s approval does not count: \(person) registered the version"
        }
        if evidence.requests.contains(where: { $0.source.actor == person }) {
            return "\(person)'s approval does not count: \(person) asked for it"
        }
        if let change = overtaken(answer) {
            return "\(person)'s approval of \(answer.source.time.date) does not count: \(change)"
        }
        return objection(to: answer, what: "approval by \(person)").map { String($0.dropLast()) }
    }

    /// What changed after an approval that it should rest on; nil when nothing did.
    private func overtaken(_ answer: Approval) -> String? {
        let time = answer.source.time
        if let applied = evidence.manifestAppliedAt, time < applied { return "the manifest changed after it" }
        if let evaluated = evidence.evaluation?.source.time, time < evaluated, evaluated <= now {
            return "the version was evaluated after it"
        }
        return nil
    }

    /// The last answer of each person for this environment and artifact, in the order of time; at equal times a refusal
    /// wins.
    private func lastAnswers() -> [Approval] {
        let ordered = evidence.approvals.filter {
            $0.environment == evidence.environment && $0.artifactDigest == evidence.artifactDigest
        }.sorted {
            ($0.source.time, $0.granted ? 0 : 1, $0.source.entry.text) < (
                $1.source.time, $1.granted ? 0 : 1, $1.source.entry.text
            )
        }
        var last: [String: Approval] = [:]
        for answer in ordered { last[answer.source.actor] = answer }
        return ordered.filter { last[$0.source.actor] == $0 }
    }

    private var newestRequest: ApprovalRequest? { evidence.requests.max { $0.source.time < $1.source.time } }

    /// The last answer of a person counts: who refused can approve the same request.
    private func settlement(with person: String) -> String {
        guard let request = newestRequest else { return "settle it with \(person), then ask again" }
        return "settle it with \(person), who can then run: slipway approve \(request.approval)"
    }

    private func commandToApprove() -> String {
        guard let request = newestRequest else {
            return "slipway ship \(name) --to \(evidence.environment.rawValue)   (it asks for the approval)"
        }
        return "slipway approve \(request.approval)   (as somebody who neither registered nor asked for the version)"
    }
}
