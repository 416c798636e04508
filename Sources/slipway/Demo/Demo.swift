import ArgumentParser
import Foundation

struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Watch a real model go to governed production and back, on real data.",
        discussion: """
            Starts a server of its own on a drill's clock, trains three models with the mlflow client, and takes them \
            through gates, releases, drift and an incident with the same commands that you would type. Needs what \
            `make setup` sets up. Exits with an error if any step does not end as it should.

            Examples:
              slipway demo
              slipway demo --keep        leave the server up and look around
            """
    )

    @Flag(help: "Leave the server up at the end, until Ctrl-C.")
    var keep = false

    @Option(help: "Folder for the demo's data; it is emptied first.")
    var data = ".data/demo"

    @Option(help: "Port of the demo's server; 0 picks a free one.")
    var port = 0

    @Option(help: "The project's folder.")
    var project = "."

    func run() async throws {
        let stage = try Stage(data: data, project: project)
        defer { stage.cleanUp() }
        stage.stopOnInterrupt()
        let started = Date()
        do {
            try await Story(stage: stage, port: port).tell()
        } catch {
            stage.cleanUp()
            whisper("\nThe demo stopped: \(error)")
            whisper("The server's log is \(stage.serverLog)")
            throw ExitCode.failure
        }
        say("\nThe demo took \(Int(Date().timeIntervalSince(started))) s.")
        guard keep else {
            say("The server is stopped; `slipway demo --keep` leaves it up. Its records stay in \(stage.data).")
            return
        }
        say("The server stays up at \(stage.url) until Ctrl-C.")
        try await stage.waitForServer()
    }
}
