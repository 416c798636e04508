/// A regular expression whose search takes time in proportion to the text, whatever the pattern (Thompson's construction).
///
/// It knows literals, `.`, classes, `\d \w \s` and their opposites, `\b`, `^ $`, groups, `|`, `* + ? {m,n}` and `(?i)`.
/// What only a backtracking matcher can do (back references, looking around) is refused when the pattern is read.
package struct LinearPattern: Sendable {
    indirect enum Node: Sendable {
        case empty
        case scalar(ScalarClass)
        case assertion(Assertion)
        case sequence([Node])
        case choice([Node])
        case loop(Node, from: Int, to: Int?)
    }

    enum Assertion: Sendable { case start, end, wordEdge, notWordEdge }

    enum Step: Sendable {
        case scalar(ScalarClass)
        case assertion(Assertion)
        case split(Int, Int)
        case jump(Int)
        case match
    }

    /// A set of characters.
    struct ScalarClass: Sendable {
        var ranges: [ClosedRange<UInt32>] = []
        var isNegated = false

        func contains(_ value: UInt32) -> Bool { ranges.contains { $0.contains(value) } != isNegated }
    }

    private let steps: [Step]
    private let ignoresCase: Bool

    /// How many steps a pattern may have once its counts are written out.
    private static let mostSteps = 2000
    private static let longestPattern = 1000
    /// Only so many characters of a text are looked at.
    private static let longestText = 1 << 18

    /// Reads a pattern.
    package init(_ pattern: String) throws(SearchError) {
        guard pattern.utf8.count <= Self.longestPattern else {
            throw SearchError("a pattern is at most \(Self.longestPattern) bytes long")
        }
        var parser = LinearPatternParser(pattern)
        let node = try parser.parse()
        ignoresCase = parser.ignoresCase
        var steps: [Step] = []
        try Self.emit(node, to: &steps)
        steps.append(.match)
        self.steps = steps
    }

    /// Whether the pattern fits somewhere in the text.
    package func matches(in text: String) -> Bool {
        let scalars = Array((ignoresCase ? text.lowercased() : text).unicodeScalars.prefix(Self.longestText))
        var current = ThreadList(size: steps.count)
        var next = ThreadList(size: steps.count)
        for position in 0...scalars.count {
            // A search may begin anywhere, so each position starts one more thread.
            if follow(0, at: position, scalars, &current) { return true }
            guard position < scalars.count else { return false }
            let value = scalars[position].value
            next.clear()
            for index in current.members {
                guard case .scalar(let wanted) = steps[index], accepts(wanted, value) else { continue }
                if follow(index + 1, at: position + 1, scalars, &next) { return true }
            }
            swap(&current, &next)
        }
        return false
    }

    /// The text was lowered before; a class may name either case.
    private func accepts(_ wanted: ScalarClass, _ value: UInt32) -> Bool {
        guard ignoresCase, !wanted.contains(value) else { return wanted.contains(value) }
        guard let scalar = Unicode.Scalar(value) else { return false }
        return scalar.properties.uppercaseMapping.unicodeScalars.first.map { wanted.contains($0.value) } ?? false
    }

    /// Adds all steps that are reached without reading a character; tells whether the end is among them.
    private func follow(
        _ start: Int,
        at position: Int,
        _ scalars: [Unicode.Scalar],
        _ list: inout ThreadList
    ) -> Bool {
        var waiting = [start]
        while let index = waiting.popLast() {
            guard list.add(index) else { continue }
            switch steps[index] {
            case .match: return true
            case .jump(let target): waiting.append(target)
            case .split(let first, let second): waiting += [second, first]
            case .assertion(let assertion):
                if Self.holds(assertion, at: position, scalars) { waiting.append(index + 1) }
            case .scalar: continue
            }
        }
        return false
    }

    private static func holds(_ assertion: Assertion, at position: Int, _ scalars: [Unicode.Scalar]) -> Bool {
        func isWord(_ index: Int) -> Bool {
            scalars.indices.contains(index) && (LinearPatternParser.word.contains(scalars[index].value))
        }
        let isEdge = isWord(position - 1) != isWord(position)
        return switch assertion {
        case .start: position == 0
        case .end: position == scalars.count
        case .wordEdge: isEdge
        case .notWordEdge: !isEdge
        }
    }

    private static func emit(_ node: Node, to steps: inout [Step]) throws(SearchError) {
        guard steps.count < mostSteps else {
            throw SearchError("the pattern is too large once its counts are written out")
        }
        switch node {
        case .empty: return
        case .scalar(let wanted): steps.append(.scalar(wanted))
        case .assertion(let assertion): steps.append(.assertion(assertion))
        case .sequence(let nodes): for node in nodes { try emit(node, to: &steps) }
        case .choice(let nodes): try emitChoice(nodes, to: &steps)
        case .loop(let node, let least, let most):
            for _ in 0..<least {
                let start = steps.count
                try emit(node, to: &steps)
                // Nothing, however often, is nothing: without this, nested counts of it would take for ever.
                if steps.count == start { return }
            }
            if let most {
                for _ in 0..<max(0, most - least) { try emitOptional(node, to: &steps) }
            } else {
                let split = steps.count
                steps.append(.match)
                try emit(node, to: &steps)
                steps.append(.jump(split))
                steps[split] = .split(split + 1, steps.count)
            }
        }
    }

    private static func emitOptional(_ node: Node, to steps: inout [Step]) throws(SearchError) {
        let split = steps.count
        steps.append(.match)
        try emit(node, to: &steps)
        steps[split] = .split(split + 1, steps.count)
    }

    private static func emitChoice(_ nodes: [Node], to steps: inout [Step]) throws(SearchError) {
        var ends: [Int] = []
        for (index, node) in nodes.enumerated() {
            guard index < nodes.count - 1 else {
                try emit(node, to: &steps)
                break
            }
            let split = steps.count
            steps.append(.match)
            try emit(node, to: &steps)
            ends.append(steps.count)
            steps.append(.match)
            steps[split] = .split(split + 1, steps.count)
        }
        for end in ends { steps[end] = .jump(steps.count) }
    }

    /// The steps that are alive at one position; a set that remembers its order.
    private struct ThreadList {
        private(set) var members: [Int] = []
        private var isMember: [Bool]

        init(size: Int) { isMember = Array(repeating: false, count: size) }

        mutating func add(_ index: Int) -> Bool {
            guard !isMember[index] else { return false }
            isMember[index] = true
            members.append(index)
            return true
        }

        mutating func clear() {
            for index in members { isMember[index] = false }
            members.removeAll(keepingCapacity: true)
        }
    }
}
