package import Yams

/// What a YAML file is, for the sentences about it.
package struct YAMLFileKind: Sendable {
    /// `a manifest`.
    let name: String
    /// What one file describes.
    let subject: String
    /// The first line of such a file.
    let start: String
    /// The longest file that is read.
    let maxBytes: Int

    /// `slipway.yaml`.
    static let manifest = YAMLFileKind(
        name: "a manifest",
        subject: "model",
        start: "apiVersion: \(Manifest.currentAPIVersion)",
        maxBytes: 256 * 1024
    )

    package init(name: String, subject: String, start: String, maxBytes: Int) {
        self.name = name
        self.subject = subject
        self.start = start
        self.maxBytes = maxBytes
    }
}

/// Turns YAML text into one tree of nodes, and refuses what nobody has a use for and what could hurt the reader.
package enum YAMLDocument {
    /// Aliases make a tree that is far larger than its text; more than this many are refused before they are followed.
    private static let maxAliasCandidates = 16

    /// The root node of `text`, or the first thing that makes it unreadable.
    package static func root(of text: String) throws(Unreadable) -> Node {
        try root(of: text, kind: .manifest)
    }

    /// The same for another kind of file.
    package static func root(of text: String, kind: YAMLFileKind) throws(Unreadable) -> Node {
        guard text.utf8.count <= kind.maxBytes else {
            throw Unreadable(
                1,
                1,
                "the file is \(text.utf8.count) bytes, \(kind.name) has at most \(kind.maxBytes): is it the right file?"
            )
        }
        try refuseAliasBomb(text)
        // Yams keeps a pointer into the string's storage, which strings of up to 15 bytes do not have.
        let stored = text.utf8.count < 16 ? text + String(repeating: "\n", count: 16) : text
        let node: Node?
        do {
            node = try Parser(yaml: stored, resolver: .basic, encoding: .utf8).withAnchorsChecked()
        } catch let failure as Unreadable {
            throw failure
        } catch let failure as YamlError {
            throw explain(failure, text: text, kind: kind)
        } catch {
            throw Unreadable(1, 1, "this is not YAML: \(error)")
        }
        guard let node else {
            throw Unreadable(1, 1, "the file is empty: start it with '\(kind.start)'")
        }
        return node
    }

    /// Why a text is no usable YAML document.
    package struct Unreadable: Error {
        package let problem: ManifestError.Problem

        init(_ line: Int, _ column: Int, _ message: String) {
            problem = ManifestError.Problem(line: line, column: column, message: message)
        }
    }

    static let aliasMessage =
        "anchors and aliases (&name, *name) are not read here: write the value out, or put the text in quotes"

    /// Counts what could be an alias without parsing, because composing nested aliases takes exponential time.
    private static func refuseAliasBomb(_ text: String) throws(Unreadable) {
        var line = 1
        var column = 0
        var before = UInt8(ascii: "\n")
        var hasAnchor = false
        var aliases = 0
        for byte in text.utf8 {
            column += 1
            let isName = byte > 0x20 && byte != before
            if isName, before == UInt8(ascii: "&") { hasAnchor = true }
            if isName, before == UInt8(ascii: "*") { aliases += 1 }
            guard !hasAnchor || aliases <= maxAliasCandidates else { throw Unreadable(line, column - 1, aliasMessage) }
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 0
            }
            before = byte
        }
    }

    private static func explain(_ failure: YamlError, text: String, kind: YAMLFileKind) -> Unreadable {
        switch failure {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _):
            if let column = tabInIndentation(of: mark.line, text: text) {
                return Unreadable(mark.line, column, "a tab stands in the indentation: indent with spaces")
            }
            let start = context.map { " \($0.text) that starts at line \($0.mark.line)" } ?? ""
            return Unreadable(mark.line, mark.column, "this is not YAML: \(problem)\(start)")
        case .composer(_, let problem, let mark, _):
            if problem.contains("another document") {
                return Unreadable(
                    mark.line,
                    mark.column,
                    "a second document starts here: one file describes one \(kind.subject), remove the '---'"
                )
            }
            if problem.contains("alias") { return Unreadable(mark.line, mark.column, aliasMessage) }
            return Unreadable(mark.line, mark.column, "this is not YAML: \(problem)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            let keys = duplicates.map { "'\(ManifestReader.quote($0))'" }.joined(separator: ", ")
            return Unreadable(
                context.mark.line,
                context.mark.column,
                "the key \(keys) stands here and once more in the same block: keep one"
            )
        case .reader(let problem, let offset, _, _):
            let before = text.prefix(offset ?? 0)
            let line = before.count { $0 == "\n" || $0 == "\r\n" } + 1
            let column = before.reversed().prefix { $0 != "\n" && $0 != "\r\n" }.count + 1
            return Unreadable(line, column, "a character that YAML does not allow: \(problem); remove it")
        default:
            return Unreadable(1, 1, "this is not YAML: \(failure)")
        }
    }

    /// The column of the first tab in the indentation of `line`.
    private static func tabInIndentation(of line: Int, text: String) -> Int? {
        let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        guard lines.indices.contains(line - 1) else { return nil }
        let indentation = lines[line - 1].prefix { $0 == " " || $0 == "\t" }
        return indentation.firstIndex(of: "\t").map { indentation.distance(from: indentation.startIndex, to: $0) + 1 }
    }
}

extension Parser {
    /// The only document; the first anchor in it is an error. Nodes hold anchors weakly, so the parser must live on.
    fileprivate func withAnchorsChecked() throws -> Node? {
        try withExtendedLifetime(self) {
            guard let root = try singleRoot() else { return nil }
            var waiting = [root]
            // An anchor stands before its aliases, so the walk ends before it follows one.
            while let node = waiting.popLast() {
                guard node.anchor == nil else {
                    throw YAMLDocument.Unreadable(
                        node.mark?.line ?? 1,
                        node.mark?.column ?? 1,
                        YAMLDocument.aliasMessage
                    )
                }
                switch node {
                case .mapping(let mapping): waiting += mapping.reversed().flatMap { [$0.value, $0.key] }
                case .sequence(let sequence): waiting += sequence.reversed()
                case .scalar, .alias: break
                }
            }
            return root
        }
    }
}
