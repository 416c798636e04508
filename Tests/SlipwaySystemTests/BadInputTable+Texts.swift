import Foundation

extension BadInputTable {
    private static func search(_ number: String, _ filter: String) -> BadInputRow {
        BadInputRow(number, "runs/search", json: #"{"experiment_ids": ["0"], "filter": "\#(filter)"}"#)
    }

    /// B4.29: filters that cost much.
    static let filters: [BadInputRow] = [
        search("B4.29", "params.a = '" + String(repeating: "x", count: 100_000) + "'"),
        search("B4.29", (0..<10_000).map { "params.a\($0) = '1'" }.joined(separator: " AND ")),
        search("B4.29", String(repeating: "(", count: 5000) + "params.a = '1'" + String(repeating: ")", count: 5000)),
        search("B4.29", "params.a LIKE '" + String(repeating: "%a", count: 30_000) + "'"),
        // Lawful, and on a value of 6,000 signs a trap for backtracking matchers.
        search("B4.29", "params.aaa LIKE '" + String(repeating: "%a", count: 60) + "%b'").accepted("{}"),
        search("B4.29", "params.a = '\\u0000'"), search("B4.29", "params.a = '\\ud800'"),
        BadInputRow("B4.29", "runs/search", json: "").sending(
            .bytes(
                Array(#"{"experiment_ids": ["0"], "filter": "params.a = '"#.utf8) + [0xC3, 0x28] + Array(#"'"}"#.utf8)
            )
        ),
        search("B4.29", "attributes.run_id IN (" + (0..<50_000).map { "'\($0)'" }.joined(separator: ",") + ")"),
    ]

    private static let wild = [
        "'; DROP TABLE runs; --", "$(touch <folder>/pwned)", "`touch <folder>/pwned`", "| touch <folder>/pwned",
        "{{7*7}}", "${7*7}", "<%= 7*7 %>", "#{7*7}", "%s%n%x", "<script>alert(1)</script>",
    ]

    /// B5: texts that somebody could run.
    static let texts: [BadInputRow] =
        [
            "metrics.a > 0; DROP TABLE runs", "params.a = 'x' OR 1=1 --", "params.a = 'x' UNION SELECT 1",
            "params.`a` = \\\"x\\\" ; --", "attributes.status = 'a' AND 1=1",
        ].map { search("B5.34", $0) }
        + ["metrics.a; DROP TABLE runs", "start_time); --", "params.`a` ASC, 1", "1"].map {
            BadInputRow("B5.34", "runs/search", json: #"{"experiment_ids": ["0"], "order_by": ["\#($0)"]}"#)
        }
        + ["a'; DROP TABLE runs; --", "a`touch x`", "$(x)"].map {
            BadInputRow(
                "B5.34",
                "runs/log-metric",
                json: #"{"run_id": "<run>", "key": "\#($0)", "value": 1, "timestamp": 1}"#
            )
        }
        // Kept as they are, and given back as data.
        + wild.map {
            BadInputRow("B5.35", "runs/create", json: #"{"experiment_id": "0", "run_name": "\#($0)"}"#).accepted($0)
        }
        + [
            BadInputRow("B5.32", "GET", "\(RawHTTP.mlflow)/<script>alert(1)</script>", statuses: [404]),
            BadInputRow("B5.32", "GET", "/get-artifact?run_id=<script>&path=x", statuses: [400, 404]),
            BadInputRow("B5.32", "GET", "/get-artifact?run_id=<run>&path=page.html").accepted("<script>"),
            BadInputRow("B5.36", "GET", "/get-artifact?run_id=<run>&path=model.pkl").accepted("posix"),
        ]
}
