import ArgumentParser
import SlipwayDomain

struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user",
        abstract: "Make and list users.",
        subcommands: [Create.self, List.self]
    )

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create",
            abstract: "Make a user and print their first token, once.",
            discussion: """
                The first user of a server becomes its administrator; after that only an administrator makes users.

                Example: export SLIPWAY_TOKEN=$(slipway user create alice)
                """
        )

        @Argument(help: "A short name, e.g. alice.")
        var name: String

        @OptionGroup var output: OutputOptions

        func run() async throws {
            let answer = try await Client().post("/users", ["user": .string(name)])
            if output.json { return try say(json: answer) }
            whisper("made user \(name); this is their token, it is not shown again:")
            say(answer["token"]?.string ?? "")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "List users.",
            discussion: "Example: slipway user list"
        )

        @OptionGroup var output: OutputOptions

        func run() async throws {
            let answer = try await Client().get("/users")
            if output.json { return try say(json: answer) }
            for user in answer["users"]?.array ?? [] {
                let role = user["admin"]?.bool == true ? "administrator" : "user"
                say(
                    "\((user["user"]?.string ?? "").padding(24)) \(role.padding(14)) \(user["liveTokens"]?.integer ?? 0) tokens"
                )
            }
        }
    }
}

struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Make and revoke tokens.",
        subcommands: [Create.self, Revoke.self]
    )

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create",
            abstract: "Make another token for a user and print it, once.",
            discussion: """
                Examples:
                  slipway token create alice
                  slipway token create ops --for gateway   (only for `slipway gateway`)
                """
        )

        @Argument(help: "The user's name.")
        var name: String

        @Option(name: .customLong("for"), help: "What the token is for: person, or gateway (by an administrator).")
        var purpose = "person"

        @OptionGroup var output: OutputOptions

        func run() async throws {
            let answer = try await Client().post(
                "/users/\(name.urlPart)/tokens",
                purpose == "person" ? [:] : ["purpose": .string(purpose)]
            )
            if output.json { return try say(json: answer) }
            whisper("this is a new token of \(name), it is not shown again:")
            say(answer["token"]?.string ?? "")
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "revoke",
            abstract: "Revoke a token at once.",
            discussion: "Example: slipway token revoke 4f2a9c01d7e3   (the part before the dot)"
        )

        @Argument(help: "The part of the token before the dot.")
        var token: String

        @OptionGroup var output: OutputOptions

        func run() async throws {
            // Somebody may paste the whole token: only its id leaves this machine.
            let id = token.split(separator: ".").first.map(String.init) ?? token
            let answer = try await Client().delete("/tokens/\(id.urlPart)")
            if output.json { return try say(json: answer) }
            say("revoked \(id)")
        }
    }
}
