import AsyncHTTPClient
import Foundation
import SlipwayDomain

/// Another MLflow, as an import reads it: a live server or its database.
protocol ImportSource: Sendable {
    /// Its address or path, without credentials.
    var name: String { get }

    /// How much there is to move, of the kinds of which the source can tell that beforehand.
    func totals() async throws -> [ImportKind: Int64]
    func experiments() async throws -> [Experiment]
    /// Hands out all runs, page by page; a run's artifact URI is the one there.
    func runs(of experiments: [Experiment], _ page: ([SourceRun]) async throws -> Void) async throws
    /// The runs with what a listing leaves out.
    func whole(_ runs: [SourceRun]) async throws -> [Run]
    /// Hands out all points of a run, some at a time.
    func points(of run: SourceRun, _ some: ([ImportedPoints]) async throws -> Void) async throws
    func loggedModels(of experiments: [Experiment], _ page: ([LoggedModel]) async throws -> Void) async throws
    /// The runs of these ids, as a listing has them; what is not there is left out.
    func runs(named ids: [String]) async throws -> [SourceRun]
    /// The logged models of these ids; what is not there is left out.
    func loggedModels(named ids: [String]) async throws -> [LoggedModel]
    /// Hands out all traces with their spans, and what could not be read of them.
    func traces(
        of experiments: [Experiment],
        _ page: ([SourceTrace]) async throws -> Void
    ) async throws
    func registeredModels() async throws -> [SourceModel]
    /// The versions that are wanted of it.
    func versions(of model: SourceModel) async throws -> [SourceVersion]
    /// Kinds of things that exist there and that an import does not move, each in a sentence.
    func others(_ experiments: [Experiment]) async throws -> [String]

    /// All files under an artifact URI that is not remote.
    func files(of owner: ImportedOwner, at uri: String) async throws -> [SourceFile]
    /// Opens a file, and tells its size as it is now.
    func open(_ file: SourceFile, of owner: ImportedOwner, at uri: String) async throws -> (
        size: Int64, body: HTTPClientRequest.Body
    )
}

/// A run, and what tells that nothing was logged to it since it was last seen.
struct SourceRun: Sendable {
    let run: Run
    /// How many points it has, where the source knows.
    let points: Int64?
    /// Whether its files' listing belongs to the mark: listing is cheap in a folder, and a request each on a server.
    let marksFiles: Bool
}

/// A registered model and which aliases point at which version.
struct SourceModel: Sendable {
    let model: ImportedModel
    var aliases: [Int64: [String]] = [:]

    var isPrompt: Bool { model.tags.contains(Tag(key: "mlflow.prompt.is_prompt", value: "true")) }
}

/// A trace, and why its spans could not be read.
struct SourceTrace: Sendable {
    var trace: ImportedTrace
    var problem: String?
}

/// A version and where its files are, if that is known beside its source.
struct SourceVersion: Sendable {
    let version: ImportedVersion
    let storage: String?
}

/// A file of an artifact folder.
struct SourceFile: Sendable, Hashable {
    /// Relative to the folder.
    let path: String
    /// Nil when a listing does not tell.
    let size: Int64?
    /// When it was last changed, where that is known.
    var changed: Int64 = 0
}

/// What an artifact URI of another MLflow means for an import.
enum ArtifactPlace: Equatable {
    /// Behind the server, under this path.
    case served(String)
    /// A folder of the machine where the server runs.
    case local(String)
    /// An object store: its URI is kept, and nothing is copied.
    case remote

    init(_ uri: String) {
        let scheme = uri.prefix { $0 != ":" && $0 != "/" }
        guard scheme.endIndex < uri.endIndex, uri[scheme.endIndex] == ":" else {
            self = .local(uri)
            return
        }
        let rest = uri[uri.index(after: scheme.endIndex)...]
        switch scheme.lowercased() {
        case "mlflow-artifacts": self = .served(Self.path(rest))
        case "file": self = .local("/" + (Self.path(rest).removingPercentEncoding ?? Self.path(rest)))
        default: self = .remote
        }
    }

    /// The path of a URI behind `//host:port/`, if that stands there.
    private static func path(_ rest: Substring) -> String {
        var rest = rest
        if rest.hasPrefix("//") { rest = rest.dropFirst(2).drop { $0 != "/" } }
        return String(rest.drop { $0 == "/" })
    }
}

extension ImportedVersion {
    /// Whether an import of what is new since then takes it: it was made since, or it is in use.
    func isWanted(since: Instant?) -> Bool {
        guard let since else { return true }
        return createdAt >= since || !aliases.isEmpty || ["staging", "production"].contains(stage.lowercased())
    }

    /// The version with the folder that holds its files, read off its source or the place where MLflow keeps it.
    func findingFolder(storage: String?) -> ImportedVersion {
        var version = self
        version.folder = Self.folder(source) ?? storage.flatMap(Self.folder)
        return version
    }

    /// `models:/m-…`, `runs:/<run>/<path>`, `…/models/m-…/artifacts/<path>` or `…/<run>/artifacts/<path>`.
    static func folder(_ source: String) -> ImportedFolder? {
        if let match = source.wholeMatch(of: /models:\/(m-[A-Za-z0-9_-]+)/) {
            return ImportedFolder(owner: .loggedModel(String(match.1)), path: "")
        }
        if let match = source.wholeMatch(of: /runs:\/([^\/]+)\/(.+)/) {
            return ImportedFolder(owner: .run(String(match.1)), path: String(match.2))
        }
        guard ArtifactPlace(source) != .remote else { return nil }
        if let match = source.firstMatch(of: /\/models\/(m-[A-Za-z0-9_-]+)\/artifacts(?:\/(.*))?$/) {
            return ImportedFolder(owner: .loggedModel(String(match.1)), path: String(match.2 ?? ""))
        }
        if let match = source.firstMatch(of: /\/([A-Za-z0-9_-]{32,36})\/artifacts(?:\/(.*))?$/) {
            return ImportedFolder(owner: .run(String(match.1)), path: String(match.2 ?? ""))
        }
        return nil
    }
}
