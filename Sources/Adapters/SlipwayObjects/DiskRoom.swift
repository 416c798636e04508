internal import Glibc
internal import SlipwayService

/// Keeps some of the disk free: the ledger may live on it too, and must always be able to grow.
struct DiskRoom: Sendable {
    /// After how many bytes of an upload it is looked at again.
    static let checkInterval: Int64 = 64 << 20

    private let folder: Folder
    private let spareBytes: Int64

    /// `spareBytes`, but never more than a twentieth of the disk.
    init(of folder: Folder, spareBytes: Int64) {
        self.folder = folder
        var disk = statvfs()
        let total = fstatvfs(folder.descriptor, &disk) == 0 ? Int64(disk.f_blocks) * Int64(disk.f_frsize) : spareBytes
        self.spareBytes = min(spareBytes, total / 20)
    }

    /// Refuses `bytes` more if they would not leave enough.
    func check(for bytes: Int64) throws(ServiceError) {
        guard spareBytes > 0 else { return }
        var disk = statvfs()
        // A disk that does not tell its room is found to be full by the write itself.
        guard fstatvfs(folder.descriptor, &disk) == 0 else { return }
        let free = Int64(disk.f_bavail) * Int64(disk.f_frsize)
        guard free - bytes < spareBytes else { return }
        throw .conflict(
            "The artifact store has no room for this upload: \(free) bytes are free, and \(spareBytes) of them are kept "
                + "for the ledger. Free some space there (`slipway purge` removes what was deleted), then send it again"
        )
    }
}
