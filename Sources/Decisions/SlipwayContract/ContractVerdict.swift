package import SlipwayDomain
internal import SlipwayPolicy

/// What a contract says about data, check by check; equal inputs give equal bytes.
package struct ContractVerdict: Hashable, Sendable, Codable {
    package let contract: String
    package let contractVersion: String
    package let table: String
    /// As the caller named the data.
    package let data: String
    package let rows: Int64
    package let judgedAt: Instant
    package let verdict: Verdict
    package let checks: [CheckResult]
    /// What the contract says beside that and nobody checked.
    package let notChecked: [Contract.Notice]

    package enum Verdict: String, Hashable, Sendable, Codable {
        case pass
        case fail
        /// It could not be measured, and so it is no pass.
        case cannotTell
    }

    package var failures: [CheckResult] { checks.filter { $0.verdict == .fail && !$0.isWarning } }
    package var warnings: [CheckResult] { checks.filter { $0.verdict == .fail && $0.isWarning } }
    package var unknown: [CheckResult] { checks.filter { $0.verdict == .cannotTell } }

    /// The answer in one sentence.
    package var sentence: String {
        let held = "\(rows) rows of \(data) against \(contract) \(contractVersion)"
        var parts = ["\(checks.count - failures.count - warnings.count - unknown.count) of \(checks.count) checks hold"]
        if !failures.isEmpty { parts.append("\(failures.count) failed") }
        if !warnings.isEmpty { parts.append("\(warnings.count) warn") }
        if !unknown.isEmpty { parts.append("\(unknown.count) could not be judged") }
        if !notChecked.isEmpty { parts.append("\(notChecked.count) parts of the contract are not checked") }
        return "\(held): \(parts.joined(separator: ", "))."
    }
}

/// What one check found.
package struct CheckResult: Hashable, Sendable, Codable {
    package let id: String
    package let title: String
    package let column: String?
    package let kind: ContractCheck.Kind
    package let verdict: ContractVerdict.Verdict
    package let isWarning: Bool
    package let dimension: String?
    /// The measured number: rows for most checks, milliseconds for freshness; nil when there is none.
    package let measured: Double?
    /// `measured` as a share of the rows that it is about; nil where that has no meaning.
    package let share: Double?
    /// One sentence with the numbers.
    package let sentence: String
    package let examples: [ScanCounts.Example]
    /// Failing rows in equal stretches of the table, for a picture; empty when nothing failed.
    package let stripes: [Double]
}

extension ContractScan {
    /// The places of the checks whose failing rows are worth a look.
    package func failed(_ counts: ScanCounts) -> [Int] {
        checks.indices.filter { index in
            guard case .failing = checks[index].measure else { return false }
            return result(index, counts, now: Instant(milliseconds: 0)).verdict == .fail
        }
    }

    /// The places of the checks whose duplicates the scan saw but did not count.
    package func repeated(_ counts: ScanCounts) -> [Int] {
        checks.indices.filter { index in
            counts.surplus(checks[index], at: index) > 0
        }
    }

    /// The queries of the SQL rules by the check's place.
    package var queries: [(index: Int, sql: String)] {
        checks.indices.compactMap { index in
            guard case .query(let sql) = checks[index].measure else { return nil }
            return (index, sql)
        }
    }

    /// The places of the uniqueness checks.
    package var keyChecks: [Int] {
        checks.indices.filter { if case .duplicates = checks[$0].measure { true } else { false } }
    }

    /// Judges all checks.
    package func verdict(
        contract: Contract,
        table: String,
        data: String,
        counts: ScanCounts,
        now: Instant
    ) -> ContractVerdict {
        let results = checks.indices.map { result($0, counts, now: now) }
        let counting = results.filter { !$0.isWarning }
        let verdict: ContractVerdict.Verdict =
            counting.contains { $0.verdict == .fail }
            ? .fail : counting.contains { $0.verdict == .cannotTell } ? .cannotTell : .pass
        return ContractVerdict(
            contract: contract.name ?? contract.id,
            contractVersion: contract.version,
            table: table,
            data: data,
            rows: counts.rows,
            judgedAt: now,
            verdict: verdict,
            checks: results,
            notChecked: contract.notices
        )
    }

    private func result(_ index: Int, _ counts: ScanCounts, now: Instant) -> CheckResult {
        let check = checks[index]
        let number = counts.number(of: check, at: index, now: now)
        var (verdict, sentence): (ContractVerdict.Verdict, String)
        var (measured, share): (Double?, Double?)
        switch number {
        case .failure(let impossible): (verdict, sentence) = (.cannotTell, "Cannot be judged: \(impossible.reason).")
        case .success(let value):
            measured = value
            let base = self.base(of: check, counts)
            share = base.map { $0 > 0 ? value / $0 : 0 }
            let judged = check.unit == .rows ? value : 100 * (share ?? 0)
            verdict = check.bound.holds(judged) ? .pass : .fail
            sentence = words(index, value, share: share, base: base, counts: counts)
        }
        return CheckResult(
            id: check.id,
            title: check.title,
            column: check.column,
            kind: check.kind,
            verdict: verdict,
            isWarning: check.isWarning,
            dimension: check.dimension,
            measured: measured,
            share: share,
            sentence: sentence,
            examples: verdict == .fail ? counts.examples(of: index) : [],
            stripes: verdict == .fail ? counts.stripes(of: index) : []
        )
    }

    /// What a share is a share of.
    private func base(of check: ContractCheck, _ counts: ScanCounts) -> Double? {
        switch check.measure {
        case .failing(_, _, _, let present): present.map { counts.slots[$0] ?? 0 } ?? Double(counts.rows)
        case .duplicates: Double(counts.rows)
        default: nil
        }
    }

    private func words(_ index: Int, _ value: Double, share: Double?, base: Double?, counts: ScanCounts) -> String {
        let check = checks[index]
        let shown = Figures.text(value)
        switch check.measure {
        case .failing, .duplicates:
            let percent = share.map { " (\(Figures.text(100 * $0, digits: 4)) %)" } ?? ""
            let isAboutMissing = ["required", "nullValues", "missingValues"].contains { check.id.contains(".\($0)") }
            let verb = isAboutMissing ? "have no value" : "break it"
            var text = "\(shown) of \(Figures.text(base ?? 0)) rows \(verb)\(value > 0 ? percent : "")"
            if case .duplicates = check.measure {
                text = "\(shown) of \(Figures.text(base ?? 0)) rows repeat\(value > 0 ? percent : "")"
                if let keys = counts.repeatedKeys(index), keys > 0 {
                    text += keys == 1 ? ", 1 value" : ", \(Figures.text(keys)) different values"
                }
            }
            return check.bound == .equal(0) ? "\(text)." : "\(text); it must be \(bound(check))."
        case .rowCount: return "\(shown) rows; it must be \(bound(check))."
        case .newest:
            let age = Span(milliseconds: Int64(max(0, value))).spoken
            return value < 0 ? "The newest value lies in the future." : "The newest value is \(age) old."
        case .query: return "The query gives \(shown); it must be \(bound(check))."
        case .settled(let failure):
            return failure.map { "\($0.prefix(1).uppercased())\($0.dropFirst())." } ?? "It is so."
        case .impossible: return ""
        }
    }

    private func bound(_ check: ContractCheck) -> String {
        switch check.unit {
        case .rows: check.bound.words
        case .percent: "\(check.bound.words) %"
        case .percentOfPresent: "\(check.bound.words) % of the rows with a value"
        }
    }
}
