import SlipwayDomain

/// The dialects of errors that the server speaks.
enum Door: Sendable {
    case mlflow, inference, native, console

    /// Whether an answer is an error in this door's form, with a sentence in it.
    func isError(_ answer: Answer) -> Bool {
        guard (400..<600).contains(answer.status) else { return false }
        switch self {
        case .mlflow:
            return answer.json?["error_code"]?.string?.isEmpty == false
                && answer.json?["message"]?.string?.isEmpty == false
        case .inference: return answer.json?["error"]?.string?.isEmpty == false
        case .native:
            return answer.headers["content-type"] == "application/problem+json"
                && answer.json?["detail"]?.string?.isEmpty == false
                && answer.json?["status"]?.integer == Int64(answer.status)
        case .console:
            return answer.headers["content-type"]?.hasPrefix("text/html") == true && answer.text.contains("<h1")
        }
    }
}

/// A place that reads JSON.
struct JSONPlace: Sendable, CustomStringConvertible {
    let door: Door
    let path: String
    var method = "POST"

    var description: String { "\(method) \(path)" }

    static let all = [
        JSONPlace(door: .mlflow, path: RawHTTP.mlflow + "/runs/log-batch"),
        JSONPlace(door: .mlflow, path: RawHTTP.mlflow + "/runs/create"),
        JSONPlace(door: .mlflow, path: "/ajax-api/2.0/mlflow/model-versions/create"),
        JSONPlace(door: .inference, path: "/v2/models/tiny/infer"),
        JSONPlace(door: .inference, path: "/v2/models/tiny/versions/1/infer"),
        JSONPlace(door: .native, path: RawHTTP.native + "/models/tiny/versions/1/ship"),
        JSONPlace(door: .native, path: RawHTTP.native + "/models/tiny/versions/1/check"),
        JSONPlace(door: .native, path: RawHTTP.native + "/models/tiny/versions/1/reference", method: "PUT"),
        JSONPlace(door: .native, path: RawHTTP.native + "/models/tiny/rollback"),
        JSONPlace(door: .native, path: RawHTTP.native + "/models/tiny/labels"),
        JSONPlace(door: .native, path: RawHTTP.native + "/clock"),
        JSONPlace(door: .native, path: RawHTTP.native + "/users"),
    ]
}
