/// Where a webhook is sent: an http or https URL, read so strictly that no two libraries can read it differently.
package struct WebhookURL: Sendable, Equatable {
    package let isSecure: Bool
    /// A name in lower case without a dot at the end, or an address without brackets.
    package let host: String
    package let port: Int
    /// Begins with `/`; the query is part of it.
    package let path: String

    /// The most bytes that a URL may have.
    package static let longest = 2048

    package init(_ text: String) throws(ServiceError) {
        guard text.utf8.count <= Self.longest else {
            throw .invalid("A webhook's URL has at most \(Self.longest) bytes")
        }
        // Anything else is percent-encoded in a URL; a name in other letters is written in Punycode.
        let isPlain = text.utf8.allSatisfy { (0x21...0x7E).contains($0) && !Self.never.contains($0) }
        guard isPlain, !text.isEmpty else {
            throw .invalid("A webhook's URL holds no spaces, backslashes or letters beyond ASCII: encode them with %")
        }
        guard let mark = text.firstRange(of: "://") else { throw Self.wrong }
        switch text[..<mark.lowerBound].lowercased() {
        case "https": isSecure = true
        case "http": isSecure = false
        default: throw Self.wrong
        }
        let rest = text[mark.upperBound...]
        guard !rest.contains("#") else { throw .invalid("A webhook's URL has no '#' part: leave it out") }
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        let authority = rest[..<end]
        guard !authority.contains("@") else {
            throw .invalid("A webhook's URL holds no user name or password: deliveries are signed with the secret")
        }
        let (host, port) = try Self.split(authority)
        self.host = try Self.checked(host)
        if let port {
            guard let number = UInt16(port), number > 0, port.utf8.allSatisfy({ (48...57).contains($0) }) else {
                throw .invalid("The port of a webhook's URL is a number from 1 to 65535")
            }
            self.port = Int(number)
        } else {
            self.port = isSecure ? 443 : 80
        }
        path = rest[end...].hasPrefix("/") ? String(rest[end...]) : "/" + rest[end...]
    }

    /// The address, if the host is one.
    package var address: HostAddress? { HostAddress(host) }

    /// The URL, spelled so that the host in it is exactly `host`.
    package var text: String {
        let name = host.contains(":") ? "[\(host)]" : host
        let isUsual = port == (isSecure ? 443 : 80)
        return (isSecure ? "https://" : "http://") + name + (isUsual ? "" : ":\(port)") + path
    }

    private static let never = Set(#"\"<>^`{|}"#.utf8)
    private static let wrong = ServiceError.invalid("A webhook's URL is like https://hooks.example.com/slipway")

    private static func split(_ authority: Substring) throws(ServiceError) -> (host: Substring, port: Substring?) {
        guard authority.hasPrefix("[") else {
            let parts = authority.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            return (parts[0], parts.count > 1 ? parts[1] : nil)
        }
        guard let close = authority.firstIndex(of: "]") else { throw wrong }
        let inner = authority[authority.index(after: authority.startIndex)..<close]
        let after = authority[authority.index(after: close)...]
        guard HostAddress(String(inner))?.bytes.count == 16, after.isEmpty || after.hasPrefix(":") else { throw wrong }
        return (inner, after.isEmpty ? nil : after.dropFirst())
    }

    /// A host name (RFC 1123), or an address in its one usual spelling.
    private static func checked(_ text: Substring) throws(ServiceError) -> String {
        if text.contains(":") { return text.lowercased() }
        let host = (text.hasSuffix(".") ? text.dropLast() : text).lowercased()
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        let isName = labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
                && label.utf8.allSatisfy { (48...57).contains($0) || (97...122).contains($0) || $0 == 45 || $0 == 95 }
        }
        guard isName, host.utf8.count <= 253 else { throw wrong }
        // A last label that is a number makes the whole an address to some libraries: only the usual spelling is taken.
        let last = labels.last ?? ""
        let isNumeric = last.utf8.allSatisfy { (48...57).contains($0) } || last.hasPrefix("0x")
        guard !isNumeric || HostAddress(host) != nil else {
            throw .invalid(
                "'\(host.prefix(80))' is no address: write it as four numbers, such as 198.51.100.7, or by name"
            )
        }
        return host
    }
}
