/// What a process that serves counted since its start: predictions and what became of them, and its upstreams.
package struct ServingCounters: Sendable {
    private let routing: RoutingTable
    private let log: PredictionLog
    private let archive: PredictionArchive?
    private let gateway: GatewayRecorder?

    /// `gateway` is the recorder of a gateway, which reports to a control plane.
    package init(
        routing: RoutingTable,
        log: PredictionLog,
        archive: PredictionArchive?,
        gateway: GatewayRecorder? = nil
    ) {
        self.routing = routing
        self.log = log
        self.archive = archive
        self.gateway = gateway
    }

    /// Answered requests that were taken into the log, and those that had no room or were lost.
    package var predictions: (accepted: Int, dropped: Int) { log.counts }
    /// What the queue of predictions holds now.
    package var waitingBytes: Int { log.waitingBytes }
    /// What became of the rows that are kept as files.
    package var files: PredictionArchive.Counts { archive?.counts ?? PredictionArchive.Counts() }
    /// How many models are in the table, and whether a gateway has a table at all.
    package var table: (models: Int, isSettled: Bool) { (routing.models.count, routing.isSettled) }
    /// Predictions that a gateway could not keep for its reports; nil for a control plane.
    package var unreported: Int? { gateway?.outbox.dropped }

    /// How the upstreams stand of the versions that are routed to now, by model.
    package var upstreams: [(model: String, version: Int, report: UpstreamReport)] {
        routing.models.flatMap { model -> [(model: String, version: Int, report: UpstreamReport)] in
            let endpoint = routing.endpoint(model)
            return [endpoint?.stable, endpoint?.candidate].compactMap { version in
                guard let version, let remote = version.remote else { return nil }
                return (model, version.version, remote.report)
            }
        }
    }
}
