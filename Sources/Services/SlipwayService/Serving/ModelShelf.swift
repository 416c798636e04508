internal import SlipwayDomain

/// The versions that are in memory, each loaded once.
package actor ModelShelf {
    private let files: ModelFiles
    private let engine: any ModelEngine
    private var versions: [Key: LoadedVersion] = [:]

    private struct Key: Hashable {
        let model: String
        let version: Int
    }

    package init(files: ModelFiles, engine: any ModelEngine) {
        self.files = files
        self.engine = engine
    }

    /// The version, loaded now if it was not; refused when its file is not the one that was decided about.
    func load(model: String, version: Int, digest: String?) async throws -> LoadedVersion {
        let key = Key(model: model, version: version)
        if let known = versions[key], digest == nil || known.digest == digest { return known }
        let loaded = try await files.load(model: model, version: version, digest: digest, engine: engine).loaded
        versions[key] = loaded
        return loaded
    }

    /// The version if it is in memory.
    func version(_ version: Int?, of model: String) -> LoadedVersion? {
        version.flatMap { versions[Key(model: model, version: $0)] }
    }

    /// Lets go of all versions of a model but these.
    func keep(_ kept: Set<Int>, of model: String) {
        for key in versions.keys where key.model == model && !kept.contains(key.version) { versions[key] = nil }
    }

    /// Lets go of a version; requests that still run on it keep it until they end.
    func unload(model: String, version: Int) {
        versions[Key(model: model, version: version)] = nil
    }
}
