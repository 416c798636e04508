package import SlipwayDomain
package import Yams

/// Reads typed values out of YAML nodes and collects what is wrong with them, so that one run shows every mistake.
package struct ManifestReader {
    package private(set) var problems: [ManifestError.Problem] = []

    package init() {}

    /// A mapping whose keys have been checked.
    package struct Section {
        /// The name that messages use, such as `spec.release`.
        package let path: String
        package let mark: Mark?
        package let values: [String: Node]

        package func has(_ key: String) -> Bool { values[key] != nil }
    }

    package mutating func report(_ mark: Mark?, _ message: String) {
        problems.append(ManifestError.Problem(line: mark?.line ?? 1, column: mark?.column ?? 1, message: message))
    }

    /// Text from the file, made fit for one line of a message.
    package static func quote(_ text: String) -> String {
        // By scalars: one character may have any number of them.
        let clean = text.unicodeScalars.prefix(60).map { scalar -> Unicode.Scalar in
            scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value) ? "?" : scalar
        }
        return String(String.UnicodeScalarView(clean)) + (text.unicodeScalars.dropFirst(60).isEmpty ? "" : "...")
    }

    // MARK: Structure

    /// The mapping at `node`; unknown keys are reported and left out.
    package mutating func section(_ node: Node, path: String, keys: [String]) -> Section? {
        guard case .mapping(let mapping) = node else {
            report(
                node.mark,
                "\(path) must be a block of keys (\(keys.joined(separator: ", "))), not \(kind(of: node))"
            )
            return nil
        }
        var values: [String: Node] = [:]
        for (key, value) in mapping {
            guard case .scalar(let scalar) = key else {
                report(key.mark, "a key in \(path) must be plain text, not \(kind(of: key))")
                continue
            }
            guard keys.contains(scalar.string) else {
                let advice =
                    Spelling.nearest(to: scalar.string, in: keys).map { "did you mean '\($0)'?" }
                    ?? "it can have \(keys.joined(separator: ", "))"
                report(key.mark, "unknown key '\(ManifestReader.quote(scalar.string))' in \(path): \(advice)")
                continue
            }
            values[scalar.string] = value
        }
        return Section(path: path, mark: node.mark, values: values)
    }

    /// The value of `key`; its absence is reported with what to add.
    package mutating func required(_ section: Section, _ key: String, add example: String) -> Node? {
        if let node = section.values[key] { return node }
        report(section.mark, "\(section.path) has no '\(key)': add '\(key): \(example)'")
        return nil
    }

    /// The elements of the list at `key`; an absent list has none.
    package mutating func list(_ section: Section, _ key: String) -> [Node] {
        guard let node = section.values[key] else { return [] }
        guard case .sequence(let sequence) = node else {
            report(
                node.mark,
                "\(section.path).\(key) must be a list ('- ...' on lines of their own), not \(kind(of: node))"
            )
            return []
        }
        return Array(sequence)
    }

    // MARK: Values

    /// Non-empty text.
    package mutating func text(_ node: Node, path: String) -> String? {
        guard let scalar = scalar(node, path: path, wanted: "text") else { return nil }
        if scalar.style == .plain, isNumber(scalar.string) || ["true", "false"].contains(scalar.string.lowercased()) {
            report(node.mark, "\(path) must be text: put \(scalar.string) in quotes")
            return nil
        }
        return scalar.string
    }

    /// A finite number within `range`.
    package mutating func number(
        _ node: Node,
        path: String,
        in range: ClosedRange<Double>,
        wanted: String = "a number such as 0.05"
    ) -> Double? {
        guard let scalar = scalar(node, path: path, wanted: wanted) else { return nil }
        let shown = ManifestReader.quote(scalar.string)
        guard isNumber(scalar.string), let value = Double(scalar.string), value.isFinite else {
            report(node.mark, "\(path) must be \(wanted), not '\(shown)'")
            return nil
        }
        guard scalar.style == .plain else {
            report(node.mark, "\(path) must be a number: remove the quotes around \(shown)")
            return nil
        }
        guard range.contains(value) else {
            report(node.mark, "\(path) is \(shown), but must be \(ManifestReader.bounds(range))")
            return nil
        }
        return value
    }

    /// A whole number within `range`.
    package mutating func integer(_ node: Node, path: String, in range: ClosedRange<Int>) -> Int? {
        let wide = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
        let wanted = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        guard let value = number(node, path: path, in: wide, wanted: wanted) else { return nil }
        guard let whole = Int(exactly: value), range.contains(whole) else {
            report(node.mark, "\(path) must be \(wanted), not \(Figures.text(value))")
            return nil
        }
        return whole
    }

    /// A duration longer than nothing and at most ten years.
    package mutating func span(_ node: Node, path: String) -> Span? {
        guard let scalar = scalar(node, path: path, wanted: "a duration") else { return nil }
        if Span(scalar.string) == .seconds(0) {
            report(node.mark, "\(path) must be longer than nothing, such as 30s or 15m")
            return nil
        }
        guard let span = Span(scalar.string), span <= .days(3650) else {
            report(
                node.mark,
                "\(path) must be a duration of one number and one unit such as 30s, 15m, 24h or 30d, "
                    + "not '\(ManifestReader.quote(scalar.string))'"
            )
            return nil
        }
        return span
    }

    /// One word out of `words`.
    package mutating func word(_ node: Node, path: String, of words: [String]) -> String? {
        guard let scalar = scalar(node, path: path, wanted: "one of \(words.joined(separator: ", "))") else {
            return nil
        }
        if words.contains(scalar.string) { return scalar.string }
        let advice =
            Spelling.nearest(to: scalar.string, in: words).map { "did you mean '\($0)'?" }
            ?? (words.count == 1 ? "write \(words[0])" : "write one of \(words.joined(separator: ", "))")
        report(node.mark, "\(path) cannot be '\(ManifestReader.quote(scalar.string))': \(advice)")
        return nil
    }

    // MARK: Parts

    private mutating func scalar(_ node: Node, path: String, wanted: String) -> Node.Scalar? {
        guard case .scalar(let scalar) = node else {
            report(node.mark, "\(path) must be \(wanted), not \(kind(of: node))")
            return nil
        }
        // Text in quotes carries the tag of text.
        guard ["", "!", "tag:yaml.org,2002:str"].contains(scalar.tag.rawValue) else {
            report(node.mark, "\(path) has the tag '\(ManifestReader.quote(scalar.tag.rawValue))': remove it")
            return nil
        }
        let isNull = scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
        guard !isNull, scalar.string.contains(where: { !$0.isWhitespace }) else {
            report(node.mark, "\(path) has no value: write \(wanted) after the colon")
            return nil
        }
        return scalar
    }

    /// Decimal numbers as JSON has them, with an optional sign: no hexadecimal, no infinity, no underscores.
    private func isNumber(_ text: String) -> Bool {
        text.utf8.contains { $0 >= 48 && $0 <= 57 } && Double(text) != nil
            && text.utf8.allSatisfy { ($0 >= 48 && $0 <= 57) || "+-.eE".utf8.contains($0) }
    }

    private func kind(of node: Node) -> String {
        switch node {
        case .scalar(let scalar):
            scalar.string.isEmpty ? "nothing" : "the value '\(ManifestReader.quote(scalar.string))'"
        case .mapping: "a block of keys"
        case .sequence: "a list"
        case .alias: "an alias"
        }
    }

    private static func bounds(_ range: ClosedRange<Double>) -> String {
        let huge = Double.greatestFiniteMagnitude
        let low = Figures.text(range.lowerBound, digits: 6)
        let high = Figures.text(range.upperBound, digits: 6)
        if range.upperBound == huge { return "at least \(low)" }
        return range.lowerBound == -huge ? "at most \(high)" : "from \(low) to \(high)"
    }
}
