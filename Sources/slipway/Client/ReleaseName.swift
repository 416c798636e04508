import ArgumentParser
import SlipwayDomain

/// A release as a person names it: by its id, or by its model.
struct ReleaseName: ExpressibleByArgument, Sendable {
    let text: String

    /// Which release of a model its name stands for.
    enum Choice { case underWay, newest }

    init?(argument: String) {
        guard !argument.isEmpty else { return nil }
        text = argument
    }

    /// Whether the text looks like an id.
    var isID: Bool { text.utf8.count == 32 && text.allSatisfy { $0.isHexDigit && !$0.isUppercase } }

    /// The release's id.
    func id(_ choice: Choice, _ client: Client) async throws -> String {
        guard try await client.get("/models")["models"]?.array?.contains(.string(text)) == true else {
            if isID { return text }
            throw CommandError("'\(text)' is no model, and no id: those have 32 digits, as `slipway status` shows them")
        }
        let releases = try await client.get("/models/\(text.urlPart)")["releases"]?.array ?? []
        let chosen = releases.last { choice == .newest || $0["outcome"]?.string == nil }
        if let id = chosen?["release"]?.string { return id }
        throw CommandError(
            releases.isEmpty
                ? "'\(text)' has no release yet: `slipway ship \(text)@VERSION` begins one"
                : "no release of '\(text)' is under way: `slipway status \(text)` lists those that are over"
        )
    }
}
