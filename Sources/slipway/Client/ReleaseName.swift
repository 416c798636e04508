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

    /// The id of the release, or of the request for an approval when it is written as one or begins one.
    func id(_ choice: Choice, _ client: Client) async throws -> String {
        let models = try await client.get("/models")["models"]?.array?.compactMap(\.string) ?? []
        guard models.contains(text) else {
            if isID { return text }
            var ids: [String] = []
            for model in models {
                let report = try await client.get("/models/\(model.urlPart)")
                ids += (report["releases"]?.array ?? []).compactMap { $0["release"]?.string }
                ids += (report["versions"]?.array ?? []).compactMap { $0["waitsFor"]?.string }
            }
            if let id = try ShortenedID.whole(text, among: ids) { return id }
            throw CommandError(
                "'\(text)' is no model, and no id or beginning of one: `slipway status MODEL` shows releases and requests"
            )
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
