import Foundation
import SlipwayDomain

/// One case of bad-input.md: a request as it goes over the wire, and the answer that is safe.
struct BadInputRow: Sendable, CustomStringConvertible {
    /// The case's number in bad-input.md.
    let number: String
    let method: String
    let path: String
    var payload = Payload.none
    var headers: [String: String] = [:]
    /// MLflow's error in JSON, with this status.
    var statuses: Set<Int> = [400]
    /// What a good answer must hold; only where the request is a lawful one that must do no harm.
    var answers: String?
    /// Who words the refusal.
    var form = Form.mlflow

    /// The forms of refusals that MLflow's own server has.
    enum Form: Sendable {
        case mlflow
        /// `{"detail": ...}`, by `/v1/traces`.
        case spans
        /// `{"data": null, "errors": [...]}`, by `/graphql`.
        case graph
        /// A page for people, where no call of an API begins.
        case page

        var mediaType: String { self == .page ? "text/html" : "application/json" }

        func isRefusal(_ answer: Answer) -> Bool {
            switch self {
            case .mlflow: Door.mlflow.isError(answer)
            case .spans: answer.json?["detail"] != nil
            case .page: Door.console.isError(answer)
            case .graph: answer.json?["data"] == .null && answer.json?["errors"]?.array?.isEmpty == false
            }
        }
    }

    var description: String { "\(number) \(method) \(path.prefix(200))" }

    init(_ number: String, _ method: String, _ path: String, statuses: Set<Int> = [400]) {
        self.number = number
        self.method = method
        self.path = path
        self.statuses = statuses
    }

    /// A 2.0 call with a JSON body written by hand.
    init(_ number: String, _ call: String, json: String, statuses: Set<Int> = [400]) {
        self.init(number, "POST", RawHTTP.mlflow + "/" + call, statuses: statuses)
        payload = .bytes(Array(json.utf8))
        headers = ["Content-Type": "application/json"]
    }

    /// The same row as a lawful request, whose answer holds a text.
    func accepted(_ text: String = "") -> BadInputRow {
        var row = self
        row.statuses = [200]
        row.answers = text
        return row
    }

    /// The same row, refused in another form.
    func refused(as form: Form) -> BadInputRow {
        var row = self
        row.form = form
        return row
    }

    func sending(_ payload: Payload, _ headers: [String: String] = [:]) -> BadInputRow {
        var row = self
        row.payload = payload
        row.headers.merge(headers) { $1 }
        return row
    }

    /// Why an answer is not the wanted one; nil when it is.
    func fault(in answer: Answer) -> String? {
        guard statuses.contains(answer.status) else { return "is not \(statuses.sorted())" }
        if let answers { return answer.text.contains(answers) ? nil : "does not hold '\(answers)'" }
        guard method != "HEAD" else { return nil }
        guard form.isRefusal(answer), answer.mediaType == form.mediaType else {
            return "is no error of MLflow's"
        }
        return answer.headers["x-content-type-options"] == "nosniff" ? nil : "may be sniffed"
    }

    /// The row with this server's names in it.
    func filled(_ names: [String: String]) -> BadInputRow {
        func replaced(_ text: String) -> String {
            names.reduce(text) { $0.replacing($1.key, with: $1.value) }
        }
        var row = BadInputRow(number, method, replaced(path), statuses: statuses)
        row.headers = headers.mapValues(replaced)
        row.form = form
        row.answers = answers.map(replaced)
        row.payload = payload
        // Bytes that are no text stay as they are.
        if case .bytes(let bytes) = payload, let text = String(validating: bytes, as: UTF8.self) {
            row.payload = .bytes(Array(replaced(text).utf8))
        }
        return row
    }
}
