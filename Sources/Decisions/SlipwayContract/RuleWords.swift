internal import SlipwayPolicy

extension QualityRule {
    /// What the rule asks for, as a short phrase.
    func title(of subject: String) -> String {
        if let name { return name }
        let unit = unit == .rows ? "" : unit == .percent ? " %" : " % of those present"
        let amount = "\(bound.words)\(unit)"
        if bound == .equal(0) {
            switch metric {
            case .nullValues: return "\(subject) has no nulls"
            case .missingValues: return "\(subject) is never missing"
            case .invalidValues(let limits): return "\(subject): \(limits.words)"
            case .duplicateValues(let columns):
                return "\(columns.isEmpty ? subject : columns.joined(separator: " + ")) never repeats"
            case .rowCount, .sql: break
            }
        }
        return switch metric {
        case .nullValues: "\(subject): nulls are \(amount)"
        case .missingValues: "\(subject): missing values are \(amount)"
        case .invalidValues(let limits): "\(subject): values other than (\(limits.words)) are \(amount)"
        case .duplicateValues(let columns):
            "\(columns.isEmpty ? subject : columns.joined(separator: " + ")): repeated values are \(amount)"
        case .rowCount: "the number of rows is \(amount)"
        case .sql(let query): "\(subject): \(query.prefix(60))\(query.count > 60 ? "..." : "") is \(amount)"
        }
    }
}

extension ValueLimits {
    var rangeWords: String {
        switch (minimum, maximum) {
        case (let low?, let high?):
            "is \(low.isExclusive ? "above" : "from") \(low.text) \(high.isExclusive ? "and below" : "to") \(high.text)"
        case (let low?, nil): "is \(low.isExclusive ? "above" : "at least") \(low.text)"
        case (nil, let high?): "is \(high.isExclusive ? "below" : "at most") \(high.text)"
        case (nil, nil): ""
        }
    }

    var lengthWords: String {
        switch (minLength, maxLength) {
        case (let low?, let high?) where low == high: "has \(low) characters"
        case (let low?, let high?): "has \(low) to \(high) characters"
        case (let low?, nil): "has at least \(low) characters"
        case (nil, let high?): "has at most \(high) characters"
        case (nil, nil): ""
        }
    }

    /// All limits in one phrase.
    var words: String {
        var parts: [String] = []
        if !rangeWords.isEmpty { parts.append(rangeWords) }
        if !lengthWords.isEmpty { parts.append(lengthWords) }
        if let pattern { parts.append("matches \(pattern)") }
        if let values {
            parts.append("one of \(values.prefix(8).joined(separator: ", "))\(values.count > 8 ? ", ..." : "")")
        }
        if let multipleOf { parts.append("a multiple of \(multipleOf)") }
        return parts.joined(separator: ", ")
    }
}
