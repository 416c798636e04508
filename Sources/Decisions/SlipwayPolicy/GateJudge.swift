import SlipwayDomain

/// Judges one gate at a time against the evidence.
struct GateJudge {
    let policy: Policy
    let manifest: Manifest
    let evidence: Evidence
    let now: Instant

    /// A verdict before it is bound to its gate.
    struct Finding {
        var verdict: GateResult.Verdict
        var reason: String
        var evidence: [EntryID] = []
        var remedy: String?

        static func pass(_ reason: String, _ evidence: [EntryID]) -> Finding {
            Finding(verdict: .pass, reason: reason, evidence: evidence)
        }
        static func fail(_ reason: String, _ evidence: [EntryID] = [], do remedy: String) -> Finding {
            Finding(verdict: .fail, reason: reason, evidence: evidence, remedy: remedy)
        }
        static func missing(_ reason: String, _ evidence: [EntryID] = [], do remedy: String) -> Finding {
            Finding(verdict: .missing, reason: reason, evidence: evidence, remedy: remedy)
        }
        static func notApplicable(_ reason: String) -> Finding { Finding(verdict: .notApplicable, reason: reason) }
    }

    func result(of gate: Gate) -> GateResult {
        let finding = finding(for: gate)
        return GateResult(
            gate: gate.id,
            title: gate.title,
            verdict: finding.verdict,
            reason: finding.reason,
            evidence: finding.evidence,
            remedy: finding.remedy
        )
    }

    private func finding(for gate: Gate) -> Finding {
        switch gate {
        case .registered: registered()
        case .artifactVerified: artifactVerified()
        case .evaluated: evaluated()
        case .evaluationRules:
            .fail(
                "The manifest has no evaluation rule, and a model of tier \(manifest.metadata.tier.rawValue) needs one.",
                do: "add one under spec.evaluation, then: slipway apply slipway.yaml"
            )
        case .evaluation(let rule): judge(rule)
        case .reference: reference()
        case .contract: contract()
        case .approvals(let count): approvals(count)
        case .runbook: runbook()
        }
    }

    // MARK: Words

    var name: String { "\(evidence.model)@\(evidence.version)" }
    var evaluateCommand: String { "slipway evaluate \(name) --data HOLDOUT --label COLUMN" }

    // MARK: What counts

    /// Why `item` says nothing about this version now; nil when it counts.
    func objection(to item: some Recorded, what: String, artifactDigest: String? = nil) -> String? {
        let wanted = artifactDigest ?? evidence.artifactDigest
        guard let wanted, item.artifactDigest == wanted else {
            return
                "The \(what) is of another artifact (\(short(item.artifactDigest))), not of \(short(wanted ?? "none"))."
        }
        let age = now - item.source.time
        guard age >= .seconds(0) else { return "The \(what) is dated \(item.source.time), after this decision." }
        guard age <= policy.maxAge else {
            return
                "The \(what) of \(item.source.time.date) is \(age.spoken) old; evidence counts for \(policy.maxAge.spoken)."
        }
        return nil
    }

    /// The start of a digest, enough to recognise it.
    func short(_ digest: String) -> String { String(digest.prefix(19)) }

    // MARK: Gates

    private func registered() -> Finding {
        let command = "register the model with mlflow.register_model(uri, \"\(evidence.model)\")"
        guard let registration = evidence.registration else {
            return .missing("Version \(evidence.version) is not in the registry.", do: command)
        }
        let entry = [registration.source.entry]
        guard let digest = registration.artifactDigest else {
            return .missing(
                "Version \(evidence.version) was registered without a model file, so no file can be shown to be the one "
                    + "that was registered.",
                entry,
                do: command
            )
        }
        guard digest == evidence.artifactDigest else {
            return .fail("The artifact is not the one that was registered: it changed since.", entry, do: command)
        }
        return .pass(
            "Version \(evidence.version) was registered by \(registration.source.actor) on \(registration.source.time.date).",
            entry
        )
    }

    private func artifactVerified() -> Finding {
        let command = "slipway check \(name) --to \(evidence.environment.rawValue)"
        guard let verification = evidence.verification else {
            return .missing("The artifact was never loaded.", do: command)
        }
        let entry = [verification.source.entry]
        if let objection = objection(to: verification, what: "verification") {
            return .missing(objection, entry, do: command)
        }
        if let problem = verification.problem {
            return .fail("The artifact does not load: \(problem).", entry, do: "register a version that loads")
        }
        if verification.format == "upstream" {
            return .pass(
                "The upstream that \(short(verification.artifactDigest)) declares answers as it must.",
                entry
            )
        }
        guard verification.format == "onnx" else {
            return .fail(
                "The artifact is \(verification.format), and only onnx and upstreams are served.",
                entry,
                do: "log the model with mlflow.onnx.log_model and register it"
            )
        }
        return .pass("The artifact \(short(verification.artifactDigest)) is ONNX and loads.", entry)
    }

    private func evaluated() -> Finding {
        switch countingEvaluation() {
        case .absent(let finding): finding
        case .present(let evaluation):
            .pass(
                "Evaluated on \(evaluation.rows) rows on \(evaluation.source.time.date) by \(evaluation.source.actor).",
                [evaluation.source.entry]
            )
        }
    }

    private func reference() -> Finding {
        let command = "slipway profile TRAINING_DATA --as-reference \(name)"
        guard let reference = evidence.reference else {
            return .missing("Drift is to be monitored, but there is no reference profile to compare with.", do: command)
        }
        let entry = [reference.source.entry]
        if let objection = objection(to: reference, what: "reference profile") {
            return .missing(objection, entry, do: command)
        }
        return .pass("The reference profile \(short(reference.profileDigest)) has \(reference.rows) rows.", entry)
    }

    private func runbook() -> Finding {
        guard let runbook = manifest.spec.runbook else {
            return .fail(
                "The manifest names no runbook, and a model of tier \(manifest.metadata.tier.rawValue) needs one.",
                do: "add 'runbook: runbook.md' under spec, then: slipway apply slipway.yaml"
            )
        }
        return .pass("The runbook is \(runbook).", [])
    }
}
