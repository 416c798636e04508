extension GateJudge {
    /// The newest validation against the manifest's own contract counts, whoever made it and whatever an older one said.
    func contract() -> Finding {
        let file = manifest.spec.inputs?.contract ?? "contract.yaml"
        let command = "slipway validate TRAINING_DATA --contract \(file) --for \(name)"
        guard let validation = evidence.validation else {
            return .missing("The manifest names the contract \(file), and no data were held against it.", do: command)
        }
        let entry = [validation.source.entry]
        if let objection = objection(to: validation, what: "validation") {
            return .missing(objection, entry, do: command)
        }
        guard let pinned = manifest.spec.inputs?.contractDigest else {
            return .missing(
                "The manifest was applied without the digest of \(file), so nobody can say which contract holds.",
                entry,
                do: "slipway apply slipway.yaml"
            )
        }
        guard validation.finding.contractDigest == pinned else {
            return .missing(
                "The data were held against another contract (\(short(validation.finding.contractDigest))) than \(file) "
                    + "(\(short(pinned))).",
                entry,
                do: command
            )
        }
        let contract = "\(validation.finding.contract) \(validation.finding.contractVersion)"
        let finding = validation.finding
        guard finding.passed else {
            let first = finding.broken.first ?? "something could not be judged"
            let more = finding.broken.count > 1 ? ", and \(finding.broken.count - 1) more" : ""
            return .fail(
                "\(finding.dataset) breaks the contract \(contract): \(first)\(more)",
                entry,
                do: "mend the data or the contract, then: \(command)"
            )
        }
        return .pass(
            "\(finding.rows) rows of \(finding.dataset) keep all \(finding.checks) checks of \(contract), as "
                + "\(validation.source.actor) reports.",
            entry
        )
    }
}
