import Foundation

extension BadInputTable {
    /// B1.4, B1.6, B1.7 and B1.10: every spelling of a way out at every call that takes a file's path.
    static let everywhere: [BadInputRow] = spellings.flatMap { spelling in
        calls(spelling.escaped) + steps(spelling)
    }

    /// A way out, as the client means it before its library escapes it for a URL.
    private struct Spelling {
        let number: String
        let text: String
        /// A client tells where a file lies on its own machine: an absolute path is no trick in a body of `mpu/*`.
        var isTrickInBody = true

        /// The text as a value in a query or path, so that the server reads exactly `text` after decoding it once.
        var escaped: String {
            text.utf8.map { byte in
                let isPlain =
                    (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 46
                return isPlain ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }.joined()
        }
    }

    private static let spellings: [Spelling] = [
        Spelling(number: "B1.1", text: "../../secret"), Spelling(number: "B1.1", text: "a/../../../secret"),
        Spelling(number: "B1.4", text: "a;/../../b"), Spelling(number: "B1.4", text: "..;/..;/secret"),
        Spelling(number: "B1.4", text: ";%2e%2e/b"), Spelling(number: "B1.6", text: "%2e%2e/%2e%2e/secret"),
        Spelling(number: "B1.6", text: "%2e%2e%2f%2e%2e%2fsecret"),
        Spelling(number: "B1.6", text: "%252e%252e/%252e%252e/secret"),
        Spelling(number: "B1.6", text: "%25252e%25252e%25252fsecret"),
        Spelling(number: "B1.6", text: "..%5c..%5csecret"),
        Spelling(number: "B1.6", text: "..\\..\\secret"), Spelling(number: "B1.6", text: "%c0%ae%c0%ae/secret"),
        Spelling(number: "B1.6", text: "a\u{0}b"), Spelling(number: "B1.6", text: "a%00b"),
        Spelling(number: "B1.6", text: "C:\\secret", isTrickInBody: false),
        Spelling(number: "B1.6", text: "//server/share", isTrickInBody: false),
        Spelling(number: "B1.7", text: "/tmp/x", isTrickInBody: false),
        Spelling(number: "B1.7", text: "file:///etc/passwd"),
        Spelling(number: "B1.7", text: ".."), Spelling(number: "B1.7", text: "a\u{1}b"),
        Spelling(number: "B1.7", text: "a#/../../b"), Spelling(number: "B5.38", text: "a\r\nX-Evil: yes"),
        Spelling(number: "B1.7", text: String(repeating: "a", count: 300)),
        Spelling(number: "B1.7", text: String(repeating: "b/", count: 2500) + "c"),
    ]

    private static func calls(_ path: String) -> [BadInputRow] {
        let number = "B1.10"
        let ajax = "/ajax-api/2.0/mlflow"
        return [
            BadInputRow(number, "GET", "\(RawHTTP.mlflow)/artifacts/list?run_id=<run>&path=\(path)"),
            BadInputRow(number, "GET", "/get-artifact?run_uuid=<run>&path=\(path)"),
            BadInputRow(number, "GET", "/model-versions/get-artifact?name=good&version=1&path=\(path)"),
            BadInputRow(number, "GET", "\(ajax)/logged-models/<model>/artifacts/files?artifact_file_path=\(path)"),
            BadInputRow(
                number,
                "GET",
                "\(RawHTTP.mlflow)/logged-models/<model>/artifacts/directories?artifact_directory_path=\(path)"
            ),
            BadInputRow(number, "GET", "\(ajax)/get-trace-artifact?request_id=<trace>&path=\(path)"),
            // A trace's own name leads nowhere either; no such trace is as good an answer.
            BadInputRow(number, "GET", "\(ajax)/get-trace-artifact?request_id=\(path)", statuses: [400, 404]),
            BadInputRow(number, "POST", "\(ajax)/upload-artifact?run_uuid=<run>&path=\(path)").sending(.bytes([1])),
            BadInputRow(number, "GET", "\(store)?path=\(path)"), BadInputRow(number, "GET", "\(store)/\(path)"),
            BadInputRow(number, "PUT", "\(store)/\(path)").sending(.bytes([1])),
            BadInputRow(number, "DELETE", "\(store)/\(path)"),
            BadInputRow(number, "GET", "/ajax-api/2.0/mlflow-artifacts/artifacts/\(path)"),
            BadInputRow(number, "GET", "/api/2.0/mlflow-artifacts/presigned/\(path)"),
        ]
    }

    /// Uploads in parts: the way out in the path, and in the name in the body.
    private static func steps(_ spelling: Spelling) -> [BadInputRow] {
        ["create", "complete", "abort"].flatMap { step -> [BadInputRow] in
            let call = "/api/2.0/mlflow-artifacts/mpu/\(step)"
            let type = ["Content-Type": "application/json"]
            func body(_ path: String) -> Payload {
                let text = (try? JSONEncoder().encode(path)).map { String(decoding: $0, as: UTF8.self) } ?? ""
                return .bytes(Array(#"{"path": \#(text), "num_parts": 1, "upload_id": "x"}"#.utf8))
            }
            let inPath = BadInputRow("B1.10", "POST", "\(call)/\(spelling.escaped)").sending(body("name"), type)
            guard spelling.isTrickInBody else { return [inPath] }
            return [inPath, BadInputRow("B1.10", "POST", "\(call)/1/a").sending(body(spelling.text), type)]
        }
    }
}
