import Foundation
import SlipwayDomain
import SlipwayMLflow
import Testing

/// The answers that MLflow 3.18 gave to the same calls in the same order.
@Suite struct RegistryGoldenTests {
    /// Where Slipway differs on purpose, and how.
    private static let differences: [String: Int] = [
        // MLflow sends the client to another path; there is nothing to be found there.
        "traversal DELETE /etc/passwd": 400, "traversal DELETE %2Fetc%2Fpasswd": 400,
        // The recorded server kept its artifacts where parts cannot be sent to; the issue asks for uploads in parts.
        "mpu create local": 200,
        // MLflow stores these names; bad-input.md asks to refuse them.
        "traversal GET a%00b": 400, "traversal PUT a%00b": 400, "traversal DELETE a%00b": 400,
        "traversal GET a%5c..%5cb": 400, "traversal PUT a%5c..%5cb": 400, "traversal DELETE a%5c..%5cb": 400,
    ]
    private static let recordedRun = "ceb919583c174c9ebd43870e2e188554"

    @Test("Every call of registry and artifacts answers as MLflow does")
    func golden() async throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../Fixtures/mlflow-registry-golden.json")
        let exchanges = try #require(try JSONValue(parsing: Array(Data(contentsOf: file))).array)
        #expect(exchanges.count == 112)
        let server = try await RegistryServer()
        try await server.serving { client in
            let run = try await server.makeRun(client)
            for exchange in exchanges { try await Self.check(exchange, run: run, client) }
            #expect(try server.outsideIsUntouched())
        }
    }

    private static func check(_ exchange: JSONValue, run: String, _ client: RawClient) async throws {
        let label = exchange["label"]?.string ?? ""
        let answer: RawClient.Answer
        if let request = exchange["req"]?.string {
            answer = try await send(request, exchange, run: run, client)
        } else {
            let words = label.split(separator: " ", maxSplits: 2)
            answer = try await client.send("\(words[1]) /api/2.0/mlflow-artifacts/artifacts/\(words[2])", body: [])
        }
        let status = differences[label] ?? exchange["status"]?.integer.map { Int($0) }
        #expect(answer.status == status, "\(label): \(answer.text.prefix(300))")
        guard differences[label] == nil, let recorded = exchange["resp"] else { return }
        if let text = recorded.string, !text.hasPrefix("{") {
            #expect(answer.text == text, "\(label)")
        } else if (status ?? 0) >= 400 {
            // A folder's answer has no code in MLflow; Slipway gives the usual error body.
            let code = recorded["error_code"]?.string ?? "INVALID_PARAMETER_VALUE"
            #expect(answer.errorCode == code, "\(label)")
            #expect((answer.json["message"]?.string?.count ?? 0) > 15, "\(label)")
        } else {
            let wanted = try recorded.string.map { try JSONValue(parsing: Array(masked($0, run).utf8)) } ?? recorded
            let got = try JSONValue(parsing: Array(masked(answer.text, run).utf8))
            #expect(try withoutTimes(got) == withoutTimes(wanted), "\(label)")
        }
    }

    private static func send(
        _ line: String,
        _ exchange: JSONValue,
        run: String,
        _ client: RawClient
    ) async throws -> RawClient.Answer {
        var line = line
        var pairs: [String] = []
        for (name, value) in (exchange["params"]?.object ?? [:]).sorted(by: { $0.key < $1.key }) {
            for item in value.array ?? [value] {
                pairs.append("\(name)=" + encoded(item.string ?? item.integer.map { "\($0)" } ?? ""))
            }
        }
        if !pairs.isEmpty { line += "?" + pairs.joined(separator: "&") }
        line = line.replacing("<run>", with: run).replacing(recordedRun, with: run)
        let isUpload = line.hasPrefix("PUT")
        let body = exchange["body"]?.string ?? (isUpload ? (line.contains("a.txt") ? "hello" : "x") : nil)
        return try await client.send(
            line,
            headers: isUpload ? [:] : ["Content-Type": "application/json"],
            body: body.map { Array($0.replacing("<run>", with: run).utf8) }
        )
    }

    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            let isPlain = (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
            return isPlain ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }

    private static func masked(_ text: String, _ run: String) -> String {
        text.replacing("<ms>", with: "0").replacing(run, with: "<run>")
    }

    private static func withoutTimes(_ value: JSONValue) throws -> JSONValue {
        switch value {
        case .array(let items): return .array(try items.map(withoutTimes))
        case .object(let members):
            var output = try members.mapValues(withoutTimes)
            for name in ["creation_timestamp", "last_updated_timestamp"] where output[name] != nil { output[name] = 0 }
            return .object(output)
        default: return value
        }
    }
}
