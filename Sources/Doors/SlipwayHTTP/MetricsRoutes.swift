internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import SlipwayService
internal import SlipwayWire

/// What Prometheus reads: counters of this process, in its text format 0.0.4.
struct MetricsRoutes {
    let services: NativeDoor.Services

    var routes: [Route] {
        [
            Route(.get, "/metrics") { _, _ in
                Response(
                    status: .ok,
                    headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                    body: ResponseBody(
                        byteBuffer: ByteBuffer(
                            string: Self.text(services.reports.server)
                                + UpstreamMetrics.text(services.reports.upstreams)
                        )
                    )
                )
            }
        ]
    }

    /// One counter or gauge: its name without `slipway_`, its kind, what it says, and its value.
    private typealias Sample = (name: String, kind: String, help: String, value: Int)

    static func text(_ server: ModelReports.ServerState) -> String {
        let samples: [Sample] = [
            (
                "predictions_logged_total", "counter", "Answered requests that were taken into the log.",
                server.loggedPredictions
            ),
            (
                "predictions_dropped_total", "counter", "Answered requests that the log had no room for, or lost.",
                server.droppedPredictions
            ),
            (
                "prediction_queue_bytes", "gauge", "Memory of the requests that wait for the log.",
                server.waitingBytes
            ),
            (
                "prediction_files_written_total", "counter", "Parquet files of predictions that were written.",
                server.files.files
            ),
            ("prediction_rows_written_total", "counter", "Rows in these files.", server.files.rows),
            (
                "prediction_rows_lost_total", "counter", "Rows that no Parquet file could be written for.",
                server.files.lostRows
            ),
            ("prediction_rows_waiting", "gauge", "Rows that wait for their file.", server.files.waitingRows),
        ]
        return samples.map { sample in
            """
            # HELP slipway_\(sample.name) \(sample.help)
            # TYPE slipway_\(sample.name) \(sample.kind)
            slipway_\(sample.name) \(sample.value)

            """
        }.joined()
    }
}
