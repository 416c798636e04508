import Foundation
import SlipwayLedger
import SlipwayService
import Synchronization

/// The models of `slipway serve`: files that were named on the command line, under their own names.
final class FileRepository: ModelRepository {
    private struct Place {
        let path: String
        /// Counts how often the file was read, so that a change of it is seen in answers.
        var version = 0
        /// Why it is not in memory; nil when it is.
        var reason: String?
    }

    private let places: Mutex<[String: Place]>
    private let routing: RoutingTable
    private let engine: any ModelEngine
    private let pool: BlockingPool
    private let batching: BatchPolicy?

    /// Takes files in whose names are different; none is read yet.
    init(
        paths: [String],
        routing: RoutingTable,
        engine: any ModelEngine,
        pool: BlockingPool,
        batching: BatchPolicy?
    ) throws {
        self.routing = routing
        self.engine = engine
        self.pool = pool
        self.batching = batching
        var places: [String: Place] = [:]
        for path in paths {
            let name = try Self.name(of: path)
            guard places[name] == nil else {
                throw CommandError("two files would both be the model '\(name)': rename one of them")
            }
            places[name] = Place(path: path, reason: "not loaded yet")
        }
        self.places = Mutex(places)
    }

    /// The name under which a file is served: its own without `.onnx`.
    static func name(of path: String) throws -> String {
        let file = URL(fileURLWithPath: path).lastPathComponent
        let name = file.hasSuffix(".onnx") ? String(file.dropLast(5)) : file
        guard !name.isEmpty, name != "stats" else { throw CommandError("'\(path)' gives no model a name") }
        return name
    }

    func index() async throws -> [RepositoryEntry] {
        places.withLock { $0 }.sorted { $0.key < $1.key }.map { name, place in
            RepositoryEntry(
                name: name,
                version: max(1, place.version),
                state: place.reason == nil ? .ready : .unavailable,
                reason: place.reason ?? ""
            )
        }
    }

    func load(_ model: String) async throws {
        let path = try path(of: model)
        let loaded: (model: any LoadedModel, digest: String)
        do {
            loaded = try await pool.run { [engine] in
                let bytes = try Self.bytes(path)
                return (try engine.load(bytes), Digest32.sha256(bytes).prefixed)
            }
        } catch let error as ServiceError {
            // What was in memory goes on answering.
            places.withLock { places in
                if places[model]?.reason != nil { places[model]?.reason = error.message }
            }
            throw error
        }
        let number = places.withLock { places in
            places[model]?.version += 1
            places[model]?.reason = nil
            return places[model]?.version ?? 1
        }
        let version = LoadedVersion(
            version: number,
            digest: loaded.digest,
            model: loaded.model,
            batching: batching
        )
        set(model, version)
    }

    func unload(_ model: String) async throws {
        _ = try path(of: model)
        places.withLock { $0[model]?.reason = "unloaded" }
        set(model, nil)
    }

    private func set(_ model: String, _ version: LoadedVersion?) {
        routing.set(
            Endpoint(model: model, stable: version, candidate: nil, candidatePercent: 0, salt: "", meter: nil)
        )
    }

    private func path(of model: String) throws(ServiceError) -> String {
        guard let place = places.withLock({ $0[model] }) else {
            throw .notFound("no file named '\(model.prefix(80)).onnx' was given to `slipway serve`")
        }
        return place.path
    }

    private static func bytes(_ path: String) throws -> [UInt8] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw ServiceError.invalid("there is no file '\(path)'")
        }
        guard !isFolder.boolValue else { throw ServiceError.invalid("'\(path)' is a folder: name its .onnx files") }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ServiceError.invalid("'\(path)' cannot be read: look at its permissions")
        }
        return Array(data)
    }
}
