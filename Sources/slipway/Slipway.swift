import ArgumentParser

/// The command line of Slipway.
@main
struct Slipway: AsyncParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "slipway",
        abstract: "Takes machine-learning models to governed production and keeps them healthy there.",
        discussion: """
            A first walk (see README.md for the whole story):
              slipway serve model.onnx               serve a file, for development
              slipway demo                           watch all of it on real data
              slipway up                             start a server on port 5000
              slipway apply slipway.yaml             who owns a model, what it must show
              slipway check churn@1 --to production  may it go, and what is missing
              slipway ship churn@1 --to production   release it, judged by evidence

            Commands find the server by SLIPWAY_URL (default http://127.0.0.1:5000) and say who asks by SLIPWAY_TOKEN.
            Exit codes: 0 yes, 1 error, 2 "no" with reasons.
            """,
        version: version,
        groupedSubcommands: [
            CommandGroup(
                name: "Server",
                subcommands: [
                    Up.self, GatewayCommand.self, Serve.self, Declare.self, Demo.self, Import.self, Purge.self,
                ]
            ),
            CommandGroup(
                name: "Gates",
                subcommands: [ManifestCommand.self, Apply.self, Evaluate.self, Check.self, Approve.self, Reject.self]
            ),
            CommandGroup(
                name: "Releases",
                subcommands: [
                    Ship.self, Promote.self, Pause.self, Resume.self, Abort.self, Retry.self, Rollback.self,
                    Freeze.self, Thaw.self, ReleaseGroup.self,
                ]
            ),
            CommandGroup(
                name: "Data",
                subcommands: [
                    Validate.self, ContractCommand.self, ProfileGroup.self, Drift.self, Skew.self, Monitor.self,
                    Labels.self,
                    Replay.self,
                ]
            ),
            CommandGroup(
                name: "Watching",
                subcommands: [Status.self, PerformanceCommand.self, Incidents.self, Triage.self]
            ),
            CommandGroup(name: "Proof", subcommands: [ScorecardCommand.self, LedgerCommand.self]),
            CommandGroup(name: "People", subcommands: [UserCommand.self, TokenCommand.self]),
        ]
    )

    static func main() async {
        do {
            let command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                var command = command
                try command.run()
            }
        } catch {
            CommandEnd(error, arguments: Array(CommandLine.arguments.dropFirst())).end()
        }
    }
}
