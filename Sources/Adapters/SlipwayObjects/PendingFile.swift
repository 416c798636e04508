internal import Dispatch
internal import Glibc
internal import SlipwayService
internal import Synchronization

/// A file that is being written under a name of its own, and takes its real name only when it is whole and durable.
final class PendingFile: Sendable {
    private let descriptor: Int32
    private let folder: Folder
    private let name: String
    /// The error that a sync ahead of time met; the system tells of it once only.
    private let earlyError = Atomic<Int32>(0)

    /// Makes the file in `folder`; `name` must be new.
    init(in folder: Folder, name: String) throws(ServiceError) {
        try folder.check(name)
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let descriptor = openat(folder.descriptor, name, flags, 0o600)
        guard descriptor >= 0 else { throw ObjectsFailure.serviceError(errno, doing: "this upload") }
        self.descriptor = descriptor
        self.folder = folder
        self.name = name
    }

    deinit { close(descriptor) }

    /// Writes `bytes` behind what was written so far.
    func append(_ bytes: [UInt8]) throws(ServiceError) {
        var done = 0
        while done < bytes.count {
            let written = bytes.withUnsafeBytes {
                write(descriptor, $0.baseAddress?.advanced(by: done), $0.count - done)
            }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else {
                throw ObjectsFailure.serviceError(written < 0 ? errno : ENOSPC, doing: "this upload")
            }
            done += written
        }
    }

    /// Writes all of `file` behind what was written so far.
    func append(_ file: OpenFile) throws(ServiceError) {
        var position: Int64 = 0
        while position < file.size {
            let bytes = try file.read(1 << 20, at: position)
            guard !bytes.isEmpty else { throw .unavailable("a part became shorter meanwhile: send the file again") }
            try append(bytes)
            position += Int64(bytes.count)
        }
    }

    /// Lets the disk begin with what was written so far, while more of a big file comes in.
    func beginSync() {
        DispatchQueue.global(qos: .utility).async {
            if fdatasync(self.descriptor) != 0 { self.earlyError.store(errno, ordering: .releasing) }
        }
    }

    /// Makes what was written survive a power cut, except for its name.
    func sync() throws(ServiceError) {
        let code = fsync(descriptor) == 0 ? earlyError.load(ordering: .acquiring) : errno
        guard code == 0 else { throw ObjectsFailure.serviceError(code, doing: "this upload") }
    }

    /// Puts the durable file in its place under `root`, making folders as needed. What stood there is replaced in one
    /// step.
    func finish(at parts: [String], under root: Folder) throws(ServiceError) {
        // Somebody may delete the folder between its making and the rename.
        for isLastTry in [false, false, true] where try place(at: parts, under: root, isLastTry: isLastTry) { return }
    }

    /// Puts the file under `newName` into `target`.
    func finish(as newName: String, in target: Folder) throws(ServiceError) {
        try target.check(newName)
        guard renameat(folder.descriptor, name, target.descriptor, newName) == 0 else {
            throw ObjectsFailure.serviceError(errno, doing: "this upload")
        }
    }

    /// Removes what was written so far.
    func discard() {
        // Nothing more can be done if this fails; what is left is cleared at the next start.
        _ = unlinkat(folder.descriptor, name, 0)
    }

    private func place(at parts: [String], under root: Folder, isLastTry: Bool) throws(ServiceError) -> Bool {
        var made: [(parent: Folder, name: String)] = []
        do throws(ServiceError) {
            var parent = root
            for part in parts.dropLast() {
                if try parent.make(part) { made.append((parent, part)) }
                guard let child = try parent.folder(part) else { throw Self.vanished }
                parent = child
            }
            try parent.check(parts[parts.count - 1])
            guard renameat(folder.descriptor, name, parent.descriptor, parts[parts.count - 1]) == 0 else {
                throw ObjectsFailure.serviceError(errno, doing: "this upload")
            }
            try parent.sync()
            for folder in made { try folder.parent.sync() }
            return true
        } catch {
            // Folders made for a file that did not come are taken away; one that is in use meanwhile stays.
            for folder in made.reversed() { _ = unlinkat(folder.parent.descriptor, folder.name, AT_REMOVEDIR) }
            if error == Self.vanished, !isLastTry { return false }
            throw error
        }
    }

    private static let vanished = ObjectsFailure.serviceError(ENOENT, doing: "this upload")
}
