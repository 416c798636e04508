/// What a webhook's parts may be.
enum WebhookRules {
    static let longestDescription = 1000
    static let longestSecret = 1000

    /// A new webhook needs a name, a URL and events.
    static func checkComplete(_ change: Webhooks.Change) throws(ServiceError) {
        guard change.name != nil, change.url != nil, change.events != nil else {
            throw .invalid("A webhook needs a name, a url and events")
        }
        try check(change)
    }

    static func check(_ change: Webhooks.Change) throws(ServiceError) {
        if let name = change.name { try checkName(name) }
        guard (change.description?.unicodeScalars.count ?? 0) <= longestDescription else {
            throw .invalid("A webhook's description has at most \(longestDescription) characters")
        }
        guard (change.secret?.utf8.count ?? 0) <= longestSecret else {
            throw .invalid("A webhook's secret has at most \(longestSecret) bytes")
        }
        guard let events = change.events else { return }
        guard !events.isEmpty else { throw .invalid("A webhook needs at least one event") }
        guard Set(events).count == events.count else {
            throw .invalid("An event is named twice: name each event of a webhook once")
        }
    }

    private static func checkName(_ name: String) throws(ServiceError) {
        let bytes = Array(name.utf8)
        let isFine =
            bytes.allSatisfy { isLetterOrDigit($0) || "._-".utf8.contains($0) } && (1...63).contains(bytes.count)
        guard isFine, let first = bytes.first, let last = bytes.last, isLetterOrDigit(first), isLetterOrDigit(last)
        else {
            throw .invalid(
                "A webhook's name has 1 to 63 letters, digits, dots, '_' or '-', and begins and ends with a letter or digit"
            )
        }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }
}
