import SlipwayDomain
import SlipwayMonitor

/// A comparison of features as text and for machines.
struct SkewText {
    let verdict: SkewVerdict
    let maxShare: Double

    var lines: [String] {
        let skewed = verdict.skewed(above: maxShare)
        var lines = [
            "\(verdict.joined) online rows found their entity; \(verdict.unknown) have a key that is not offline, "
                + "\(verdict.withoutKey) have none, \(verdict.ambiguous) have several offline rows",
            skewed.isEmpty
                ? "the same on both sides in \(verdict.columns.count) columns"
                : "\(skewed.count) of \(verdict.columns.count) columns are skewed:",
        ]
        for column in skewed {
            lines.append(
                "  \(column.name): \((column.share * 100).rounded(to: 2)) % of \(column.compared) not the same "
                    + "(\(column.different) different, \(column.missingOnline) missing online, "
                    + "\(column.missingOffline) missing offline)"
            )
            for example in column.examples.prefix(3) {
                lines.append("    \(example.key): offline \(example.offline.text), online \(example.online.text)")
            }
        }
        if !verdict.onlyOffline.isEmpty { lines.append("only offline: \(verdict.onlyOffline.joined(separator: ", "))") }
        if !verdict.onlyOnline.isEmpty { lines.append("only online: \(verdict.onlyOnline.joined(separator: ", "))") }
        return lines
    }

    var json: JSONValue {
        let columns = verdict.columns.map { column -> JSONValue in
            let examples = column.examples.map { example -> JSONValue in
                [
                    "key": .string(example.key), "offline": .string(example.offline.text),
                    "online": .string(example.online.text),
                ]
            }
            return [
                "name": .string(column.name), "equal": .integer(Int64(column.equal)),
                "different": .integer(Int64(column.different)),
                "missingOnline": .integer(Int64(column.missingOnline)),
                "missingOffline": .integer(Int64(column.missingOffline)), "share": .number(column.share),
                "isSkewed": .bool(column.compared > 0 && column.share > maxShare), "examples": .array(examples),
            ]
        }
        return [
            "joined": .integer(Int64(verdict.joined)), "unknown": .integer(Int64(verdict.unknown)),
            "withoutKey": .integer(Int64(verdict.withoutKey)), "ambiguous": .integer(Int64(verdict.ambiguous)),
            "isSkewed": .bool(!verdict.skewed(above: maxShare).isEmpty), "maxShare": .number(maxShare),
            "columns": .array(columns), "onlyOffline": .array(verdict.onlyOffline.map(JSONValue.string)),
            "onlyOnline": .array(verdict.onlyOnline.map(JSONValue.string)),
        ]
    }
}
