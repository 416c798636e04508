internal import SlipwayDomain
internal import SlipwayJSON

/// The members of a declaration.
extension UpstreamDeclaration {
    static func refuseOthers(
        _ object: [String: JSONValue],
        than known: Set<String>,
        in place: String
    ) throws(ServiceError) {
        if let other = object.keys.sorted().first(where: { !known.contains($0) }) {
            throw wrong(
                "\(place) has '\(other.prefix(40))', which is not known: \(known.sorted().joined(separator: ", "))"
            )
        }
    }

    static func url(_ value: JSONValue?) throws(ServiceError) -> WebhookURL {
        guard let text = value?.string else { throw wrong("it needs a \"url\", such as http://mlserver.example:8080") }
        let url: WebhookURL
        do throws(ServiceError) {
            url = try WebhookURL(text)
        } catch {
            throw wrong("'\(text.prefix(200))' is no plain http or https URL, such as http://mlserver.example:8080")
        }
        guard !url.path.contains("?") else { throw wrong("its \"url\" has no query: leave out what follows '?'") }
        return url
    }

    static func dialect(_ value: JSONValue?) throws(ServiceError) -> Dialect {
        guard let dialect = value?.string.flatMap(Dialect.init(rawValue:)) else {
            let known = Dialect.allCases.map(\.rawValue).joined(separator: ", ")
            throw wrong("its \"protocol\" is one of \(known)")
        }
        return dialect
    }

    static func names(_ root: [String: JSONValue], _ dialect: Dialect) throws(ServiceError) -> (String, String?) {
        if dialect == .mlflow {
            guard root["model"] == nil, root["version"] == nil else {
                throw wrong("MLflow serves one model at an address: leave out \"model\" and \"version\"")
            }
            return ("", nil)
        }
        guard let model = root["model"]?.string, isName(model) else {
            throw wrong("it needs a \"model\", the model's name there")
        }
        guard let value = root["version"] else { return (model, nil) }
        guard let version = value.string, isName(version) else {
            throw wrong("its \"version\" is a string, the version's name there")
        }
        return (model, version)
    }

    private static func isName(_ text: String) -> Bool {
        (1...200).contains(text.utf8.count) && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
            && text != "." && text != ".."
    }

    static func signatures(_ node: JSONNode?, _ list: String) throws(ServiceError) -> [TensorSignature] {
        guard let node, node.kind == .array else { throw wrong("it needs \"\(list)\", a list of tensors") }
        var signatures: [TensorSignature] = []
        for element in node.elements {
            guard let name = element["name"]?.string, !name.isEmpty,
                let type = element["datatype"]?.string.flatMap(TensorType.init(rawValue:)),
                let shape = element["shape"], shape.kind == .array
            else {
                throw wrong("each of \"\(list)\" is like {\"name\": \"x\", \"datatype\": \"FP32\", \"shape\": [-1, 4]}")
            }
            var lengths: [Int] = []
            for length in shape.elements {
                guard let length = length.integer, length == -1 || (1...1_000_000).contains(length), lengths.count < 8
                else { throw wrong("a shape in \"\(list)\" has up to 8 numbers: -1, or 1 to 1000000") }
                lengths.append(Int(length))
            }
            guard !signatures.contains(where: { $0.name == name }) else {
                throw wrong("'\(name.prefix(80))' stands twice in \"\(list)\"")
            }
            signatures.append(TensorSignature(name: name, type: type, shape: lengths))
        }
        guard (1...1000).contains(signatures.count) else { throw wrong("\"\(list)\" has 1 to 1000 tensors") }
        return signatures
    }

    static func properties(_ value: JSONValue?) throws(ServiceError) -> [String: String] {
        guard let value else { return [:] }
        guard let object = value.object else { throw wrong("\"properties\" is an object of texts") }
        var properties: [String: String] = [:]
        for (name, value) in object {
            guard let text = value.string else { throw wrong("the property '\(name.prefix(40))' is no text") }
            properties[name] = text
        }
        return properties
    }

    static func limits(_ value: JSONValue?) throws(ServiceError) -> Limits {
        var limits = Limits()
        guard let value else { return limits }
        guard let object = value.object else { throw wrong("\"limits\" is an object") }
        try refuseOthers(object, than: ["timeoutMilliseconds", "connections", "answerBytes"], in: "\"limits\"")
        func read(_ name: String, _ range: ClosedRange<Int64>, _ usual: Int) throws(ServiceError) -> Int {
            guard let value = object[name] else { return usual }
            guard let number = value.integer, range.contains(number) else {
                throw wrong("\"\(name)\" is a number from \(range.lowerBound) to \(range.upperBound)")
            }
            return Int(number)
        }
        limits.timeoutMilliseconds = try read("timeoutMilliseconds", 1...600_000, limits.timeoutMilliseconds)
        limits.connections = try read("connections", 1...256, limits.connections)
        limits.answerBytes = try read("answerBytes", 1024...(256 << 20), limits.answerBytes)
        return limits
    }

    static func hedge(_ value: JSONValue?) throws(ServiceError) -> Double? {
        guard let value else { return nil }
        guard let object = value.object, let quantile = object["quantile"]?.number, (0.5...0.999).contains(quantile)
        else { throw wrong("\"hedge\" is like {\"quantile\": 0.95}, from 0.5 to 0.999") }
        try refuseOthers(object, than: ["quantile"], in: "\"hedge\"")
        return quantile
    }

    static func check(_ node: JSONNode?, _ value: JSONValue?) throws(ServiceError) -> Check? {
        guard let node, let object = value?.object else {
            guard value == nil else { throw wrong("\"check\" is an object with \"inputs\" and \"outputs\"") }
            return nil
        }
        try refuseOthers(object, than: ["inputs", "outputs", "tolerance"], in: "\"check\"")
        let tolerance = object["tolerance"].map { $0.number ?? -1 } ?? 1e-5
        guard (0...1).contains(tolerance) else { throw wrong("the \"tolerance\" of \"check\" is 0 to 1") }
        return Check(
            inputs: try tensors(node["inputs"], .input),
            outputs: try tensors(node["outputs"], .output),
            tolerance: tolerance
        )
    }

    private static func tensors(_ node: JSONNode?, _ role: TensorRole) throws(ServiceError) -> [Tensor] {
        guard let node, node.kind == .array else { throw wrong("\"check\" needs \"\(role)s\", a list of tensors") }
        var tensors: [Tensor] = []
        do throws(ServiceError) {
            for element in node.elements { tensors.append(try TensorParts(element, role: role).tensor()) }
        } catch {
            throw wrong("its \"check\": \(error.message)")
        }
        return tensors
    }
}
