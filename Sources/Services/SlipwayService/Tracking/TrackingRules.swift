internal import SlipwayDomain

/// What keys, values, names and identifiers may look like.
enum TrackingRules {
    static let longestKey = 250
    static let longestParam = 6000
    static let longestRunTag = 8000
    static let longestExperimentTag = 20_000
    static let longestName = 500
    static let longestUser = 256
    static let mostMetrics = 1000
    static let mostParams = 100
    static let mostTags = 100
    static let mostInBatch = 1000
    static let mostDatasets = 1000

    /// The number of an experiment, from its text.
    static func experimentID(_ text: String) throws(ServiceError) -> Int64 {
        guard let id = Int64(text), id >= 0, text.utf8.allSatisfy({ (48...57).contains($0) }) else {
            throw .invalid("'\(text.prefix(80))' is no experiment id: it must be a whole number")
        }
        return id
    }

    /// The numbers of experiments to search; unknown ones find nothing.
    static func experimentIDs(_ texts: [String]) throws(ServiceError) -> [Int64] {
        guard texts.count <= 20_000 else { throw .invalid("a search takes at most 20,000 experiments") }
        var ids: [Int64] = []
        for text in texts { ids.append(try experimentID(text)) }
        return ids
    }

    /// Checks the form of a run's or a logged model's identifier.
    static func checkID(_ text: String, _ what: String) throws(ServiceError) {
        let isFirstPlain = text.utf8.first.map { isAlphanumeric($0) } ?? false
        let isPlain = text.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }
        guard isFirstPlain, isPlain, text.utf8.count <= 256 else {
            throw .invalid("'\(text.prefix(80))' is no \(what) id")
        }
    }

    /// Checks a metric's, param's or run tag's key: readable characters, and a path that is in its shortest form.
    static func checkKey(_ key: String, _ what: String) throws(ServiceError) {
        guard !key.isEmpty else { throw .invalid("a \(what) needs a key that is not empty") }
        var segment = 0
        var isDots = true
        var length = 0
        for scalar in key.unicodeScalars {
            length += 1
            if scalar == "/" {
                try checkSegment(length: segment, isDots: isDots, key, what)
                segment = 0
                isDots = true
                continue
            }
            guard isKeyScalar(scalar) else {
                throw .invalid(
                    "the \(what) key '\(key.prefix(80))' holds '\(scalar)': use letters, digits, _ - . : / and spaces"
                )
            }
            segment += 1
            if scalar != "." { isDots = false }
        }
        try checkSegment(length: segment, isDots: isDots, key, what)
        guard length <= longestKey else {
            throw .invalid("the \(what) key '\(key.prefix(40))…' is longer than \(longestKey) characters")
        }
    }

    /// Checks the key of a tag that comes with something new or from another server: there MLflow takes any.
    static func checkAnyKey(_ key: String, _ what: String) throws(ServiceError) {
        let length = key.unicodeScalars.count
        guard length > 0, length <= longestKey, !key.unicodeScalars.contains(where: { $0.value < 0x20 }) else {
            throw .invalid("the \(what) key '\(key.prefix(40))' must have 1 to \(longestKey) readable characters")
        }
    }

    private static func checkSegment(length: Int, isDots: Bool, _ key: String, _ what: String) throws(ServiceError) {
        guard length > 0, !(isDots && length <= 2) else {
            throw .invalid(
                "the \(what) key '\(key.prefix(80))' must be a plain path: no empty part, no '.' and no '..'"
            )
        }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }

    private static func isKeyScalar(_ scalar: Unicode.Scalar) -> Bool {
        guard !scalar.isASCII else {
            return isAlphanumeric(UInt8(scalar.value)) || "_-. :".unicodeScalars.contains(scalar)
        }
        return scalar.properties.isAlphabetic || scalar.properties.numericType != nil
    }

    /// The first `limit` characters, as MLflow cuts values that are too long.
    static func cut(_ text: String, to limit: Int) -> String {
        guard text.utf8.count > limit, text.unicodeScalars.count > limit else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.prefix(limit)))
    }

    /// Checks the length of a text, in characters.
    static func checkLength(_ text: String, _ limit: Int, _ what: String) throws(ServiceError) {
        guard text.utf8.count <= limit || text.unicodeScalars.count <= limit else {
            throw .invalid("\(what) is longer than \(limit) characters")
        }
    }

    static func checkTime(_ point: MetricPoint) throws(ServiceError) {
        guard point.timestamp >= 0 else {
            throw .invalid("the timestamp of metric '\(point.key)' is negative: it counts milliseconds since 1970")
        }
    }

    static func checkPageSize(_ limit: Int64, most: Int64) throws(ServiceError) {
        guard limit >= 1, limit <= most else {
            throw .invalid("max_results must be between 1 and \(most), not \(limit)")
        }
    }

    static func checkExperimentName(_ name: String) throws(ServiceError) {
        guard name.contains(where: { !$0.isWhitespace }) else {
            throw .invalid("an experiment needs a name that is not blank")
        }
        try checkLength(name, longestName, "the experiment's name")
    }

    /// Checks where an experiment's artifacts shall go: a URI or an absolute path that cannot climb.
    static func checkLocation(_ location: String) throws(ServiceError) {
        guard location.utf8.count <= 2048 else { throw .invalid("the artifact location is longer than 2,048 bytes") }
        guard !location.holds("#"), !location.holds(";") else {
            throw .invalid("the artifact location must not hold '#' or ';'")
        }
        let spellings = [("%25", "%"), ("%2e", "."), ("%2f", "/")]
        let decoded = spellings.reduce(location.lowercased().unicodeScalars) { text, spelling in
            text.replacing(spelling.0.unicodeScalars, with: spelling.1.unicodeScalars)
        }
        let parts = decoded.split { "/\\?&=".unicodeScalars.contains($0) }
        guard !parts.contains(where: { String($0) == ".." }) else {
            throw .invalid("the artifact location must not hold '..'")
        }
        guard decoded.first == "/" || decoded.split(separator: "/", maxSplits: 1).first?.last == ":" else {
            throw .invalid("the artifact location must be a URI such as s3://bucket/folder or an absolute path")
        }
    }
}
