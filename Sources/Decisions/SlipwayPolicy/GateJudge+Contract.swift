extension GateJudge {
    /// The newest validation counts, whoever made it and whatever an older one said.
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
        let contract = "\(validation.contract) \(validation.contractVersion)"
        guard validation.passed else {
            let first = validation.broken.first ?? "something could not be judged"
            let more = validation.broken.count > 1 ? ", and \(validation.broken.count - 1) more" : ""
            return .fail(
                "\(validation.dataset) breaks the contract \(contract): \(first)\(more)",
                entry,
                do: "mend the data or the contract, then: \(command)"
            )
        }
        return .pass(
            "\(validation.rows) rows of \(validation.dataset) keep all \(validation.checks) checks of \(contract).",
            entry
        )
    }
}
