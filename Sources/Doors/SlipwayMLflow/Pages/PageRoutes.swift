internal import Hummingbird
internal import SlipwayJSON
package import SlipwayWire

/// Small calls that only MLflow's pages make, answered as by a server that has neither a gateway nor telemetry.
package struct PageRoutes: RouteGroup {
    package init() {}

    package var routes: [Route] {
        [
            // Nothing that people do in the pages is sent anywhere.
            Route(.get, "/ajax-api/3.0/mlflow/ui-telemetry") { _, _ in
                .message { writer in
                    writer.member("disable_ui_telemetry", true)
                    writer.name("disable_ui_events")
                    writer.array { _ in }
                    writer.member("ui_rollout_percentage", 0)
                }
            },
            Route(.post, "/ajax-api/3.0/mlflow/ui-telemetry") { _, _ in
                .message { $0.member("status", "disabled") }
            },
            Route(.get, "/ajax-api/2.0/mlflow/gateway-proxy") { _, _ in
                .message { writer in
                    writer.name("endpoints")
                    writer.array { _ in }
                }
            },
        ]
    }
}
