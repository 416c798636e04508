import SlipwayDomain

/// Where Slipway answers otherwise than the recorded MLflow 3.18 on purpose: why, and how.
struct GoldenDifference: Sendable {
    enum Answer: Sendable {
        case error(Int, String)
        case text(String)
        /// An answer 200 that has this member.
        case success(String)
        /// The recorded answer with a change.
        case changed(@Sendable (JSONValue) -> JSONValue)
    }

    let reason: String
    let answer: Answer

    private init(_ reason: String, _ answer: Answer) {
        self.reason = reason
        self.answer = answer
    }

    private static func refused(_ reason: String, _ status: Int = 400, _ code: String = "INVALID_PARAMETER_VALUE")
        -> Self
    {
        Self(reason, .error(status, code))
    }

    private static func changed(_ reason: String, _ change: @escaping @Sendable (JSONValue) -> JSONValue) -> Self {
        Self(reason, .changed(change))
    }

    /// By label.
    static let all: [String: GoldenDifference] = server.merging(input) { $1 }.merging(paths) { $1 }

    private static let server: [String: GoldenDifference] = [
        "version": Self("Slipway speaks as the newest release whose client can be installed", .text("3.17.2")),
        "server-info": changed("features that Slipway does not have are not announced") { recorded in
            var info = recorded.object ?? [:]
            for name in ["skill_content_max_size", "skill_content_max_files", "features_enabled", "tracking_auth"] {
                info[name] = nil
            }
            info["multipart_uploads_enabled"] = true
            for name in [
                "presigned_upload_run_id_supported", "presigned_upload_model_id_supported",
                "model_artifact_presigned_downloads_supported",
            ] {
                info[name] = false
            }
            return .object(info)
        },
        "mpu create local": Self("files in parts are taken here too", .success("upload_id")),
        "search datasets": Self("MLflow mistyped the path of this call", .success("dataset_summaries")),
        "dataset create": changed("a digest of the dataset's own identifier and time") { recorded in
            recorded.replacing("dataset", with: (recorded["dataset"] ?? .null).replacing("digest", with: "<digest>"))
        },
        "unknown api path": refused("clients read a code, not a page", 404, "ENDPOINT_NOT_FOUND"),
        "wrong method": refused("clients read a code, not a page", 404, "ENDPOINT_NOT_FOUND"),
        "host header evil": refused("clients read a code, not a text", 403, "PERMISSION_DENIED"),
        "origin evil": refused("clients read a code, not a text", 403, "PERMISSION_DENIED"),
        "options preflight evil": refused("clients read a code, not a text", 400, "BAD_REQUEST"),
    ]

    /// Contract section 16: input that MLflow takes wrongly.
    private static let input: [String: GoldenDifference] = [
        "create experiment .. location": refused("a location must not lead out of its root"),
        "log-metric bool value": refused("true is no number"),
        "log-metric big step": refused("2^63 is no 64-bit integer; MLflow stores zeros instead"),
        "log-metric float step": refused("1.5 is no integer; MLflow stores zeros instead"),
        "log-metric raw NaN token": refused("a bare NaN is no JSON: send it as text"),
        "update run bad status": refused("MLflow ignores a status that it does not know"),
        "search: bad view": refused("MLflow ignores a view that it does not know"),
        "metric history": changed("without the rows that MLflow made of wrong input", withoutWrongRows),
        "bulk": changed("without those rows, and NaN as text, because a bare NaN is no JSON", withoutWrongRows),
        "bulk-interval": changed("evenly chosen among the points without those rows") { recorded in
            recorded.replacing(
                "metrics",
                with: [intervalPoint(1.5, -3), intervalPoint(3.5, 2), intervalPoint(1.5, 20)]
            )
        },
        "metric history paged": changed("the pages begin without those rows") { recorded in
            recorded.replacing("metrics", with: [point(1.5, -3), point(1.5, 0)])
        },
        "metric history p2": changed("the pages begin without those rows") { recorded in
            recorded.replacing("metrics", with: [point(2, 1), point(3.5, 2)])
        },
    ]

    private static let paths: [String: GoldenDifference] = [
        "art get dir": refused("the usual error body, not FastAPI's"),
        "traversal DELETE /etc/passwd": refused("MLflow sends the client to another path"),
        "traversal DELETE %2Fetc%2Fpasswd": refused("MLflow sends the client to another path"),
        "traversal GET a%00b": refused("bad-input.md B1.6: MLflow takes the name"),
        "traversal PUT a%00b": refused("bad-input.md B1.6: MLflow takes the name"),
        "traversal DELETE a%00b": refused("bad-input.md B1.6: MLflow takes the name"),
        "traversal GET a%5c..%5cb": refused("bad-input.md B1.6: MLflow takes the name"),
        "traversal PUT a%5c..%5cb": refused("bad-input.md B1.6: MLflow takes the name"),
        "traversal DELETE a%5c..%5cb": refused("bad-input.md B1.6: MLflow takes the name"),
    ]

    /// MLflow stored 0 at time 0 for a step that it could not read, and 1 for true.
    private static func withoutWrongRows(_ recorded: JSONValue) -> JSONValue {
        let rows = (recorded["metrics"]?.array ?? []).filter { row in
            let (step, value) = (row["step"]?.integer, row["value"]?.number)
            return row["timestamp"]?.integer != 0 && !(step == 0 && value == 1)
        }
        return recorded.replacing("metrics", with: .array(rows))
    }

    private static func intervalPoint(_ value: Double, _ step: Int64) -> JSONValue {
        point(value, step).replacing("run_id", with: "<run>")
    }

    private static func point(_ value: Double, _ step: Int64) -> JSONValue {
        ["key": "m", "value": .number(value), "timestamp": "<ms>", "step": .integer(step)]
    }
}

extension JSONValue {
    fileprivate func replacing(_ name: String, with value: JSONValue) -> JSONValue {
        var members = object ?? [:]
        members[name] = value
        return .object(members)
    }
}
