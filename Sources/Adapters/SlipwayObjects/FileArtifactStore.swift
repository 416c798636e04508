internal import Glibc
package import SlipwayService
internal import Synchronization

/// Artifacts as plain files under one folder, for the server's user only.
///
/// A write goes to a file of its own, is made durable, and takes its place in one step: readers see the old artifact or
/// the new one, and a full disk or a lost client leaves nothing. No link is followed below the root.
package final class FileArtifactStore: ArtifactStore {
    /// The most bytes that are held in memory for one transfer.
    package static let pieceSize = 1 << 20

    /// The store's own folder in the root, for uploads under way and for deletions.
    private static let workFolder = ".slipway-work"

    /// The folder in it where uploads in parts wait, each in a folder of its own. Parts are not made durable one by one:
    /// they outlive this process but not the machine's, so those of another start of the machine are thrown away.
    let partsFolder: String

    let root: Folder
    let work: Folder
    let pool = BlockingPool(name: "artifacts", threads: 16)
    /// Refuses uploads that would fill the disk.
    let room: DiskRoom
    private let counter = Atomic<UInt64>(0)

    /// Opens or makes the store, and clears what an interrupted run left in it. Uploads never take the last
    /// `spareBytes` of the disk, nor more than that share of a small one which `DiskRoom` sets.
    package init(root path: String, spareBytes: Int64 = 0) throws(ServiceError) {
        if mkdir(path, 0o700) != 0, errno != EEXIST {
            throw ObjectsFailure.serviceError(errno, doing: "making the folder \(path)")
        }
        root = try Folder.root(path)
        room = DiskRoom(of: root, spareBytes: spareBytes)
        _ = try root.make(Self.workFolder)
        guard let work = try root.folder(Self.workFolder) else {
            throw ObjectsFailure.serviceError(ENOENT, doing: "opening \(path)")
        }
        self.work = work
        partsFolder = "parts-" + Self.machineStart()
        try trash.empty(except: partsFolder)
    }

    package func write(
        _ path: ArtifactPath,
        length: Int64?,
        permit: () async throws -> Void,
        pieces: () async throws -> [UInt8]?
    ) async throws {
        try check(path)
        try await permit()
        var body = BufferedPieces()
        let first = try await body.next(of: pieces)
        if body.isAtEnd {
            // Small files are stored in one go.
            return try await pool.run {
                let file = try self.begin(path, length: length)
                do throws(ServiceError) {
                    try file.append(first ?? [])
                    try file.sync()
                    try file.finish(at: path.parts, under: self.root)
                } catch {
                    file.discard()
                    throw error
                }
            }
        }
        let file = try await pool.run { try self.begin(path, length: length) }
        do {
            try await fill(file, first: first, then: &body, of: pieces)
            try await pool.run { try file.sync() }
            try await permit()
            try await pool.run { try file.finish(at: path.parts, under: self.root) }
        } catch {
            try await pool.run { file.discard() }
            throw error
        }
    }

    /// Writes all pieces into `file`.
    func fill(
        _ file: PendingFile,
        first: [UInt8]?,
        then body: inout BufferedPieces,
        of pieces: () async throws -> [UInt8]?
    ) async throws {
        var next = first
        var unchecked: Int64 = 0
        while let piece = next {
            unchecked += Int64(piece.count)
            let checksRoom = unchecked >= DiskRoom.checkInterval
            if checksRoom { unchecked = 0 }
            try await pool.run {
                if checksRoom { try self.room.check(for: 0) }
                try file.append(piece)
                if checksRoom { file.beginSync() }
            }
            next = try await body.next(of: pieces)
        }
    }

    package func read(_ path: ArtifactPath) async throws -> any ArtifactReader {
        guard let name = path.parts.last else { throw ObjectsFailure.serviceError(EISDIR, doing: "reading") }
        try check(path)
        return try await pool.run {
            guard let folder = try self.root.folder(path.parts.dropLast()), let file = try folder.file(name) else {
                throw ServiceError.notFound("No such artifact: '\(path)'")
            }
            return FileArtifactReader(file, pool: self.pool)
        }
    }

    package func list(_ path: ArtifactPath) async throws -> [ArtifactInfo] {
        try check(path)
        return try await pool.run {
            let found = try self.listed(path)
            return found.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        }
    }

    package func delete(_ path: ArtifactPath) async throws {
        guard let name = path.parts.last else {
            throw ServiceError.invalid("Name the artifact or the folder to delete: the whole store cannot be deleted")
        }
        try check(path)
        try await pool.run {
            guard let folder = try self.root.folder(path.parts.dropLast()) else { return }
            try self.trash.remove(name, from: folder)
        }
    }

    var trash: Trash {
        Trash(folder: work, newName: { self.newName() })
    }

    /// What names the time since which the machine is on; something new where that is not known.
    private static func machineStart() -> String {
        let file = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return String(UInt64.random(in: .min ... .max), radix: 16) }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = Glibc.read(file, &bytes, bytes.count)
        let name = bytes.prefix(max(0, count)).filter { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") }
        return String(decoding: name, as: UTF8.self)
    }

    func newName() -> String {
        "\(getpid())-\(counter.add(1, ordering: .relaxed).newValue)"
    }

    /// Refuses what names the store's own folder.
    func check(_ path: ArtifactPath) throws(ServiceError) {
        guard path.parts.first != Self.workFolder else {
            throw .invalid("Invalid path: '\(Self.workFolder)' is the artifact store's own folder")
        }
    }

    /// Finds out before anything is written whether the path can be written at all, and whether there is room.
    func begin(_ path: ArtifactPath, length: Int64?) throws(ServiceError) -> PendingFile {
        guard let name = path.parts.last else { throw ObjectsFailure.serviceError(EISDIR, doing: "this upload") }
        for part in path.parts where part.utf8.count > 255 {
            throw ObjectsFailure.serviceError(ENAMETOOLONG, doing: "this upload")
        }
        if try root.folder(path.parts.dropLast())?.kind(of: name) == .folder {
            throw ObjectsFailure.serviceError(EISDIR, doing: "this upload")
        }
        try room.check(for: length ?? 0)
        return try PendingFile(in: work, name: newName())
    }

    private func listed(_ path: ArtifactPath) throws(ServiceError) -> [ArtifactInfo] {
        var folder = root
        for part in path.parts {
            // A path that goes through a file lists nothing, as one that is missing.
            guard try folder.kind(of: part) != .other else {
                throw ObjectsFailure.serviceError(ELOOP, doing: "listing")
            }
            guard try folder.kind(of: part) == .folder, let next = try folder.folder(part) else { return [] }
            folder = next
        }
        return try folder.items().compactMap { item in
            switch item.kind {
            case .folder where path.isRoot && item.name == Self.workFolder: nil
            case .folder: ArtifactInfo(name: item.name, isFolder: true, size: nil)
            case .file(let size): ArtifactInfo(name: item.name, isFolder: false, size: size)
            case .other: nil
            }
        }
    }
}
