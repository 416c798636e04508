package import Logging
internal import SlipwayLedger
internal import Synchronization

/// The upstreams of this process: which may be asked, each once however often its declaration is loaded, and looked at
/// now and then.
package final class Upstreams: Sendable {
    private struct Weak {
        weak var model: UpstreamModel?
    }

    private let network: any UpstreamNetwork
    private let allowed: [AllowedHost]
    private let runtime: Runtime
    private let log: Logger
    private let known = Mutex<[Digest32: Weak]>([:])

    private static let milliseconds: Int64 = 250

    /// Only hosts in `allowed` are ever asked, whatever a declaration says.
    package init(network: any UpstreamNetwork, allowed: [AllowedHost], runtime: Runtime, log: Logger) {
        self.network = network
        self.allowed = allowed
        self.runtime = runtime
        self.log = log
    }

    /// The model that a declaration describes.
    func model(_ bytes: [UInt8]) throws(ServiceError) -> UpstreamModel {
        let declaration = try UpstreamDeclaration(bytes)
        guard allowed.contains(where: { $0.covers(declaration.url) }) else {
            throw .forbidden(
                "the upstream \(declaration.address) may not be asked from here: `--upstream-allow "
                    + "\(declaration.address)` of `slipway up` and `slipway gateway` permits it"
            )
        }
        let digest = Digest32.sha256(bytes)
        if let model = known.withLock({ $0[digest]?.model }) { return model }
        let made = UpstreamModel(
            declaration,
            transport: try network.transport(to: declaration),
            runtime: runtime,
            log: log
        )
        return known.withLock { known in
            if let model = known[digest]?.model { return model }
            known[digest] = Weak(model: made)
            return made
        }
    }

    /// Looks at those that are due, until the task is cancelled.
    package func run() async throws {
        while !Task.isCancelled {
            let models = known.withLock { known in
                for (digest, weak) in known where weak.model == nil { known[digest] = nil }
                return known.values.compactMap(\.model)
            }
            await withDiscardingTaskGroup { group in
                for model in models { group.addTask { await model.lookNowAndThen() } }
            }
            // Cancellation ends the wait and with it the loop.
            try? await runtime.sleep(Self.milliseconds)
        }
    }
}

/// Loads declarations as upstreams, and everything else as the model file that it is.
package struct UpstreamEngine: ModelEngine {
    private let files: any ModelEngine
    private let upstreams: Upstreams

    package init(files: any ModelEngine, upstreams: Upstreams) {
        self.files = files
        self.upstreams = upstreams
    }

    /// An upstream that is not there now is loaded all the same: its circuit is open until it is.
    package func load(_ bytes: [UInt8]) throws(ServiceError) -> any LoadedModel {
        guard UpstreamDeclaration.isDeclaration(bytes) else { return try files.load(bytes) }
        let model = try upstreams.model(bytes)
        model.lookFirst()
        return model
    }
}
