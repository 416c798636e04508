import SlipwayContract
import SlipwayDomain

/// A validation as JUnit XML, which every build server reads: a check is a test case.
struct JUnitReport {
    private let verdict: ContractVerdict

    init(_ verdict: ContractVerdict) { self.verdict = verdict }

    var xml: String {
        let name = "\(verdict.contract) \(verdict.contractVersion)"
        let failures = verdict.failures.count
        let errors = verdict.unknown.count
        let counts =
            "tests=\"\(verdict.checks.count)\" failures=\"\(failures)\" errors=\"\(errors)\" skipped=\"0\""
        var lines = [
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
            "<testsuites name=\"slipway validate\" \(counts)>",
            "  <testsuite name=\"\(name.forMarkup)\" \(counts) timestamp=\"\(verdict.judgedAt)\">",
        ]
        for check in verdict.checks {
            let place = check.column.map { "\(verdict.table).\($0)" } ?? verdict.table
            let opening =
                "    <testcase classname=\"\(place.forMarkup)\" name=\"\("\(check.id): \(check.title)".forMarkup)\" time=\"0\""
            switch check.verdict {
            case .pass: lines.append(opening + "/>")
            case .fail where check.isWarning:
                lines.append(opening + ">")
                lines.append("      <system-out>\(details(check).forMarkup)</system-out>")
                lines.append("    </testcase>")
            case .fail:
                lines.append(opening + ">")
                lines.append(
                    "      <failure type=\"\(check.kind.rawValue)\" message=\"\(check.sentence.forMarkup)\">\(details(check).forMarkup)</failure>"
                )
                lines.append("    </testcase>")
            case .cannotTell:
                lines.append(opening + ">")
                lines.append("      <error type=\"cannotTell\" message=\"\(check.sentence.forMarkup)\"/>")
                lines.append("    </testcase>")
            }
        }
        lines += ["  </testsuite>", "</testsuites>", ""]
        return lines.joined(separator: "\n")
    }

    private func details(_ check: CheckResult) -> String {
        var lines = [check.sentence]
        for example in check.examples {
            lines.append("\(example.file.map { "\($0) " } ?? "")row \(example.row): \(example.value ?? "no value")")
        }
        return lines.joined(separator: "\n")
    }
}

extension String {
    /// The text as it stands in a page, in XML or in an attribute; characters that XML forbids become question marks.
    var forMarkup: String {
        var text = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            case "'": text += "&#39;"
            case "\n", "\t": text.unicodeScalars.append(scalar)
            default:
                let isForbidden = scalar.value < 0x20 || scalar.value == 0x7F || scalar.value & 0xFFFE == 0xFFFE
                text.unicodeScalars.append(isForbidden ? "?" : scalar)
            }
        }
        return text
    }
}
