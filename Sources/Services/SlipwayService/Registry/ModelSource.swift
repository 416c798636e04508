internal import SlipwayDomain
internal import SlipwayStore

/// What a version's source says, before anything is looked up.
enum ModelSource: Equatable {
    /// `models:/m-<id>`
    case loggedModel(String)
    /// `models:/<name>/<version>`
    case version(model: String, Int64)
    /// `models:/<name>@<alias>`
    case alias(model: String, String)
    /// `runs:/<run>/<path>`
    case run(String)
    /// `mlflow-artifacts:/<path>`
    case own
    /// An object store's URI, which Slipway keeps and never opens.
    case remote
    /// A file or folder of some machine.
    case local

    private static let remoteSchemes: Set<String> = [
        "s3", "s3a", "s3n", "gs", "wasb", "wasbs", "abfs", "abfss", "dbfs", "hdfs", "viewfs", "r2", "b2", "oss", "uc",
    ]

    /// Reads a source; anything that could point somewhere else than it seems to is refused.
    init(_ text: String) throws(ServiceError) {
        guard !text.isEmpty else { throw .invalid("A model version needs a source, such as runs:/<run id>/model") }
        guard text.utf8.count <= 2048 else { throw .invalid("A source has at most 2,048 bytes") }
        try Self.refuseTricks(text)
        let scalars = text.unicodeScalars
        let colon = scalars.firstIndex(of: ":")
        let slash = scalars.firstIndex(of: "/") ?? scalars.endIndex
        guard let colon, colon < slash else {
            self = .local
            return
        }
        let scheme = String(scalars[..<colon]).lowercased()
        let rest = String(scalars[scalars.index(after: colon)...])
        switch scheme {
        case "models": self = try Self.models(rest)
        case "runs": self = try .run(Self.run(rest))
        case "mlflow-artifacts":
            _ = try ArtifactLocation.path(of: text)
            self = .own
        case "file": self = .local
        case _ where Self.remoteSchemes.contains(scheme): self = .remote
        default:
            throw .invalid(
                "A source cannot be a '\(scheme.prefix(40))' URI: log the model to a run and register runs:/, models:/ "
                    + "or mlflow-artifacts:/, or give an object store's URI"
            )
        }
    }

    /// `..` in any encoding, control characters, backslashes.
    private static func refuseTricks(_ text: String) throws(ServiceError) {
        let scalars = text.unicodeScalars
        let afterScheme = scalars.firstIndex(of: ":").map { scalars[scalars.index(after: $0)...] } ?? scalars[...]
        for piece in [scalars[...], afterScheme] {
            // The path rules find every spelling of "..", and what they refuse besides is no source either. Slashes at
            // the start are part of a URI.
            let relative = String(piece.drop { $0 == "/" })
            guard !ArtifactPath.isURI(relative) else { continue }
            do {
                _ = try ArtifactPath(relative)
            } catch {
                throw .invalid("The source is refused. " + error.message)
            }
        }
    }

    private static func models(_ rest: String) throws(ServiceError) -> ModelSource {
        let wrong = ServiceError.invalid(
            "A models: source is models:/m-<id of a logged model>, models:/<name>/<version> or models:/<name>@<alias>"
        )
        var parts = rest.parts(at: "/", keepingEmpty: true)
        guard parts.count > 1, parts.removeFirst().isEmpty, parts[0] != "" || parts.count == 1 else { throw wrong }
        switch parts.count {
        case 1:
            let name = parts[0].unicodeScalars
            if let at = name.lastIndex(of: "@") {
                return .alias(model: String(name[..<at]), String(name[name.index(after: at)...]))
            }
            guard parts[0].hasPrefix("m-"), parts[0].count > 2 else { throw wrong }
            return .loggedModel(parts[0])
        case 2:
            guard !parts[0].isEmpty else { throw wrong }
            // Another way to write the alias that every model has.
            if parts[1].lowercased() == "latest" { return .alias(model: parts[0], parts[1]) }
            guard let version = Int64(parts[1]) else { throw wrong }
            return .version(model: parts[0], version)
        default: throw wrong
        }
    }

    private static func run(_ rest: String) throws(ServiceError) -> String {
        let parts = rest.parts(at: "/", keepingEmpty: true)
        guard parts.count >= 3, parts[0].isEmpty, !parts[1].isEmpty, !parts[2].isEmpty else {
            throw .invalid("A runs: source is runs:/<run id>/<path of the model in the run's artifacts>")
        }
        return parts[1]
    }
}

/// A source with everything looked up that it refers to.
struct ResolvedSource {
    /// Where the files are.
    let location: String
    /// The run that made the model; empty when unknown.
    let runID: String
    /// What is kept instead of the text as it was given: an alias may move later, the version that it means now does not.
    var fixed: String?
}

extension ResolvedSource {
    /// Looks up what a source refers to. `isPrompt` models keep their text in tags and have a placeholder as source.
    init(
        _ text: String,
        runID: String?,
        modelID: String?,
        isPrompt: Bool,
        in connection: any SQLReader
    ) throws {
        let given = runID ?? ""
        if isPrompt {
            self.init(location: text, runID: given)
            return
        }
        let source = try ModelSource(text)
        let logged = try modelID.map { try Self.loggedModel($0, in: connection) }
        let inherited = given.isEmpty ? logged?.sourceRun ?? "" : given
        switch source {
        case .loggedModel(let id):
            let model = try Self.loggedModel(id, in: connection)
            self.init(location: model.artifactURI, runID: given.isEmpty ? model.sourceRun ?? "" : given)
        case .version(let model, let number):
            try Self.refusePrompt(model, in: connection)
            let version = try Registry.version(number, of: model, in: connection)
            self.init(location: version.location, runID: given.isEmpty ? version.runID : given)
        case .alias(let model, let alias):
            try Self.refusePrompt(model, in: connection)
            let version = try Registry.version(alias: alias, of: model, in: connection)
            self.init(
                location: version.location,
                runID: given.isEmpty ? version.runID : given,
                fixed: "models:/\(model)/\(version.version)"
            )
        case .run(let id):
            guard given == id else {
                throw ServiceError.invalid(
                    "A source runs:/\(id.prefix(80))/... needs run_id, and it must be the same run"
                )
            }
            guard try LineageTable.artifactURI(ofRun: id, in: connection) != nil else {
                throw ServiceError.notFound("There is no run '\(id.prefix(80))' to register a model of")
            }
            self.init(location: text, runID: id)
        case .own:
            try DoomedFolders.refuse(text, in: connection)
            self.init(location: text, runID: inherited)
        case .remote: self.init(location: text, runID: inherited)
        case .local:
            let run = given.isEmpty ? nil : try LineageTable.artifactURI(ofRun: given, in: connection)
            let folders = [run, logged?.artifactURI].compactMap { $0 }
            guard folders.contains(where: { Self.isInside(text, $0) }) else {
                throw ServiceError.invalid(
                    "The source '\(text.prefix(200))' is a path of some machine, outside the artifacts of the run: log "
                        + "the model to a run and register that"
                )
            }
            self.init(location: text, runID: inherited)
        }
    }

    private static func loggedModel(
        _ id: String,
        in connection: any SQLReader
    ) throws -> (artifactURI: String, sourceRun: String?) {
        guard let model = try LineageTable.loggedModel(id, in: connection) else {
            throw ServiceError.notFound("There is no logged model '\(id.prefix(80))' to register")
        }
        return model
    }

    private static func refusePrompt(_ model: String, in connection: any SQLReader) throws {
        guard try !Registry.isPrompt(model, in: connection) else {
            throw ServiceError.invalid("'\(model.prefix(256))' is a prompt: a version of it is no source of a model")
        }
    }

    /// Whether a path that holds no `..` is a folder or something in it.
    private static func isInside(_ path: String, _ folder: String) -> Bool {
        let base = folder.utf8.last == UInt8(ascii: "/") ? String(folder.unicodeScalars.dropLast()) : folder
        return !base.isEmpty && (path.isExactly(base) || path.utf8.starts(with: (base + "/").utf8))
    }
}
