package import Logging
package import SlipwayDomain

/// What is tidied up by itself: uploads that nobody completed, purges that broke off, and what was deleted long ago.
package struct Housekeeping: Sendable {
    private let artifacts: Artifacts
    private let purges: Purges
    /// How long deleted things are kept; nil for ever.
    private let retention: Span?
    private let runtime: Runtime
    private let log: Logger

    private static let intervalMilliseconds: Int64 = 600_000

    package init(artifacts: Artifacts, purges: Purges, retention: Span?, runtime: Runtime, log: Logger) {
        self.artifacts = artifacts
        self.purges = purges
        self.retention = retention
        self.runtime = runtime
        self.log = log
    }

    /// Looks now and every ten minutes, until the task is cancelled.
    package func run() async throws {
        while !Task.isCancelled {
            do {
                try await look()
            } catch is CancellationError {
                return
            } catch {
                // The next look tries again; what was not tidied up is still there.
                log.error("tidying up could not go on: \(error)")
            }
            // Cancellation ends the wait and with it the loop.
            try? await runtime.sleep(Self.intervalMilliseconds)
        }
    }

    /// Tidies up once.
    package func look() async throws {
        try await artifacts.removeStaleUploads()
        try await purges.resume()
        guard let retention else { return }
        while try await purges.purge(caller: .system, PurgeRule(olderThan: retention)).plan.hasMore {}
    }
}
