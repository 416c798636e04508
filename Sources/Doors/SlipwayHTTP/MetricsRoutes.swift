internal import HTTPTypes
package import Hummingbird
internal import NIOCore
package import SlipwayService
package import SlipwayWire

/// What Prometheus reads of a gateway, which has no other page.
package struct MetricsDoor: Door {
    package static let path = "/metrics"
    private let counters: ServingCounters

    package init(counters: ServingCounters) { self.counters = counters }

    package var routes: [Route] { MetricsRoutes(counters: counters).routes }

    package func response(to error: any Error) -> Response { NativeError.response(to: error) }
}

/// What Prometheus reads: counters of this process, in its text format 0.0.4.
struct MetricsRoutes {
    let counters: ServingCounters

    var routes: [Route] {
        [
            Route(.get, MetricsDoor.path) { _, _ in
                Response(
                    status: .ok,
                    headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                    body: ResponseBody(
                        byteBuffer: ByteBuffer(
                            string: Self.text(counters) + UpstreamMetrics.text(counters.upstreams)
                        )
                    )
                )
            }
        ]
    }

    /// One counter or gauge: its name without `slipway_`, its kind, what it says, and its value.
    private typealias Sample = (name: String, kind: String, help: String, value: Int)

    static func text(_ counters: ServingCounters) -> String {
        let (predictions, files, table) = (counters.predictions, counters.files, counters.table)
        var samples: [Sample] = [
            (
                "predictions_logged_total", "counter", "Answered requests that were taken into the log.",
                predictions.accepted
            ),
            (
                "predictions_dropped_total", "counter", "Answered requests that the log had no room for, or lost.",
                predictions.dropped
            ),
            (
                "prediction_queue_bytes", "gauge", "Memory of the requests that wait for the log.",
                counters.waitingBytes
            ),
            (
                "prediction_files_written_total", "counter", "Parquet files of predictions that were written.",
                files.files
            ),
            ("prediction_rows_written_total", "counter", "Rows in these files.", files.rows),
            (
                "prediction_rows_lost_total", "counter", "Rows that no Parquet file could be written for.",
                files.lostRows
            ),
            ("prediction_rows_waiting", "gauge", "Rows that wait for their file.", files.waitingRows),
            ("served_models", "gauge", "Models that have an endpoint here.", table.models),
        ]
        if let unreported = counters.unreported {
            samples += [
                (
                    "gateway_predictions_unreported_total", "counter",
                    "Predictions that the control plane will not hear of: it was gone for too long.", unreported
                ),
                ("gateway_table_known", "gauge", "1 once the gateway has a routing table.", table.isSettled ? 1 : 0),
            ]
        }
        return samples.map { sample in
            """
            # HELP slipway_\(sample.name) \(sample.help)
            # TYPE slipway_\(sample.name) \(sample.kind)
            slipway_\(sample.name) \(sample.value)

            """
        }.joined()
    }
}
