internal import Foundation
internal import Glibc
package import SlipwayService
internal import Synchronization

/// A gateway's folder: the last routing table, and model files by the digest of their content.
package final class GatewayFolder: GatewayFiles {
    private let root: Folder
    private let models: Folder
    private let counter = Atomic<Int>(0)

    private static let table = "routes.json"
    private static let pending = "pending-"
    private static let prefix = "sha256:"
    private static let mostBytes: Int64 = 2 << 30

    /// Opens the folder; what an earlier process left half written is removed.
    package init(root path: String) throws(ServiceError) {
        root = try Folder.root(path)
        _ = try root.make("models")
        guard let models = try root.folder("models") else {
            throw .unavailable("the folder \(path)/models has just gone: start again")
        }
        self.models = models
        for folder in [root, models] {
            for item in try folder.items() where item.name.hasPrefix(Self.pending) {
                _ = unlinkat(folder.descriptor, item.name, 0)
            }
        }
    }

    package func routes() throws(ServiceError) -> [UInt8]? { try read(Self.table, in: root) }

    package func keep(routes: [UInt8]) throws(ServiceError) { try write(routes, as: Self.table, in: root) }

    package func forgetRoutes() {
        // Without a table on the disk the next start waits for the control plane, which is what is wanted here.
        _ = unlinkat(root.descriptor, Self.table, 0)
    }

    package func content(_ digest: String) throws(ServiceError) -> [UInt8]? {
        try read(try Self.name(digest), in: models)
    }

    package func keep(_ bytes: [UInt8], digest: String) throws(ServiceError) {
        try write(bytes, as: try Self.name(digest), in: models)
    }

    package func prune(keeping digests: Set<String>) throws(ServiceError) {
        var kept: Set<String> = []
        for digest in digests { kept.insert(try Self.name(digest)) }
        for item in try models.items() where !kept.contains(item.name) && !item.name.hasPrefix(Self.pending) {
            _ = unlinkat(models.descriptor, item.name, 0)
        }
    }

    /// A digest is a name only if it is one: it comes from outside.
    private static func name(_ digest: String) throws(ServiceError) -> String {
        let hex = digest.dropFirst(prefix.count)
        let isHex = hex.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
        guard digest.hasPrefix(prefix), hex.utf8.count == 64, isHex else {
            throw .invalid("'\(digest.prefix(80))' is no SHA-256 digest")
        }
        return "sha256-\(hex)"
    }

    private func read(_ name: String, in folder: Folder) throws(ServiceError) -> [UInt8]? {
        guard let file = try folder.file(name) else { return nil }
        guard file.size <= Self.mostBytes else { throw .invalid("\(name) has \(file.size) bytes: remove it") }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(file.size))
        while Int64(bytes.count) < file.size {
            let piece = try file.read(Int(min(file.size - Int64(bytes.count), 8 << 20)), at: Int64(bytes.count))
            guard !piece.isEmpty else { break }
            bytes += piece
        }
        return bytes
    }

    private func write(_ bytes: [UInt8], as name: String, in folder: Folder) throws(ServiceError) {
        let file = try PendingFile(
            in: folder,
            name: Self.pending + "\(getpid())-\(counter.add(1, ordering: .relaxed).newValue)"
        )
        do throws(ServiceError) {
            try file.append(bytes)
            try file.sync()
            try file.finish(as: name, in: folder)
            try folder.sync()
        } catch {
            file.discard()
            throw error
        }
    }
}
