/// Reads HTML the way an attacker hopes it is read, and says what is wrong with it.
///
/// It knows only what the console may write: lower-case tags, quoted attributes, nothing that can run.
struct MarkupCheck {
    private(set) var problems: [String] = []
    private(set) var tags: [String: Int] = [:]
    private var open: [String] = []

    private static let void: Set = ["meta", "br"]
    private static let known: Set = [
        "html", "head", "meta", "title", "style", "body", "a", "header", "span", "p", "strong", "time", "main",
        "footer", "h1", "h2", "h3", "h4", "section", "div", "table", "caption", "thead", "tbody", "tr", "th", "td",
        "dl", "dt",
        "dd", "nav", "ul", "li", "details", "summary", "article", "figure", "figcaption", "code", "pre", "br", "svg",
        "path", "text", "circle", "form", "button",
    ]
    private static let attributes: Set = [
        "lang", "charset", "name", "content", "class", "href", "id", "role", "aria-label", "datetime", "title",
        "tabindex", "scope", "viewBox", "d", "x", "y", "cx", "cy", "r", "rel", "open", "method", "formaction",
    ]

    init(_ page: String) {
        var rest = Substring(page)
        if rest.hasPrefix("<!DOCTYPE html>") { rest = rest.dropFirst(15) }
        while let start = rest.firstIndex(of: "<") {
            text(rest[..<start])
            rest = rest[rest.index(after: start)...]
            guard let end = rest.firstIndex(of: ">") else {
                problems.append("a tag without an end")
                break
            }
            tag(rest[..<end])
            rest = rest[rest.index(after: end)...]
        }
        text(rest)
        if !open.isEmpty { problems.append("left open: \(open)") }
    }

    private mutating func text(_ text: Substring) {
        guard open.last != "style" else { return }
        if text.contains("\"") && open.last != "pre" { problems.append("a bare quote in \(text.prefix(60))") }
        for piece in text.split(separator: "&", omittingEmptySubsequences: false).dropFirst()
        where !["amp;", "lt;", "gt;", "quot;", "#39;"].contains(where: { piece.hasPrefix($0) }) {
            problems.append("a bare ampersand before \(piece.prefix(20))")
        }
    }

    private mutating func tag(_ tag: Substring) {
        if tag.hasPrefix("/") {
            let name = String(tag.dropFirst())
            if open.popLast() != name { problems.append("</\(name)> closes another element") }
            return
        }
        let closesItself = tag.hasSuffix("/")
        let body = closesItself ? tag.dropLast() : tag
        let name = String(body.prefix { $0 != " " })
        tags[name, default: 0] += 1
        if !Self.known.contains(name) { problems.append("an unknown element <\(name.prefix(40))>") }
        attributes(body.dropFirst(name.count), of: name)
        if !closesItself && !Self.void.contains(name) { open.append(name) }
    }

    private mutating func attributes(_ text: Substring, of element: String) {
        var rest = text.drop { $0 == " " }
        while !rest.isEmpty {
            let name = String(rest.prefix { $0 != "=" && $0 != " " })
            if !Self.attributes.contains(name) { problems.append("an unknown attribute \(name) of <\(element)>") }
            rest = rest.dropFirst(name.count)
            if rest.hasPrefix("=\"") {
                let value = rest.dropFirst(2).prefix { $0 != "\"" }
                if name == "href", !["/", "#", "http"].contains(where: { value.hasPrefix($0) }) {
                    problems.append("a link to \(value.prefix(40))")
                }
                // A form goes to the console itself, and never carries anything in an address.
                if name == "method", value != "post" { problems.append("a form with the method \(value.prefix(40))") }
                if name == "formaction", !value.hasPrefix("/models/") {
                    problems.append("a form to \(value.prefix(40))")
                }
                rest = rest.dropFirst(value.count + 3)
            } else if rest.hasPrefix("=") {
                problems.append("an unquoted value of \(name)")
                return
            }
            rest = rest.drop { $0 == " " }
        }
    }
}
