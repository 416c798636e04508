internal import SlipwayDomain
internal import SlipwayStore

extension Imports {
    /// Stores traces with their spans and assessments, each in a transaction of its own.
    func add(_ caller: Caller, import id: String, _ traces: [ImportedTrace]) async throws -> ImportReport {
        var report = ImportReport()
        for trace in traces {
            let trace = trace
            let place = try await read { reader in
                let session = try Self.open(id, in: reader)
                let ours = try ImportTable.experiment(trace.info.experiment, of: session.source, in: reader)
                return (ours: ours, isHere: try TraceTable.number(of: trace.info.id, in: reader) != nil)
            }
            guard let ours = place.ours else {
                report.refuse(.trace, trace.info.id, "its experiment \(trace.info.experiment) was not moved")
                continue
            }
            let spans = trace.spans.compactMap { TraceSpan(content: $0, trace: trace.info.id) }
            if spans.count < trace.spans.count {
                report.refuse(.trace, trace.info.id, "\(trace.spans.count - spans.count) of its spans cannot be read")
            }
            var info = trace.info
            info.experiment = ours
            do {
                try await self.traces.importTrace(
                    caller,
                    info,
                    spans: spans,
                    runs: trace.runs,
                    prompts: trace.prompts
                )
            } catch let error as ServiceError where error.kind == .invalid || error.kind == .notFound {
                report.refuse(.trace, trace.info.id, error.message)
                continue
            }
            let (traces, assessments) = (1, info.assessments.count)
            report.count(.trace, added: place.isHere ? 0 : traces, already: place.isHere ? traces : 0)
            report.count(.assessment, added: place.isHere ? 0 : assessments, already: place.isHere ? assessments : 0)
        }
        return report
    }
}
