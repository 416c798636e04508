/// A model that runs somewhere else: waiting for its answer takes no thread.
package protocol RemoteModel: LoadedModel {
    /// Scores; throws `CancellationError` when its task is cancelled.
    func answer(_ inputs: [Tensor], timeoutMilliseconds: Int) async throws -> [Tensor]
    /// How it stands.
    var report: UpstreamReport { get }
}
