internal import Foundation
internal import Glibc
package import SlipwayStore

/// An exclusive lock on a data folder, held until this value is released or the process ends.
package final class DataFolderLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock, or says who may hold it.
    package init(folder: String) throws(StoreError) {
        let path = folder + "/slipway.lock"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw .unavailable("cannot write \(path): \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw .inUse(folder)
        }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }
}
