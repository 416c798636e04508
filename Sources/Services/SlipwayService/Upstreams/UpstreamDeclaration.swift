internal import SlipwayDomain
internal import SlipwayJSON

/// A version that runs somewhere else: where that is, and what it is held to.
///
/// It is the version's file, and so what a decision is about: its digest pins the address, the model and version there,
/// the signature, and the question whose answer is known.
package struct UpstreamDeclaration: Sendable {
    /// What is spoken with the upstream.
    package enum Dialect: String, Sendable, CaseIterable {
        case openInference = "open-inference"
        case openInferenceGRPC = "open-inference-grpc"
        case mlflow
    }

    /// A question with its answer: an upstream that answers otherwise is not the one that was decided about.
    package struct Check: Sendable {
        package let inputs: [Tensor]
        package let outputs: [Tensor]
        /// Numbers may differ by so much of the larger of 1 and their own size.
        package let tolerance: Double
    }

    package let url: WebhookURL
    package let dialect: Dialect
    /// What the model and its version are called there; the version is left to the upstream when it is nil.
    package let model: String
    package let version: String?
    package let inputs: [TensorSignature]
    package let outputs: [TensorSignature]
    /// What a model file's metadata would say, such as `slipway.features`.
    package let properties: [String: String]
    package let check: Check?
    package let limits: Limits
    /// The share of answers after which a question is asked a second time; nil, as usual, for never.
    package let hedgeQuantile: Double?

    /// What one upstream may take.
    package struct Limits: Sendable, Equatable {
        /// Milliseconds for an answer, whatever the client and the server would allow.
        package var timeoutMilliseconds = 10_000
        /// Connections at once; requests wait for one, four to each.
        package var connections = 16
        package var answerBytes = 16 << 20

        package init() {}

        package var requests: Int { 4 * connections }
    }

    /// The last letters of the file's name.
    package static let suffix = "upstream.json"
    static let mostBytes = 1 << 20
    static let apiVersion = "slipway/v1"

    /// Whether a version's file is a declaration; no model file begins so.
    package static func isDeclaration(_ bytes: [UInt8]) -> Bool {
        bytes.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } == UInt8(ascii: "{")
    }

    /// Reads a declaration strictly: what is not known is refused, because leaving it out would change what was meant.
    package init(_ bytes: [UInt8]) throws(ServiceError) {
        let node: JSONNode
        let root: [String: JSONValue]
        do throws(JSONError) {
            node = try JSONDocument.parse(bytes, limits: JSONLimits(maxBytes: Self.mostBytes, maxDepth: 32)).root
            guard let object = try JSONValue(node).object else { throw JSONError("it is no JSON object") }
            root = object
        } catch {
            throw Self.wrong(error.message)
        }
        try Self.refuseOthers(
            root,
            than: [
                "apiVersion", "kind", "url", "protocol", "model", "version", "inputs", "outputs", "properties",
                "limits",
                "hedge", "check",
            ],
            in: "it"
        )
        guard root["apiVersion"]?.string == Self.apiVersion, root["kind"]?.string == "Upstream" else {
            throw Self.wrong("it begins with \"apiVersion\": \"\(Self.apiVersion)\", \"kind\": \"Upstream\"")
        }
        url = try Self.url(root["url"])
        dialect = try Self.dialect(root["protocol"])
        (model, version) = try Self.names(root, dialect)
        inputs = try Self.signatures(node["inputs"], "inputs")
        outputs = try Self.signatures(node["outputs"], "outputs")
        properties = try Self.properties(root["properties"])
        limits = try Self.limits(root["limits"])
        hedgeQuantile = try Self.hedge(root["hedge"])
        check = try Self.check(node["check"], root["check"])
        try validate()
    }

    static func wrong(_ text: String) -> ServiceError { .invalid("the upstream's declaration: \(text)") }

    private func validate() throws(ServiceError) {
        guard dialect != .openInferenceGRPC || url.path == "/" else {
            throw Self.wrong("gRPC has no paths: leave out '\(url.path.prefix(80))' in its \"url\"")
        }
        let shortFloats: Set<TensorType> = [.fp16, .bf16]
        if dialect != .openInferenceGRPC, (inputs + outputs).contains(where: { shortFloats.contains($0.type) }) {
            throw Self.wrong("FP16 and BF16 have no form in JSON: use the protocol open-inference-grpc")
        }
        guard let check else {
            guard dialect != .mlflow else {
                throw Self.wrong(
                    "MLflow's /invocations says nothing of its model: add a \"check\", a question and its answer"
                )
            }
            return
        }
        let question = InferenceRequest(id: nil, key: nil, inputs: check.inputs, outputs: nil)
        do throws(ServiceError) {
            try InferenceCheck.check(question, inputs: inputs, outputs: outputs)
            try UpstreamAnswerCheck.check(check.outputs, against: outputs)
        } catch {
            throw Self.wrong("its \"check\" does not fit: \(error.message)")
        }
    }
}
