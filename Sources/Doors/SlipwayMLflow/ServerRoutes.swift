internal import Hummingbird
internal import SlipwayJSON
package import SlipwayWire

/// What clients ask of the server itself before anything else.
package struct ServerRoutes: RouteGroup {
    /// The version of MLflow whose calls this server speaks; clients switch features on by it.
    package static let version = "3.17.2"

    package init() {}

    package var routes: [Route] {
        [
            Route(.get, "/health", access: .open) { _, _ in .text("OK") },
            Route(.get, "/version", access: .open) { _, _ in .text(Self.version) },
        ]
            + ["/api", "/ajax-api"].map { root in
                Route(.get, "\(root)/3.0/mlflow/server-info") { _, _ in Self.serverInfo }
            }
    }

    private static var serverInfo: Response {
        .message { writer in
            writer.member("store_type", "SqlStore")
            for feature in ["workspaces_enabled", "trace_archival_enabled", "multipart_downloads_enabled"] {
                writer.member(feature, false)
            }
            writer.member("multipart_uploads_enabled", true)
            writer.member("artifact_serving_enabled", true)
            for feature in [
                "presigned_upload_run_id_supported", "presigned_upload_model_id_supported",
                "model_artifact_presigned_downloads_supported", "artifacts_presigned_only",
            ] {
                writer.member(feature, false)
            }
        }
    }
}
