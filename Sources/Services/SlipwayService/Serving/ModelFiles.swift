internal import SlipwayDomain
internal import SlipwayLedger
internal import SlipwayPolicy

/// The model files of registered versions, and who registered them.
package struct ModelFiles: Sendable {
    private let registry: Registry
    private let artifacts: any ArtifactStore
    private let pool: BlockingPool

    /// The largest model file that is read into memory.
    private static let mostBytes: Int64 = 2 << 30

    package init(registry: Registry, artifacts: any ArtifactStore, pool: BlockingPool) {
        self.registry = registry
        self.artifacts = artifacts
        self.pool = pool
    }

    /// The bytes of a version's model file and their digest; nil when the version has none.
    package func read(model: String, version: Int) async throws -> (bytes: [UInt8], digest: String)? {
        let path: ArtifactPath
        do {
            path = try await registry.modelFile(ofVersion: Int64(version), of: model)
        } catch let error as ServiceError where error.kind == .notFound {
            return nil
        }
        let reader = try await artifacts.read(path)
        guard reader.size <= Self.mostBytes else {
            throw ServiceError.invalid(
                "the model file \(path) has \(reader.size) bytes, over the limit of \(Self.mostBytes)"
            )
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(reader.size))
        while let piece = try await reader.next() { bytes += piece }
        return (bytes, Digest32.sha256(bytes).prefixed)
    }

    /// What is found when the model is made as it would be to serve.
    enum Inspection: Sendable {
        case serves(ModelColumns)
        /// Why it cannot be served.
        case refused(String)
    }

    func inspect(_ bytes: [UInt8], engine: any ModelEngine) async throws -> Inspection {
        do {
            return try await pool.run {
                let version = LoadedVersion(version: 1, digest: "", model: try engine.load(bytes))
                try version.model.verify()
                return .serves(version.columns)
            }
        } catch let error as ServiceError where error.kind == .invalid {
            return .refused(error.message)
        }
    }

    /// Loads a version; it must have the digest that was decided about, when one is given.
    package func load(
        model: String,
        version: Int,
        digest wanted: String? = nil,
        engine: any ModelEngine
    ) async throws -> (loaded: LoadedVersion, digest: String) {
        guard let file = try await read(model: model, version: version) else {
            // That there is no such version is another reason than that it has no file.
            _ = try await registry.version(caller: .system, Int64(version), of: model)
            throw ServiceError.notFound(
                "\(model)@\(version) has no .onnx file and no \(UpstreamDeclaration.suffix): log the model with "
                    + "mlflow.onnx.log_model"
            )
        }
        if let wanted, wanted != file.digest {
            throw ServiceError.conflict(
                "the file of \(model)@\(version) is \(file.digest), the decision was about \(wanted): it was changed since"
            )
        }
        let loaded = try await pool.run {
            LoadedVersion(version: version, digest: file.digest, model: try engine.load(file.bytes))
        }
        return (loaded, file.digest)
    }
}
