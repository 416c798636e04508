import Foundation
import Testing

@testable import SlipwayConnectors
@testable import SlipwayService

/// Upstreams over HTTP, against a server that answers what it likes.
@Suite struct HTTPUpstreamsTests {
    private static func declaration(_ port: UInt16, _ dialect: String, _ more: String = "") throws
        -> UpstreamDeclaration
    {
        let name = dialect == "mlflow" ? "" : #""model": "a/b c", "version": "3", "#
        let text = """
            {"apiVersion": "slipway/v1", "kind": "Upstream", "url": "http://127.0.0.1:\(port)/base/",
             "protocol": "\(dialect)", \(name)\(more)
             "inputs": [{"name": "x", "datatype": "FP32", "shape": [-1, 2]}],
             "outputs": [{"name": "y", "datatype": "FP32", "shape": [-1]}],
             "limits": {"answerBytes": 2048}}
            """
        return try UpstreamDeclaration(Array(text.utf8))
    }

    private static let known = """
        "properties": {"slipway.features": "[\\"a\\",\\"b\\"]"},
        "check": {"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 2], "data": [1, 2]}],
                  "outputs": [{"name": "y", "datatype": "FP32", "shape": [1], "data": [3]}]},
        """

    private static func answer(_ status: String, _ body: String, _ headers: String = "") -> String {
        "HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)"
    }

    private static let question = [Tensor(name: "x", shape: [1, 2], data: .fp32([1, 2.5]))]

    /// What one question to a server with this answer comes to, and what the server was sent.
    private static func ask(
        _ answer: String,
        _ dialect: String = "open-inference",
        milliseconds: Int = 5000
    ) async throws -> (Result<UpstreamAnswer, UpstreamFailure>, [String]) {
        let receiver = try LocalReceiver(answer: answer)
        let more = dialect == "mlflow" ? known : ""
        let transport = try #require(
            HTTPUpstreams.transport(to: try declaration(receiver.port, dialect, more))
        )
        do throws(UpstreamFailure) {
            return (.success(try await transport.infer(question, timeoutMilliseconds: milliseconds)), receiver.requests)
        } catch {
            return (.failure(error), receiver.requests)
        }
    }

    @Test func `a question goes out as the protocol has it, with the time that is left`() async throws {
        let body =
            #"{"model_name":"m","model_version":"3","outputs":[{"name":"y","datatype":"FP32","shape":[1],"data":[3]}]}"#
        let (result, requests) = try await Self.ask(Self.answer("200 OK", body), milliseconds: 1500)
        let answer = try result.get()
        #expect(answer.version == "3" && answer.outputs == [Tensor(name: "y", shape: [1], data: .fp32([3]))])
        let request = try #require(requests.first)
        #expect(request.hasPrefix("POST /base/v2/models/a%2Fb%20c/versions/3/infer HTTP/1.1\r\n"), "\(request)")
        #expect(
            request.contains(
                #"{"parameters":{"timeout":1500000},"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1.0,2.5]}],"outputs":[{"name":"y"}]}"#
            ),
            "\(request)"
        )
    }

    @Test func `MLflow is asked with a table of named columns, and may answer in three ways`() async throws {
        for predictions in ["[3]", #"[{"y":3}]"#, #"{"y":[3.0]}"#] {
            let (result, requests) = try await Self.ask(
                Self.answer("200 OK", #"{"predictions": \#(predictions)}"#),
                "mlflow"
            )
            #expect(try result.get().outputs == [Tensor(name: "y", shape: [1], data: .fp32([3]))], "\(predictions)")
            #expect(requests.first?.hasPrefix("POST /base/invocations HTTP/1.1") == true)
            #expect(requests.first?.contains(#"{"dataframe_split":{"columns":["a","b"],"data":[[1.0,2.5]]}}"#) == true)
        }
        for predictions in ["3", "[null]", "[[1],[2,3]]", #"[{"z":3}]"#, #"[{"y":3},4]"#, #"{"y":3}"#, #"["high"]"#] {
            let (result, _) = try await Self.ask(Self.answer("200 OK", #"{"predictions": \#(predictions)}"#), "mlflow")
            guard case .failure(.wrong) = result else {
                Issue.record("\(predictions): \(result)")
                continue
            }
        }
    }

    @Test func `what is no answer is told apart, and nothing is followed`() async throws {
        let output = #"{"outputs":[{"name":"y","datatype":"FP32","shape":[1],"data":"#
        let cases: [(answer: String, kind: String)] = [
            (Self.answer("302 Found", "", "Location: http://127.0.0.1:9/\r\n"), "wrong"),
            (Self.answer("200 OK", "{"), "wrong"), (Self.answer("200 OK", "[]"), "wrong"),
            (Self.answer("200 OK", "{}"), "wrong"), (Self.answer("200 OK", output + "[null]}]}"), "wrong"),
            (Self.answer("200 OK", output + #"["3"]}]}"#), "wrong"),
            (Self.answer("200 OK", output + "[1,2]}]}"), "wrong"),
            (Self.answer("200 OK", output + "[1e39]}]}"), "wrong"),
            (Self.answer("200 OK", "[" + String(repeating: "1,", count: 2000) + "1]"), "wrong"),
            ("HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", "wrong"),
            (Self.answer("400 Bad Request", #"{"error":"no such\nletter"}"#), "refused"),
            (Self.answer("422 Unprocessable", #"{"detail":[]}"#), "refused"),
            (Self.answer("503 Service Unavailable", ""), "overloaded"), (Self.answer("429 Too Many", ""), "overloaded"),
            (Self.answer("500 Internal Server Error", "oops"), "failed"), (Self.answer("404 Not Found", ""), "failed"),
            (Self.answer("401 Unauthorized", ""), "failed"),
            ("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", "broken"), ("nonsense\r\n\r\n", "broken"),
            ("", "broken"),
        ]
        for row in cases {
            let (result, requests) = try await Self.ask(row.answer)
            guard case .failure(let failure) = result else {
                Issue.record("\(row.answer) was taken")
                continue
            }
            #expect(failure.kind == row.kind || (row.kind == "broken" && failure.kind == "wrong"), "\(row): \(failure)")
            #expect(!failure.sentence.contains("\n"))
            #expect(requests.count == 1, "sent once, whatever came back: \(row)")
        }
    }

    @Test func `nobody at the port is told from nobody in time`() async throws {
        let nobody = try LocalReceiver(answer: nil)
        defer { withExtendedLifetime(nobody) {} }
        let transport = try #require(HTTPUpstreams.transport(to: try Self.declaration(nobody.port, "open-inference")))
        await #expect(throws: UpstreamFailure.unreachable("the connection was refused, or the host is not known")) {
            try await transport.infer(Self.question, timeoutMilliseconds: 5000)
        }
        // The answer's head comes, and its body never does ("chunked" keeps the connection open).
        let (result, _) = try await Self.ask("HTTP/1.1", milliseconds: 1)
        guard case .failure(let failure) = result else {
            Issue.record("\(result)")
            return
        }
        #expect(["late", "broken", "wrong"].contains(failure.kind))
    }
}
