/// Reads the text of a regular expression into its tree.
struct LinearPatternParser {
    private typealias Node = LinearPattern.Node
    private typealias ScalarClass = LinearPattern.ScalarClass

    private let scalars: [Unicode.Scalar]
    private var index = 0
    private var depth = 0
    private(set) var ignoresCase = false

    private static let deepest = 40
    private static let largestCount = 1000

    static let word = LinearPattern.ScalarClass(ranges: [48...57, 65...90, 95...95, 97...122, 0xC0...0x10FFFF])
    private static let digit = LinearPattern.ScalarClass(ranges: [48...57])
    private static let space = LinearPattern.ScalarClass(ranges: [9...13, 28...32, 0x85...0x85, 0xA0...0xA0])

    init(_ pattern: String) { scalars = Array(pattern.unicodeScalars) }

    mutating func parse() throws(SearchError) -> LinearPattern.Node {
        if scalars.starts(with: "(?i)".unicodeScalars) {
            ignoresCase = true
            index = 4
        }
        let node = try choice()
        guard index == scalars.count else { throw SearchError("the pattern has a ')' without its '('") }
        return node
    }

    private var current: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard current == scalar else { return false }
        index += 1
        return true
    }

    private mutating func choice() throws(SearchError) -> Node {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else { throw SearchError("the pattern's groups are nested too deeply") }
        var nodes = [try sequence()]
        while take("|") { nodes.append(try sequence()) }
        return nodes.count == 1 ? nodes[0] : .choice(nodes)
    }

    private mutating func sequence() throws(SearchError) -> Node {
        var nodes: [Node] = []
        while let scalar = current, scalar != "|", scalar != ")" {
            let atom = try atom()
            nodes.append(try repeated(atom))
        }
        return .sequence(nodes)
    }

    private mutating func repeated(_ atom: Node) throws(SearchError) -> Node {
        guard let (least, most) = try count() else { return atom }
        // Lazy or greedy makes no difference to whether a text matches.
        _ = take("?")
        if let scalar = current, "*+?".unicodeScalars.contains(scalar) {
            throw SearchError("the pattern repeats a repetition: put it in a group")
        }
        return .loop(atom, from: least, to: most)
    }

    private mutating func count() throws(SearchError) -> (Int, Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        let start = index
        guard take("{") else { return nil }
        let least = number()
        let most = take(",") ? number() : least
        let isOpen = scalars[index - 1] == ","
        guard take("}"), least != nil || most != nil else {
            // A brace that is no count stands for itself, as in Python.
            index = start
            return nil
        }
        guard (least ?? 0) <= Self.largestCount, (most ?? 0) <= Self.largestCount, (least ?? 0) <= (most ?? .max) else {
            throw SearchError("the pattern's counts go up to \(Self.largestCount), the smaller one first")
        }
        return (least ?? 0, isOpen ? nil : most)
    }

    private mutating func number() -> Int? {
        var value: Int?
        while let scalar = current, (48...57).contains(scalar.value) {
            value = min((value ?? 0) * 10 + Int(scalar.value - 48), 1_000_000)
            index += 1
        }
        return value
    }

    private mutating func atom() throws(SearchError) -> Node {
        guard let scalar = current else { return .empty }
        index += 1
        switch scalar {
        case "(": return try group()
        case "[": return .scalar(try characterClass())
        case ".": return .scalar(ScalarClass(ranges: [10...10], isNegated: true))
        case "^": return .assertion(.start)
        case "$": return .assertion(.end)
        case "\\": return try escape()
        case "*", "+", "?": throw SearchError("the pattern has a '\(scalar)' with nothing before it")
        default:
            if scalar == "{" {
                index -= 1
                let isCount = try count() != nil
                guard !isCount else { throw SearchError("the pattern has a count with nothing before it") }
                index += 1
            }
            return .scalar(ScalarClass(ranges: [scalar.value...scalar.value]))
        }
    }

    private mutating func group() throws(SearchError) -> Node {
        if take("?") {
            guard take(":") else {
                throw SearchError("a group may begin with (?: only; looking ahead or behind is not supported")
            }
        }
        let node = try choice()
        guard take(")") else { throw SearchError("the pattern has a '(' without its ')'") }
        return node
    }

    private mutating func escape() throws(SearchError) -> Node {
        guard let scalar = current else { throw SearchError("the pattern ends with a backslash") }
        switch scalar {
        case "b", "B":
            index += 1
            return .assertion(scalar == "b" ? .wordEdge : .notWordEdge)
        case "A", "Z":
            index += 1
            return .assertion(scalar == "A" ? .start : .end)
        default: return .scalar(try escapedClass())
        }
    }

    /// The set that the escape at the current place stands for.
    private mutating func escapedClass() throws(SearchError) -> ScalarClass {
        guard let scalar = current else { throw SearchError("the pattern ends with a backslash") }
        index += 1
        let known: [Unicode.Scalar: ScalarClass] = ["d": Self.digit, "w": Self.word, "s": Self.space]
        if let found = known[scalar] { return found }
        if let found = known[Unicode.Scalar(scalar.value | 0x20) ?? scalar], scalar.properties.isUppercase {
            return ScalarClass(ranges: found.ranges, isNegated: true)
        }
        let controls: [Unicode.Scalar: UInt32] = ["n": 10, "r": 13, "t": 9, "f": 12, "v": 11]
        if let control = controls[scalar] { return ScalarClass(ranges: [control...control]) }
        guard !scalar.properties.isAlphabetic, scalar.properties.numericType == nil else {
            throw SearchError("'\\\(scalar)' is not supported in a pattern")
        }
        return ScalarClass(ranges: [scalar.value...scalar.value])
    }

    private mutating func characterClass() throws(SearchError) -> ScalarClass {
        var result = ScalarClass()
        result.isNegated = take("^")
        var isFirst = true
        while let scalar = current, scalar != "]" || isFirst {
            isFirst = false
            let start = try classMember()
            guard current == "-", index + 1 < scalars.count, scalars[index + 1] != "]" else {
                result.ranges += start.positiveRanges
                continue
            }
            index += 1
            let end = try classMember()
            guard let first = start.only, let last = end.only, first <= last else {
                throw SearchError("the pattern has a range that is none, such as [z-a]")
            }
            result.ranges.append(first...last)
        }
        guard take("]") else { throw SearchError("the pattern has a '[' without its ']'") }
        return result
    }

    private mutating func classMember() throws(SearchError) -> ScalarClass {
        if take("\\") { return try escapedClass() }
        guard let scalar = current else { throw SearchError("the pattern has a '[' without its ']'") }
        index += 1
        return ScalarClass(ranges: [scalar.value...scalar.value])
    }
}

extension LinearPattern.ScalarClass {
    /// The one character of a set of one.
    fileprivate var only: UInt32? {
        guard !isNegated, ranges.count == 1, ranges[0].count == 1 else { return nil }
        return ranges[0].lowerBound
    }

    /// The same set without a negation.
    fileprivate var positiveRanges: [ClosedRange<UInt32>] {
        guard isNegated else { return ranges }
        var gaps: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if range.lowerBound > next { gaps.append(next...range.lowerBound - 1) }
            next = range.upperBound + 1
        }
        return next <= 0x10FFFF ? gaps + [next...0x10FFFF] : gaps
    }
}
