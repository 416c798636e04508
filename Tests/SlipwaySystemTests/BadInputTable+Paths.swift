import Foundation

extension BadInputTable {
    static let store = "/api/2.0/mlflow-artifacts/artifacts"

    /// B1: ways to read, write and delete what is not an artifact.
    static let paths: [BadInputRow] = byRun + sources + locations + names + uploads + links + otherCalls

    private static let byRun: [BadInputRow] = ["run_id", "run_uuid"].flatMap { field in
        ["../../../etc/passwd", "/etc/passwd", "%2e%2e/%2e%2e/secret", "..%2f..%2fsecret", "a/../../secret"].map {
            BadInputRow("B1.1", "GET", "/get-artifact?\(field)=<run>&path=\($0)")
        }
    }

    private static let outside = [
        "file:///etc/", "/etc", "//etc", "./../../etc", "file://localhost/etc", "FILE:///etc", "file:/etc", "<folder>",
        "file://<folder>", "mlflow-artifacts:/1/<run>/artifacts/../../../..", "%2e%2e/%2e%2e/etc",
    ]

    private static let sources: [BadInputRow] =
        outside.flatMap { source in
            [
                BadInputRow("B1.2", "model-versions/create", json: #"{"name": "bad", "source": "\#(source)"}"#),
                BadInputRow(
                    "B1.2",
                    "model-versions/create",
                    json: #"{"name": "bad", "source": "\#(source)", "run_id": "<run>"}"#
                ),
            ]
        } + [
            BadInputRow("B1.2", "GET", "/model-versions/get-artifact?name=bad&version=1&path=passwd", statuses: [404]),
            BadInputRow("B1.8", "GET", "/model-versions/get-artifact?name=good&version=1&path=/etc/passwd"),
            BadInputRow("B1.8", "GET", "/model-versions/get-artifact?name=good&version=1&path=../../secret"),
        ]

    private static let wrongLocations = [
        "http:///#/../../../etc/", "http://h/?a=/../../../etc", "s3://b/x#../../..", "mlflow-artifacts:/x/../../..",
        "file:///a/../../etc", "mlflow-artifacts:/x#../../etc", "mlflow-artifacts:/x;/../../etc",
        "mlflow-artifacts:/%2e%2e/%2e%2e/etc", "mlflow-artifacts:/%252e%252e/etc",
    ]

    private static let locations: [BadInputRow] = wrongLocations.enumerated().flatMap { index, location in
        [
            BadInputRow(
                location.contains("#") ? "B1.5" : "B1.3",
                "experiments/create",
                json: #"{"name": "bad \#(index)", "artifact_location": "\#(location)"}"#
            ),
            BadInputRow("B1.3", "model-versions/create", json: #"{"name": "bad", "source": "\#(location)"}"#),
        ]
    }

    private static let tricks: [(String, String)] = [
        ("B1.4", "a;/../../b"), ("B1.4", ";%2e%2e/b"), ("B1.4", "..;/..;/secret"),
        ("B1.6", "%252E%252E/%252E%252E/tmp/x"), ("B1.6", "%25252e%25252e%25252fsecret"),
        ("B1.6", "%2e%2e%2f%2e%2e%2fsecret"), ("B1.6", "..%5c..%5csecret"), ("B1.6", "%c0%ae%c0%ae/secret"),
        ("B1.6", "a%00b"), ("B1.6", "%e0%80%ae%e0%80%ae/secret"), ("B1.6", "a%5cb"), ("B1.6", "C:%5csecret"),
        ("B1.6", "//server/share"), ("B1.6", "%5c%5cserver%5cshare"), ("B1.7", "../../x"), ("B1.7", "/tmp/x"),
        ("B1.7", "file:///tmp/x"), ("B1.7", "a%01b"), ("B1.7", "a%7fb"), ("B1.7", "."), ("B1.7", ".."),
        ("B1.7", String(repeating: "a", count: 300)), ("B1.7", String(repeating: "b/", count: 2500) + "c"),
        ("B3.20", "1/<run>/.."), ("B3.20", "1/<run>/artifacts/../../.."), ("B5.38", "a%0d%0aX-Evil:%20yes"),
        ("B5.38", "a%0ab"),
    ]

    private static let names: [BadInputRow] = tricks.flatMap { number, path in
        ["GET", "DELETE", "PUT"].map { method in
            let row = BadInputRow(number, method, "\(store)/\(path)")
            return method == "PUT" ? row.sending(.bytes(Array("evil".utf8))) : row
        }
    }

    private static let uploads: [BadInputRow] = [
        BadInputRow("B1.7", "PUT", "\(store)/1/<run>/artifacts").sending(.bytes([1])),
        BadInputRow("B1.7", "PUT", "\(store)/1/<run>/artifacts/kept.txt/below").sending(.bytes([1])),
        BadInputRow("B1.7", "PUT", "\(store)/", statuses: [400, 404]).sending(.bytes([1])),
        BadInputRow("B1.7", "POST", "/ajax-api/2.0/mlflow/upload-artifact?run_id=<run>&path=../../x").sending(
            .bytes([1])
        ),
        BadInputRow("B1.7", "POST", "/ajax-api/2.0/mlflow/upload-artifact?run_id=<run>&path=").sending(.bytes([1])),
    ]

    private static let links: [BadInputRow] = [
        BadInputRow("B1.8", "GET", "/get-artifact?run_id=<run>&path=link"),
        BadInputRow("B1.8", "GET", "\(store)/1/<run>/artifacts/link"),
        BadInputRow("B1.8", "GET", "\(store)/1/<run>/artifacts/folder/secret"),
        BadInputRow("B1.8", "PUT", "\(store)/1/<run>/artifacts/folder/new").sending(.bytes([1])),
        BadInputRow("B1.8", "DELETE", "\(store)/1/<run>/artifacts/folder/secret"),
        BadInputRow("B1.8", "GET", "\(store)?path=1/<run>/artifacts/folder"),
    ]

    private static let otherCalls: [BadInputRow] = ["../../secret", "/etc", "%2e%2e/%2e%2e", "a%00b"].flatMap { path in
        // A client tells where the file lies on its own machine: an absolute path is no trick there.
        ["create", "complete", "abort"].filter { _ in path != "/etc" }.map { step in
            BadInputRow("B1.10", "POST", "/api/2.0/mlflow-artifacts/mpu/\(step)/1/a")
                .sending(
                    .bytes(Array(#"{"path": "\#(path)", "num_parts": 1}"#.utf8)),
                    ["Content-Type": "application/json"]
                )
        } + [
            BadInputRow("B1.10", "GET", "/api/2.0/mlflow-artifacts/presigned/\(path)"),
            BadInputRow("B1.10", "GET", "\(RawHTTP.mlflow)/artifacts/list?run_id=<run>&path=\(path)"),
            BadInputRow("B1.10", "GET", "\(store)?path=\(path)"),
            BadInputRow(
                "B1.10",
                "GET",
                "/ajax-api/2.0/mlflow/logged-models/<model>/artifacts/files?artifact_file_path=\(path)"
            ),
            BadInputRow(
                "B1.10",
                "GET",
                "\(RawHTTP.mlflow)/logged-models/<model>/artifacts/directories?artifact_directory_path=\(path)"
            ),
        ]
    }
}
