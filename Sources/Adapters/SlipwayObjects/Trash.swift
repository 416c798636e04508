internal import Glibc
internal import SlipwayService

/// Where deleted artifacts go before they are taken apart: to the reader a deletion is one step, whatever its size.
struct Trash {
    /// The store's own folder, which no path can name.
    let folder: Folder
    /// Gives names that were never used in `folder` since the start.
    let newName: @Sendable () -> String

    /// Removes `name` from `parent` with all in it; what is missing is no error.
    func remove(_ name: String, from parent: Folder) throws(ServiceError) {
        try parent.check(name)
        let moved = newName()
        guard renameat(parent.descriptor, name, folder.descriptor, moved) == 0 else {
            if errno == ENOENT { return }
            throw ObjectsFailure.serviceError(errno, doing: "deleting '\(name)'")
        }
        try parent.sync()
        guard let kind = try folder.kind(of: moved) else { return }
        try empty([Folder.Item(name: moved, kind: kind)])
    }

    /// Takes everything apart that an earlier run left behind, except for the folder `kept`.
    func empty(except kept: String) throws(ServiceError) {
        try empty(folder.items().filter { $0.name != kept })
    }

    /// Removes `items` of the trash. A folder's own folders are first moved up into the trash, so that the depth of
    /// what is deleted costs neither stack nor descriptors; links are removed, never followed.
    private func empty(_ items: [Folder.Item]) throws(ServiceError) {
        var waiting = items
        while let item = waiting.popLast() {
            guard item.kind == .folder, let inner = try folder.folder(item.name) else {
                try unlink(item.name, in: folder, flags: 0)
                continue
            }
            for child in try inner.items() {
                guard child.kind == .folder else {
                    try unlink(child.name, in: inner, flags: 0)
                    continue
                }
                let moved = newName()
                guard renameat(inner.descriptor, child.name, folder.descriptor, moved) == 0 else {
                    throw ObjectsFailure.serviceError(errno, doing: "deleting")
                }
                waiting.append(Folder.Item(name: moved, kind: .folder))
            }
            try unlink(item.name, in: folder, flags: AT_REMOVEDIR)
        }
    }

    private func unlink(_ name: String, in folder: Folder, flags: Int32) throws(ServiceError) {
        guard unlinkat(folder.descriptor, name, flags) != 0, errno != ENOENT else { return }
        // An upload may have been put into the folder just before it was moved here: the next start takes it away.
        if errno == ENOTEMPTY || errno == EEXIST { return }
        throw ObjectsFailure.serviceError(errno, doing: "deleting")
    }
}
