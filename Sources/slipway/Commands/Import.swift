import ArgumentParser
import Foundation
import SlipwayDomain
import UnixSignals

struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Bring over what another system holds.",
        subcommands: [ImportMLflow.self]
    )
}

struct ImportMLflow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mlflow",
        abstract: "Bring over everything from an MLflow server or its SQLite database.",
        discussion: """
            Moves experiments, runs with every metric point, artifacts, logged models, prompts, registered models with \
            versions and aliases, and traces, under their own ids. The source is only read. Stop it with Ctrl-C and \
            run the same command again: what was moved is passed by, what is new there comes along. Nothing here is \
            removed, and what people changed here stays unless it changed there too. SLIPWAY_URL says where the \
            running Slipway is.
            Exit codes: 0 all moved, 1 error or stopped, 2 something could not be moved; the table at the end says \
            what and why.

            Credentials for the server stand in the URL, or in MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, \
            or in MLFLOW_TRACKING_TOKEN.

            Examples:
              slipway import mlflow http://mlflow:5000
              slipway import mlflow mlflow.db --artifacts ./mlartifacts --since 90d
            """
    )

    @Argument(help: "The URL of an MLflow server, or the path of its SQLite file.")
    var source: String

    @Option(
        help: """
            Only runs, logged models, versions and traces made since this instant, or in this time: 2026-01-31, 30d. \
            Versions with an alias or a stage come anyway, with the runs that made them.
            """
    )
    var since: String?

    @Option(help: "For a file: its server's --artifacts-destination; else mlartifacts beside the file.")
    var artifacts: String?

    @Flag(help: "Count what is there; move nothing.")
    var dryRun = false

    @Flag(help: "Set all that was moved before to what it is there: changes made here are overwritten.")
    var recheck = false

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let began = Date()
        let since = try since.map { try Self.instant($0, now: began) }
        guard source != Client().url else {
            throw CommandError("\(source) is the server to import into (SLIPWAY_URL): give the other one's address")
        }
        let source = try await Self.source(source, artifacts: artifacts, since: since)
        let target: any ImportTarget = dryRun ? CountingTarget() : ServerTarget(client: Client())
        let tally = ImportTally()
        let runner = ImportRunner(source: source, target: target, tally: tally, since: since, rechecks: recheck)
        let progress = ImportProgress(tally: tally)
        let work = Task { try await runner.run() }
        let outcome: String
        let stopping = Task { try await Self.waitForStop { work.cancel() } }
        progress.start()
        do {
            try await work.value
            outcome = "finished"
        } catch {
            progress.finish()
            stopping.cancel()
            guard work.isCancelled else {
                try? await target.end(outcome: "failed")  // the first error is the one to tell
                guard !tally.now.counts.isEmpty else { throw error }
                whisper("what was moved stays: run the same command again to go on where this ended")
                throw error
            }
            outcome = "stopped"
        }
        progress.finish()
        stopping.cancel()
        try await target.end(outcome: outcome)
        let seconds = Date().timeIntervalSince(began)
        if output.json {
            try say(json: tally.json(source: source.name, outcome: outcome, seconds: seconds))
        } else {
            say(tally.table(isDry: dryRun))
            say("\(source.name): \(outcome) after \(seconds.rounded(to: 1)) s")
        }
        if outcome == "stopped" {
            whisper("stopped: run the same command again to go on where this ended")
            throw ExitCode.failure
        }
        if !tally.isComplete { throw ExitCode.no }
    }

    private static func source(_ text: String, artifacts: String?, since: Instant?) async throws -> any ImportSource {
        let scheme = text.prefix { $0 != ":" }.lowercased()
        guard text.contains("://"), scheme != "sqlite" else {
            // SQLAlchemy writes sqlite:///relative and sqlite:////absolute.
            let path = text.hasPrefix("sqlite:///") ? String(text.dropFirst("sqlite:///".count)) : text
            return try await DatabaseSource.open(path: path, artifacts: artifacts, since: since)
        }
        guard ["http", "https"].contains(scheme) else {
            throw CommandError(
                "Slipway does not read \(scheme):// databases itself: give the URL of the MLflow server that uses it, "
                    + "such as http://mlflow:5000"
            )
        }
        guard artifacts == nil else {
            throw CommandError("--artifacts is for a database file: a server is asked for them")
        }
        let server = try MLflowServer(url: text, environment: ProcessInfo.processInfo.environment)
        return ServerSource(server: server, since: since)
    }

    private static func instant(_ text: String, now: Date) throws -> Instant {
        if let span = Span(text) {
            return Instant(milliseconds: Int64(now.timeIntervalSince1970 * 1000) - span.milliseconds)
        }
        guard let instant = Instant(text) else {
            throw CommandError("--since must be an instant such as 2026-01-31 or a time such as 30d, not '\(text)'")
        }
        guard instant.milliseconds <= Int64(now.timeIntervalSince1970 * 1000) else {
            throw CommandError("--since \(text) has not come yet")
        }
        return instant
    }

    /// The first Ctrl-C stops the import between two requests; the second ends the process.
    private static func waitForStop(_ stop: () -> Void) async throws {
        var isFirst = true
        for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) {
            guard isFirst else { Foundation.exit(1) }
            isFirst = false
            stop()
        }
    }
}
