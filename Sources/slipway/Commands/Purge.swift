import ArgumentParser
import SlipwayDomain

struct Purge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "purge",
        abstract: "Remove for good what was deleted: experiments, runs, models and their files.",
        discussion: """
            MLflow's delete only hides things. This removes the rows and the files, frees the experiments' names and \
            leaves one entry in the ledger. What a registered version, a release or evidence still points at stays, \
            and is listed with the reason. It does what `mlflow gc` does, on the running server.

            `slipway up --purge-deleted-after 30d` does it by itself.

            Examples:
              slipway purge --dry-run
              slipway purge --older-than 90d
              slipway purge --experiment 7
            """
    )

    @Option(help: "How long ago it was deleted; 30d, or any time ago for what is named.")
    var olderThan: Span?

    @Option(help: "Only this experiment (its id), with all in it.")
    var experiment: String?

    @Option(name: .customLong("run"), help: "Only this run (its id).")
    var runID: String?

    @Flag(help: "Only list what would go.")
    var dryRun = false

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard experiment == nil || runID == nil else { throw ValidationError("Name an experiment or a run, not both.") }
    }

    func run() async throws {
        var body: [String: JSONValue] = ["dryRun": .bool(dryRun)]
        body["olderThan"] = olderThan.map { .string($0.description) }
        body["experiment"] = experiment.map { .string($0) }
        body["run"] = runID.map { .string($0) }
        let client = Client()
        var hasMore = true
        var found = false
        while hasMore {
            let answer = try await client.post("/purges", .object(body))
            hasMore = !dryRun && answer["more"]?.bool == true
            found = found || answer["items"]?.array?.isEmpty == false
            if output.json { try say(json: answer) } else { tell(answer) }
        }
        guard !found, !output.json else { return }
        let isDefault = olderThan == nil && experiment == nil && runID == nil
        say(
            "nothing is due"
                + (isDefault ? ": what was deleted in the last 30 days stays (--older-than 0d takes it)" : "")
        )
    }

    private func tell(_ answer: JSONValue) {
        for item in answer["items"]?.array ?? [] where dryRun {
            let words = ["kind", "id", "name"].map { item[$0]?.string ?? "" }
            say(
                "would go: \(words[0]) \(words[1]) \(words[2]) (deleted \(item["deletedAt"]?.string ?? "at a time that nobody kept, or with its experiment"))"
            )
        }
        for item in answer["kept"]?.array ?? [] {
            let words = ["kind", "id", "reason"].map { item[$0]?.string ?? "" }
            say("kept: \(words[0]) \(words[1]): \(words[2])")
        }
        for uri in answer["elsewhere"]?.array ?? [] {
            say("files at \(uri.string ?? "") \(dryRun ? "would stay" : "stay"): they are not in this server's store")
        }
        if dryRun, answer["more"]?.bool == true { say("and more: one purge removes 10,000 things") }
        guard let entry = answer["entry"]?.string else { return }
        let counts = ["experiments", "runs", "loggedModels"].map { answer[$0]?.integer ?? 0 }
        say(
            "removed \(counts[0]) experiments, \(counts[1]) runs and \(counts[2]) models for good; ledger entry \(entry)"
        )
    }
}
