import ArgumentParser
import SlipwayDomain

struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Ask whether a version may enter an environment, and why.",
        discussion: """
            Lists every gate with its evidence and verdict. Exits with 2 when the answer is no.

            Example: slipway check flight-delay@1 --to production
            """
    )

    @Argument(help: "MODEL@VERSION")
    var version: ModelVersionArgument

    @Option(name: .customLong("to"), help: "dev, staging or production")
    var environment = "production"

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let answer = try await Client().post("\(version.path)/check", ["environment": .string(environment)])
        try Decided.show(answer, json: output.json)
        if !Decided.isAllowed(answer) { throw ExitCode.no }
    }
}

/// A recorded decision as the API sends it.
enum Decided {
    static func isAllowed(_ answer: JSONValue) -> Bool { answer["decision"]?["allowed"]?.bool == true }

    static func show(_ answer: JSONValue, json: Bool) throws {
        if json { return try say(json: answer) }
        say(answer["text"]?.string ?? "")
        if answer["serves"]?.bool == true {
            say("this version has all production traffic already; the answer is about releasing it anew")
        }
        say("recorded as ledger entry \(answer["entry"]?.string ?? "")")
        if let approval = answer["approval"]?.string {
            say("waits for approval: somebody else runs  slipway approve \(approval)")
        }
    }
}

struct Approve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve",
        abstract: "Approve a request that `slipway check` or `slipway ship` made, or the next step of a release.",
        discussion: """
            Exits with 2 when the approval does not count, because it is the own version of who gives it.

            Examples:
              SLIPWAY_TOKEN=... slipway approve 013dd1ac…      a request of `check`
              SLIPWAY_TOKEN=... slipway approve flight-delay   a release's next step
            """
    )

    @Argument(help: "The request's id, or the model (or the id) whose release waits for an approval.")
    var request: ReleaseName

    @Option(help: "Why, for whoever reads it later.")
    var reason: String?

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let client = Client()
        let id = try await request.id(.underWay, client)
        // A release says itself that it is one; anything else is asked for as a request.
        if let release = try? await client.get("/releases/\(id)"), release["plan"] != nil {
            let answer = try await client.post("/releases/\(id)/approve", [:])
            if output.json { return try say(json: answer) }
            return say(answer["explanation"]?.string ?? "")
        }
        try await Answered.send("grant", request: id, reason: reason, json: output.json)
    }
}

struct Reject: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reject",
        abstract: "Refuse a request for approval.",
        discussion: "Example: slipway reject 013dd1ac… --reason 'no holdout for Newark'"
    )

    @Argument(help: "The request's id, or its first digits.")
    var request: ReleaseName

    @Option(help: "Why, for whoever reads it later.")
    var reason: String?

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let id = try await request.id(.underWay, Client())
        try await Answered.send("reject", request: id, reason: reason, json: output.json)
    }
}

private enum Answered {
    static func send(_ verb: String, request: String, reason: String?, json: Bool) async throws {
        let body: JSONValue = reason.map { ["reason": .string($0)] } ?? [:]
        let answer = try await Client().post("/approvals/\(request.urlPart)/\(verb)", body)
        // Whoever may not approve learns it now, and not from the next denial.
        let objection = answer["objection"]?.string
        if json {
            try say(json: answer)
            if objection != nil { throw ExitCode.no }
            return
        }
        let source = answer["source"]
        say(
            "\(verb == "grant" ? "approval" : "rejection") by \(source?["actor"]?.string ?? "?") recorded, "
                + "ledger entry \(source?["entry"]?.string ?? "")"
        )
        if let gate = answer["gate"], let reason = gate["reason"]?.string {
            say("\(gate["title"]?.string ?? "approvals"): \(gate["verdict"]?.string ?? ""): \(reason)")
        }
        if let objection {
            say(objection)
            throw ExitCode.no
        }
    }
}
