internal import NIOHTTP1
internal import SlipwayJSON
internal import SlipwayService

/// An upstream that speaks the Open Inference Protocol V2 over REST, in JSON.
struct OpenInferenceUpstream: UpstreamTransport {
    private let http: UpstreamHTTP
    private let path: String
    private let outputs: [String]

    init(_ upstream: UpstreamDeclaration, _ http: UpstreamHTTP) {
        self.http = http
        let version = upstream.version.map { "/versions/" + PercentEncoding.encoded($0) } ?? ""
        path = "/v2/models/" + PercentEncoding.encoded(upstream.model) + version
        outputs = upstream.outputs.map(\.name)
    }

    func close() {}

    func describe(timeoutMilliseconds: Int) async throws(UpstreamFailure) -> UpstreamDescription {
        do throws(UpstreamFailure) {
            _ = try await http.send(.GET, path + "/ready", timeoutMilliseconds: timeoutMilliseconds)
        } catch .refused(let text) {
            // Some servers say so that a model is not ready.
            throw .failed("the model is not ready there: \(text)")
        }
        let bytes = try await http.send(.GET, path, timeoutMilliseconds: timeoutMilliseconds)
        let root = try Self.object(bytes)
        return UpstreamDescription(
            inputs: try Self.signatures(root["inputs"], "inputs"),
            outputs: try Self.signatures(root["outputs"], "outputs"),
            properties: Self.texts(root["properties"])
        )
    }

    func infer(_ inputs: [Tensor], timeoutMilliseconds: Int) async throws(UpstreamFailure) -> UpstreamAnswer {
        let question = try question(inputs, timeoutMilliseconds)
        let bytes = try await http.send(
            .POST,
            path + "/infer",
            body: question,
            timeoutMilliseconds: timeoutMilliseconds
        )
        let root = try Self.object(bytes)
        guard let list = root["outputs"], list.kind == .array else { throw .wrong("the answer has no list 'outputs'") }
        var outputs: [Tensor] = []
        do throws(ServiceError) {
            for node in list.elements { outputs.append(try TensorParts(node, role: .output).tensor()) }
        } catch {
            throw .wrong(error.message)
        }
        return UpstreamAnswer(version: root["model_version"]?.string, outputs: outputs)
    }

    /// The question, with the time that is left for it in the parameter that servers know for that.
    private func question(_ inputs: [Tensor], _ milliseconds: Int) throws(UpstreamFailure) -> [UInt8] {
        for input in inputs {
            if let reason = input.data.jsonRefusal {
                throw .refused("the input '\(input.name)' \(reason), which JSON cannot say")
            }
        }
        var writer = JSONWriter(capacity: 512)
        writer.object { writer in
            writer.name("parameters")
            writer.object { $0.member("timeout", milliseconds * 1000) }
            writer.name("inputs")
            writer.array(inputs) { writer, input in
                writer.object { writer in
                    writer.member("name", input.name)
                    writer.member("datatype", input.data.type.rawValue)
                    writer.name("shape")
                    writer.array(input.shape) { $0.integer(Int64($1)) }
                    writer.name("data")
                    input.data.write(to: &writer)
                }
            }
            writer.name("outputs")
            writer.array(outputs) { writer, name in writer.object { $0.member("name", name) } }
        }
        return writer.bytes
    }

    private static func object(_ bytes: [UInt8]) throws(UpstreamFailure) -> JSONNode {
        let root: JSONNode
        do throws(JSONError) {
            root = try JSONDocument.parse(bytes, limits: JSONLimits(maxBytes: max(64, bytes.count))).root
        } catch {
            throw .wrong(error.message)
        }
        guard root.kind == .object else { throw .wrong("the answer is no JSON object") }
        return root
    }

    /// The members that are texts.
    private static func texts(_ node: JSONNode?) -> [String: String] {
        var texts: [String: String] = [:]
        for member in node?.members.map({ $0 }) ?? [] { texts[member.name] = member.value.string }
        return texts
    }

    private static func signatures(_ node: JSONNode?, _ list: String) throws(UpstreamFailure) -> [TensorSignature] {
        guard let node, node.kind == .array else { return [] }
        var signatures: [TensorSignature] = []
        for element in node.elements {
            guard let name = element["name"]?.string, let shape = element["shape"], shape.kind == .array,
                let type = element["datatype"]?.string.flatMap(TensorType.init(rawValue:))
            else { throw .wrong("its metadata has '\(list)' that cannot be read") }
            let lengths = shape.elements.map { $0.integer.flatMap { Int(exactly: $0) } ?? -1 }
            signatures.append(TensorSignature(name: name, type: type, shape: lengths))
        }
        return signatures
    }
}
