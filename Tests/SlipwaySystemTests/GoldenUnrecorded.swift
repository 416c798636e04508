/// Requests whose bodies and headers the recording left out or cut, made again from their labels.
enum GoldenUnrecorded {
    typealias Request = (headers: [String: String], body: String)

    static let requests: [String: Request] = wrong.merging(large) { $1 }.merging(other) { $1 }

    private static let wrong: [String: Request] = [
        "malformed json": ([:], #"{"name": "#),
        "wrong content type": (["Content-Type": "text/plain"], #"{"name": "t3a"}"#),
        "empty body": ([:], ""),
        "log-metric raw NaN token": (
            [:], #"{"run_id": "<run>", "key": "m", "value": NaN, "timestamp": <ms>, "step": 3}"#
        ),
        "host header evil": (["Host": "evil.example"], ""),
        "origin evil": (["Origin": "http://evil.example"], #"{"name": "evil"}"#),
        "options preflight evil": (
            ["Origin": "http://evil.example", "Access-Control-Request-Method": "POST"], ""
        ),
        "otlp no header": ([:], #"{"resourceSpans": []}"#),
        "otlp json": (["x-mlflow-experiment-id": "1"], #"{"resourceSpans": []}"#),
        "otlp garbage": (protobuf, "\u{7f}garbage"),
        "otlp empty": (protobuf, ""),
    ]

    private static let protobuf = ["x-mlflow-experiment-id": "1", "Content-Type": "application/x-protobuf"]

    private static let other: [String: Request] = [
        "double-encoded json": ([:], #""{\"name\": \"t4\"}""#),
        "art put": ([:], "hello"),
        "art put nonascii": ([:], "x"),
        // The recorded history shows that this point's time was later than that of the others.
        "log-metric int64 str ts": (
            [:], #"{"run_id": "<run>", "key": "m", "value": 1.5, "timestamp": "1700000000001", "step": "9"}"#
        ),
    ]

    private static let large: [String: Request] = [
        "create experiment long 501": ([:], #"{"name": "\#(String(repeating: "x", count: 501))"}"#),
        "log-param 6000": pair("p6000", 6000), "log-param 6001": pair("p6001", 6001),
        "set-tag 8000": pair("t8", 8000), "set-tag 8001": pair("t81", 8001),
        "log-batch 1000 m": batch(metrics: 1000, of: "b"), "log-batch 1001 m": batch(metrics: 1001, of: "b"),
        "log-batch 101 params": batch("params", 101), "log-batch 101 tags": batch("tags", 101),
        "log-batch 950m+51p": batch(metrics: 950, of: "c", #", "params": [\#(pairs(51))]"#),
        "exp set tag 250/20000+1": (
            [:], #"{"experiment_id": "1", "key": "x", "value": "\#(String(repeating: "y", count: 20_001))"}"#
        ),
    ]

    private static func pair(_ key: String, _ length: Int) -> Request {
        ([:], #"{"run_id": "<run>", "key": "\#(key)", "value": "\#(String(repeating: "v", count: length))"}"#)
    }

    private static func pairs(_ count: Int) -> String {
        (0..<count).map { #"{"key": "q\#($0)", "value": "1"}"# }.joined(separator: ", ")
    }

    private static func batch(_ list: String, _ count: Int) -> Request {
        ([:], #"{"run_id": "<run>", "\#(list)": [\#(pairs(count))]}"#)
    }

    private static func batch(metrics count: Int, of key: String, _ more: String = "") -> Request {
        let points = (0..<count).map { #"{"key": "\#(key)\#($0)", "value": \#($0), "timestamp": <ms>, "step": 0}"# }
        return ([:], #"{"run_id": "<run>", "metrics": [\#(points.joined(separator: ", "))]\#(more)}"#)
    }
}
