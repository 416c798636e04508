internal import Glibc
internal import SlipwayService

/// An open folder of the store. Everything is done relative to its descriptor, one name at a time, so that no link and
/// no `..` can lead out of the root, not even when somebody swaps a folder for a link meanwhile.
final class Folder: Sendable {
    let descriptor: Int32

    /// What stands under a name.
    enum Kind: Equatable {
        case file(size: Int64)
        case folder
        /// A link, a pipe or a device: never opened, only removed.
        case other
    }

    /// One name of a folder.
    struct Item {
        let name: String
        let kind: Kind
    }

    private init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Opens the store's root, which the operator chose and which may itself be reached through links.
    static func root(_ path: String) throws(ServiceError) -> Folder {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ObjectsFailure.serviceError(errno, doing: "opening \(path)") }
        return Folder(descriptor: descriptor)
    }

    /// A name leads nowhere but into this folder: whoever made it, it holds no slash and is neither `.` nor `..`.
    func check(_ name: String) throws(ServiceError) {
        let isOne = !name.isEmpty && name != "." && name != ".." && !name.utf8.contains { $0 == 0x2F || $0 == 0 }
        guard isOne else { throw .invalid("'\(name.prefix(80))' is no name of a file or a folder") }
    }

    /// What stands under `name`, or nil.
    func kind(of name: String) throws(ServiceError) -> Kind? {
        try check(name)
        var status = stat()
        guard fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
            if errno == ENOENT { return nil }
            throw ObjectsFailure.serviceError(errno, doing: "looking at '\(name)'")
        }
        return Folder.kind(of: status)
    }

    /// Opens the folder `name`, or nil when there is none; a link or a file under that name is an error.
    func folder(_ name: String) throws(ServiceError) -> Folder? {
        try check(name)
        let child = openat(descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        if child >= 0 { return Folder(descriptor: child) }
        let code = errno
        if code == ENOENT { return nil }
        // With O_DIRECTORY a link answers ENOTDIR, as a file does.
        if code == ENOTDIR, try kind(of: name) == .other { throw ObjectsFailure.serviceError(ELOOP, doing: "opening") }
        throw ObjectsFailure.serviceError(code, doing: "opening the folder '\(name)'")
    }

    /// Opens the folder behind `parts`, or nil when there is none.
    func folder(_ parts: some Sequence<String>) throws(ServiceError) -> Folder? {
        var current = self
        for part in parts {
            guard let next = try current.folder(part) else { return nil }
            current = next
        }
        return current
    }

    /// Makes the folder `name`, readable by the server's user only; false when it exists already.
    func make(_ name: String) throws(ServiceError) -> Bool {
        try check(name)
        if mkdirat(descriptor, name, 0o700) == 0 { return true }
        guard errno == EEXIST else { throw ObjectsFailure.serviceError(errno, doing: "making the folder '\(name)'") }
        return false
    }

    /// Opens the file `name` for reading; nil when there is none.
    func file(_ name: String) throws(ServiceError) -> OpenFile? {
        try check(name)
        // O_NONBLOCK: opening a pipe must not wait for its other end.
        let descriptor = openat(descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw ObjectsFailure.serviceError(errno, doing: "opening '\(name)'")
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let code = errno
            close(descriptor)
            throw ObjectsFailure.serviceError(code, doing: "looking at '\(name)'")
        }
        let file = OpenFile(descriptor: descriptor, status: status)
        switch Folder.kind(of: status) {
        case .file: return file
        case .folder: throw ObjectsFailure.serviceError(EISDIR, doing: "reading")
        case .other: throw .invalid("'\(name)' is no ordinary file: it cannot be an artifact")
        }
    }

    /// All names in the folder, in no particular order. Names that are not UTF-8 are not shown.
    func items() throws(ServiceError) -> [Item] {
        let copy = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0, let stream = fdopendir(copy) else {
            let code = errno
            if copy >= 0 { close(copy) }
            throw ObjectsFailure.serviceError(code, doing: "listing")
        }
        defer { closedir(stream) }
        var items: [Item] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(validating: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let name, name != ".", name != "..", let kind = try kind(of: name) else { continue }
            items.append(Item(name: name, kind: kind))
        }
        return items
    }

    /// Makes what was done in this folder survive a power cut.
    func sync() throws(ServiceError) {
        guard fsync(descriptor) == 0 else { throw ObjectsFailure.serviceError(errno, doing: "storing") }
    }

    private static func kind(of status: stat) -> Kind {
        switch status.st_mode & S_IFMT {
        case S_IFREG: .file(size: Int64(status.st_size))
        case S_IFDIR: .folder
        default: .other
        }
    }
}
