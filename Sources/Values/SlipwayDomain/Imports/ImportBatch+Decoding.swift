package import SlipwayJSON

extension ImportBatch {
    /// Reads what `json` wrote; a member that is missing or of another kind is an error that names it.
    package init(_ node: JSONNode) throws(JSONError) {
        guard node.kind == .object else { throw JSONError("an import batch is a JSON object") }
        self.init()
        for member in node.members {
            switch member.name {
            case "experiments":
                experiments = try ImportFields.list(member) { experiment throws(JSONError) in
                    try Experiment(imported: ImportFields(experiment, "an experiment"))
                }
            case "runs":
                runs = try ImportFields.list(member) { run throws(JSONError) in
                    try Run(imported: ImportFields(run, "a run"))
                }
            case "points":
                points = try ImportFields.list(member) { points throws(JSONError) in
                    try ImportedPoints(imported: ImportFields(points, "points"))
                }
            case "loggedModels":
                loggedModels = try ImportFields.list(member) { model throws(JSONError) in
                    try LoggedModel(imported: ImportFields(model, "a logged model"))
                }
            case "registeredModels":
                registeredModels = try ImportFields.list(member) { model throws(JSONError) in
                    try ImportedModel(imported: ImportFields(model, "a registered model"))
                }
            case "versions":
                versions = try ImportFields.list(member) { version throws(JSONError) in
                    try ImportedVersion(imported: ImportFields(version, "a version"))
                }
            case "traces":
                traces = try ImportFields.list(member) { trace throws(JSONError) in
                    try ImportedTrace(imported: ImportFields(trace, "a trace"))
                }
            case "marks":
                marks = try ImportFields.list(member) { mark throws(JSONError) in
                    try ImportMark(imported: mark)
                }
            case let name: throw JSONError("an import batch has no '\(name.prefix(40))'")
            }
        }
    }
}

extension ImportBatch {
    /// Reads a batch from its JSON text.
    package init(parsing bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(JSONError) {
        try self.init(JSONDocument.parse(bytes, limits: limits).root)
    }
}

/// The members of one imported record.
struct ImportFields {
    let node: JSONNode
    let what: String

    init(_ node: JSONNode, _ what: String) throws(JSONError) {
        guard node.kind == .object else { throw JSONError("\(what) must be a JSON object") }
        self.node = node
        self.what = what
    }

    func text(_ name: String) throws(JSONError) -> String {
        guard let text = node[name]?.string else { throw missing(name, "a text") }
        return text
    }

    func optionalText(_ name: String) throws(JSONError) -> String? {
        guard let value = node[name] else { return nil }
        guard let text = value.string else { throw missing(name, "a text") }
        return text
    }

    func integer(_ name: String) throws(JSONError) -> Int64 {
        guard let value = node[name]?.integer else { throw missing(name, "a whole number") }
        return value
    }

    func instant(_ name: String) throws(JSONError) -> Instant { Instant(milliseconds: try integer(name)) }

    func flag(_ name: String) throws(JSONError) -> Bool {
        guard let value = node[name]?.bool else { throw missing(name, "true or false") }
        return value
    }

    func number(_ name: String) throws(JSONError) -> Double {
        guard let value = node[name].flatMap(Self.number) else { throw missing(name, "a number") }
        return value
    }

    func tags(_ name: String) throws(JSONError) -> [Tag] {
        try list(name) { pair throws(JSONError) in
            var items = pair.elements
            guard let key = items.next()?.string, let value = items.next()?.string, items.next() == nil else {
                throw missing(name, "a list of [key, value]")
            }
            return Tag(key: key, value: value)
        }
    }

    /// The list, or none when it is left out.
    func list<Item>(_ name: String, _ each: (JSONNode) throws(JSONError) -> Item) throws(JSONError) -> [Item] {
        guard let value = node[name] else { return [] }
        guard value.kind == .array else { throw missing(name, "a list") }
        var items: [Item] = []
        for element in value.elements { items.append(try each(element)) }
        return items
    }

    static func list<Item>(
        _ member: JSONNode.Member,
        _ each: (JSONNode) throws(JSONError) -> Item
    ) throws(JSONError) -> [Item] {
        guard member.value.kind == .array else { throw JSONError("'\(member.name)' must be a list") }
        var items: [Item] = []
        for element in member.value.elements { items.append(try each(element)) }
        return items
    }

    /// A number; NaN and the infinities are texts, as in protobuf's JSON.
    static func number(_ node: JSONNode) -> Double? {
        if let value = node.double { return value }
        return switch node.string {
        case "NaN": .nan
        case "Infinity": .infinity
        case "-Infinity": -.infinity
        default: nil
        }
    }

    func missing(_ name: String, _ kind: String) -> JSONError { JSONError("\(what) needs '\(name)': \(kind)") }
}

extension ImportMark {
    fileprivate init(imported node: JSONNode) throws(JSONError) {
        var items = node.elements
        guard let kind = items.next()?.string.flatMap(ImportKind.init), let id = items.next()?.string,
            let mark = items.next()?.string
        else { throw JSONError("a mark is a list of kind, id and mark") }
        self.init(kind: kind, id: id, mark: mark)
    }
}

extension ImportedPoints {
    fileprivate init(imported fields: ImportFields) throws(JSONError) {
        let key = try fields.text("key")
        let points = try fields.list("points") { node throws(JSONError) in
            var items = node.elements
            guard let time = items.next()?.integer, let step = items.next()?.integer,
                let value = items.next().flatMap(ImportFields.number)
            else { throw fields.missing("points", "a list of [time, step, value]") }
            return MetricPoint(key: key, value: value, timestamp: time, step: step)
        }
        self.init(run: try fields.text("run"), key: key, points: points)
    }
}
