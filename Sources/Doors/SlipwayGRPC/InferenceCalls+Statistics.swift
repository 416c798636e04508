internal import GRPCCore
internal import SlipwayOpenInference
internal import SlipwayService
internal import SwiftProtobuf

extension InferenceCalls {
    /// Counts since each version was loaded; without a name, of all models.
    func modelStatistics(
        request: ServerRequest<Inference_ModelStatisticsRequest>,
        context: ServerContext
    ) async throws -> ServerResponse<Inference_ModelStatisticsResponse> {
        let question = request.message
        let number = try ModelInferDecoder.version(question.version)
        var message = Inference_ModelStatisticsResponse()
        for name in question.name.isEmpty ? inference.models : [question.name] {
            let endpoint = try inference.endpoint(name)
            let versions =
                try number.map { [try inference.version($0, of: endpoint)] }
                ?? [endpoint.stable, endpoint.candidate].compactMap { $0 }
            message.modelStats += versions.map { Self.statistics(of: $0, model: name) }
        }
        return ServerResponse(message: message)
    }

    private static func statistics(of version: LoadedVersion, model: String) -> Inference_ModelStatistics {
        let totals = version.cost.totals
        return .with {
            $0.name = model
            $0.version = String(version.version)
            $0.inferenceCount = UInt64(clamping: totals.rows)
            $0.executionCount = UInt64(clamping: totals.runs)
            $0.inferenceStats.success = duration(totals.requests, totals.nanoseconds)
            $0.inferenceStats.fail = duration(totals.failures, 0)
            $0.inferenceStats.computeInfer = duration(totals.requests, totals.nanoseconds)
            $0.memoryUsage = [
                .with {
                    $0.type = "CPU"
                    $0.byteSize = UInt64(clamping: version.model.memoryBytes)
                }
            ]
        }
    }

    private static func duration(_ count: Int, _ nanoseconds: UInt64) -> Inference_StatisticDuration {
        .with {
            $0.count = UInt64(clamping: count)
            $0.ns = nanoseconds
        }
    }
}
