import Foundation
import SlipwayDomain

/// One recorded exchange with a real MLflow 3.18 server: a request, and the status and body that came back.
struct GoldenEntry: Sendable {
    let label: String
    /// Method and path; nil for a note that the recording's author left between exchanges.
    let method: String?
    let path: String
    let query: [(name: String, value: String)]
    let headers: [String: String]
    let body: String?
    let status: Int?
    let mediaType: String?
    /// JSON as it was recorded, or a text that is no JSON.
    let answer: JSONValue
    /// Whether the recording breaks off in the middle of its answer.
    let isCut: Bool

    /// The run that the recording's author forgot to mask in some places.
    static let unmaskedRun = "ceb919583c174c9ebd43870e2e188554"

    static func all() throws -> [GoldenEntry] {
        guard let entries = try JSONValue(parsing: Checkout.fixture("mlflow-golden.json")).array else {
            throw SystemTestError("mlflow-golden.json is no list")
        }
        return try entries.map(GoldenEntry.init)
    }

    private init(_ json: JSONValue) throws {
        label = json["label"]?.string ?? ""
        status = json["status"]?.integer.map { Int($0) }
        let words = Self.requestLine(label, json).split(separator: " ", maxSplits: 1).map(String.init)
        method = words.first
        path = words.count > 1 ? words[1] : ""
        query = (json["params"]?.object ?? [:]).sorted { $0.key < $1.key }.flatMap { name, value in
            (value.array ?? [value]).map { (name, ($0.string ?? $0.integer.map(String.init) ?? "")) }
        }
        let made = GoldenUnrecorded.requests[label]
        let body = try made?.body ?? json["body"]?.string ?? Self.searchBody(json)
        self.body = body
        if let body, made == nil, (try? JSONValue(parsing: Array(body.replacing("<ms>", with: "1").utf8))) == nil {
            throw SystemTestError("the recorded body of '\(label)' was cut: make it again")
        }
        var headers = made?.headers ?? [:]
        let isJSON = body != nil && headers["Content-Type"] == nil && !path.contains("mlflow-artifacts/artifacts")
        if isJSON { headers["Content-Type"] = "application/json" }
        self.headers = headers
        mediaType = json["ctype"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        (answer, isCut) = try Self.answer(json["resp"] ?? .null)
    }

    private static func requestLine(_ label: String, _ json: JSONValue) -> String {
        if let line = json["req"]?.string { return line }
        if label.hasPrefix("search:") { return "POST \(RawHTTP.mlflow)/runs/search" }
        let words = label.split(separator: " ", maxSplits: 2)
        guard words.count == 3, words[0] == "traversal" else { return "" }
        return "\(words[1]) /api/2.0/mlflow-artifacts/artifacts/\(words[2])"
    }

    /// Searches were recorded as their filter and their other arguments.
    private static func searchBody(_ json: JSONValue) throws -> String? {
        guard let arguments = json["args"]?.object else { return nil }
        var body = arguments
        body["experiment_ids"] = ["1"]
        if let filter = json["filter"]?.string { body["filter"] = .string(filter) }
        return String(decoding: try CanonicalJSON.bytes(of: .object(body)), as: UTF8.self)
    }

    /// The answer's JSON. Masked times stand bare in it, MLflow writes a bare NaN, and one answer was cut.
    private static func answer(_ recorded: JSONValue) throws -> (JSONValue, Bool) {
        guard let text = recorded.string, text.hasPrefix("{") else { return (recorded, false) }
        let quoted = text.replacing(": <ms>", with: ": \"<ms>\"").replacing(":<ms>", with: ":\"<ms>\"")
            .replacing(":NaN", with: ":\"NaN\"")
        guard quoted.hasSuffix("…") else { return (try JSONValue(parsing: Array(quoted.utf8)), false) }
        guard let end = quoted.range(of: "}", options: .backwards)?.upperBound else {
            throw SystemTestError("no object of the cut recording is whole")
        }
        return (try JSONValue(parsing: Array(closed(String(quoted[..<end])).utf8)), true)
    }

    /// The text with every object and list closed that is open at its end.
    private static func closed(_ text: String) -> String {
        var open: [Character] = []
        var isText = false
        for character in text {
            switch character {
            case "\"": isText.toggle()
            case "{" where !isText: open.append("}")
            case "[" where !isText: open.append("]")
            case "}" where !isText, "]" where !isText: open.removeLast()
            default: break
            }
        }
        return text + String(open.reversed())
    }
}
