import Foundation
import SlipwayDomain

/// Asks a server what the recorded one was asked, in the same order.
struct GoldenReplay {
    let http: RawHTTP
    private var match = GoldenMatch()
    private var isFilled = false
    /// The five runs that the recorded searches looked at, and the first run under its last name.
    private var searched: [String: String] = [:]
    /// The recording's page tokens and this server's: they are opaque.
    private var tokens: [String: String] = [:]

    init(http: RawHTTP) { self.http = http }

    /// Why the answer is not the wanted one; nil when it is.
    mutating func check(_ entry: GoldenEntry) async throws -> String? {
        guard let method = entry.method else { return try await checkNote(entry) }
        if entry.label.hasPrefix("search:"), !isFilled { try await fill() }
        let answer = try await ask(entry, method)
        let wrong = try judge(entry, answer)
        try await remember(entry.label, answer)
        return wrong.map { "\($0); the answer was \(answer)" }
    }

    private func ask(_ entry: GoldenEntry, _ method: String) async throws -> Answer {
        var path = match.filled(entry.path)
        if !entry.query.isEmpty {
            let items = entry.query.map { "\($0.name)=\(Self.encoded(tokens[$0.value] ?? match.filled($0.value)))" }
            path += "?" + items.joined(separator: "&")
        }
        var body = entry.body.map(match.filled)
        for (recorded, own) in tokens { body = body?.replacing(recorded, with: own) }
        let payload: Payload = body.map { $0.isEmpty ? .none : .bytes(Array($0.utf8)) } ?? .none
        return try await http.send(method, path, payload, headers: entry.headers)
    }

    private mutating func judge(_ entry: GoldenEntry, _ answer: Answer) throws -> String? {
        guard let difference = GoldenDifference.all[entry.label] else {
            if answer.status != entry.status { return "the status is not \(entry.status ?? 0)" }
            if let type = entry.mediaType, answer.mediaType != type { return "the content type is not \(type)" }
            return try judge(entry, entry.answer, answer)
        }
        switch difference.answer {
        case .error(let status, let code):
            // What MLflow has come to refuse as well is no difference any more.
            if status == entry.status, code == entry.answer["error_code"]?.string { return "it is no difference" }
            guard answer.status == status, answer.json?["error_code"]?.string == code, Door.mlflow.isError(answer)
            else {
                return "the difference is not \(status) \(code)"
            }
            return nil
        case .text(let text): return answer.status == entry.status && answer.text == text ? nil : "it is not \(text)"
        case .success(let member):
            if entry.status == 200 { return "it is no difference" }
            return answer.status == 200 && answer.json?[member] != nil ? nil : "it has no \(member)"
        case .changed(let change):
            if answer.status != entry.status { return "the status is not \(entry.status ?? 0)" }
            let changed = change(entry.answer)
            return changed == entry.answer ? "it is no difference" : try judge(entry, changed, answer)
        }
    }

    private mutating func judge(_ entry: GoldenEntry, _ recorded: JSONValue, _ answer: Answer) throws -> String? {
        if let next = recorded["next_page_token"]?.string {
            guard let own = answer.json?["next_page_token"]?.string else { return "no page follows" }
            tokens[next] = own
        }
        if let code = recorded["error_code"] {
            for name in ["sqlstate", "error_class"] where recorded[name] != nil && recorded[name] != answer.json?[name]
            {
                return "\(name) is another"
            }
            guard answer.json?["error_code"] == code, Door.mlflow.isError(answer) else {
                return "the code is not \(code)"
            }
            return nil
        }
        if entry.label.hasPrefix("search:") { return judgeSearch(entry, answer) }
        if let text = recorded.string { return answer.text == text ? nil : "the text is not '\(text)'" }
        guard let json = answer.json else { return "it is no JSON" }
        return match.difference(recorded, own(json, recorded), isCut: entry.isCut)
    }

    /// The answer with the recording's page token in place of this server's.
    private func own(_ json: JSONValue, _ recorded: JSONValue) -> JSONValue {
        guard var members = json.object, members["next_page_token"] != nil, let token = recorded["next_page_token"]
        else { return json }
        members["next_page_token"] = token
        return .object(members)
    }

    // MARK: Searches, recorded as the names of what they found

    private mutating func judgeSearch(_ entry: GoldenEntry, _ answer: Answer) -> String? {
        let recorded = entry.answer.array?.compactMap(\.string) ?? Self.names(in: entry.answer.string ?? "")
        let pageFollows = entry.answer.string?.hasSuffix("next=yes") == true
        if pageFollows {
            tokens["eyJvZmZzZXQiOiA\(tokens.isEmpty ? "y" : "0")fQ=="] = answer.json?["next_page_token"]?.string
        }
        // The one order in which s0 and zz differ is that of a param that only s0 has.
        let wanted =
            entry.label.contains("lr rate`']")
            ? recorded : ordered(recorded, byIdentifier: entry.label.contains("'run_id'"))
        let names = (answer.json?["runs"]?.array ?? []).map { $0["info"]?["run_name"]?.string ?? "" }
        if names != wanted { return "it found \(names), not \(wanted)" }
        return pageFollows == (answer.json?["next_page_token"] != nil) ? nil : "the page token is wrong"
    }

    /// `["s0", "zz"] next=yes`.
    private static func names(in text: String) -> [String] {
        text.matches(of: /"([^"]+)"/).map { String($0.1) }
    }

    /// Identifiers differ from the recording's, and they order runs that began at one time: s0 and zz.
    private func ordered(_ names: [String], byIdentifier: Bool) -> [String] {
        func comesFirst(_ left: String, _ right: String) -> Bool { searched[left] ?? "" < searched[right] ?? "" }
        if byIdentifier { return names.sorted(by: comesFirst) }
        var names = names
        if let tie = names.indices.first(where: { names[$0] == "s0" && names.dropFirst($0 + 1).first == "zz" }),
            comesFirst("zz", "s0")
        {
            names.swapAt(tie, tie + 1)
        }
        return names
    }

    private mutating func fill() async throws {
        isFilled = true
        searched["zz"] = match.known["<run>"]
        for index in 0..<5 {
            let made = try await http.post(
                RawHTTP.mlflow + "/runs/create",
                [
                    "experiment_id": "1", "start_time": .integer(1_700_000_000_000 + Int64(index)),
                    "run_name": .string("s\(index)"),
                ]
            )
            guard let run = made.json?["run"]?["info"]?["run_id"]?.string else { throw SystemTestError("\(made)") }
            searched["s\(index)"] = run
            let value: JSONValue = index == 4 ? "NaN" : .number(Double(index) / 10)
            let batch: JSONValue = [
                "run_id": .string(run),
                "metrics": index == 0 ? [] : [["key": "acc", "value": value, "timestamp": 1]],
                "tags": index < 3 ? [["key": "env", "value": "prod"]] : [],
                "params": [
                    ["key": "lr rate", "value": "0.1"], ["key": "opt", "value": index % 2 == 1 ? "Adam" : "sgd"],
                ],
            ]
            try await http.demand("POST", RawHTTP.mlflow + "/runs/log-batch", RawHTTP.json(batch))
        }
    }

    // MARK: Between the exchanges

    private mutating func remember(_ label: String, _ answer: Answer) async throws {
        let json = answer.json
        switch label {
        case "create experiment .. location":
            // MLflow made an experiment of it; this one keeps the following numbers equal.
            let body: JSONValue = ["name": "t1"]
            try await http.demand("POST", RawHTTP.mlflow + "/experiments/create", RawHTTP.json(body))
        case "create run": match.known["<run>"] = json?["run"]?["info"]?["run_id"]?.string
        case "create logged model": match.known["<model>"] = json?["model"]?["info"]?["model_id"]?.string
        case "webhook create": match.known["<wh>"] = json?["webhook"]?["webhook_id"]?.string
        default: break
        }
    }

    private func checkNote(_ entry: GoldenEntry) async throws -> String? {
        if entry.label == "token form" { return tokens[entry.answer.string ?? ""] == nil ? "no token" : nil }
        let data = try await http.get(RawHTTP.mlflow + "/runs/get?run_id=" + (match.known["<run>"] ?? ""))
            .json?["run"]?["data"]
        func values(_ list: String, _ key: String) -> [JSONValue] {
            (data?[list]?.array ?? []).filter { $0["key"]?.string == key }.compactMap { $0["value"] }
        }
        let found: JSONValue = [
            "metric_atomic": .bool(!values("metrics", "atomic").isEmpty),
            "tag_atomictag": .bool(!values("tags", "atomictag").isEmpty),
            "atomicparam": .bool(!values("params", "atomicparam").isEmpty),
            "dt": .array(values("tags", "dt")),
        ]
        return found == entry.answer ? nil : "\(found)"
    }

    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            let isPlain = (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
            return isPlain ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }
}

extension Answer {
    /// The content type without its parameters; empty when there is none.
    var mediaType: String {
        String((headers["content-type"] ?? "").prefix { $0 != ";" }).trimmingCharacters(in: .whitespaces)
    }
}
