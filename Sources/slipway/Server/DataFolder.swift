import Foundation
import Glibc
import SlipwayLedger
import SlipwaySQLite
import SlipwayService

/// A server's data folder: who holds it, what lies where, and the key that signs its ledger.
struct DataFolder: Sendable {
    let path: String
    /// Held as long as this value lives, so that no second server writes here.
    let lock: DataFolderLock

    var database: String { path + "/slipway.sqlite" }
    var artifacts: String { path + "/artifacts" }
    var predictions: String { path + "/predictions" }
    var uploads: String { path + "/uploads" }

    /// Makes the folder if it is missing and takes its lock.
    init(path: String) throws {
        // Whatever this process makes, the database's own files too, is for nobody else on the machine.
        umask(0o077)
        let absolute = URL(fileURLWithPath: path).standardizedFileURL.path
        do {
            try FileManager.default.createDirectory(
                atPath: absolute,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw CommandError("cannot make the data folder \(absolute): \(error.localizedDescription)")
        }
        self.path = absolute
        lock = try DataFolderLock(folder: absolute)
    }

    /// The ledger's signer; its key is made at the first start and readable by its owner only.
    func signer(newKey: () -> [UInt8]) throws -> CheckpointSigner {
        let file = path + "/ledger.key"
        if let seed = FileManager.default.contents(atPath: file) {
            return try CheckpointSigner(name: "slipway-ledger", seed: Array(seed))
        }
        guard !FileManager.default.fileExists(atPath: database) else {
            throw CommandError(
                "\(file) is missing or unreadable, but the ledger was signed with it: put the key back from your backup"
            )
        }
        return try CheckpointSigner(name: "slipway-ledger", seed: Self.makeKey(file, newKey))
    }

    /// The key that webhooks' secrets are encrypted with; made at the first start and readable by its owner only.
    func webhookKey(newKey: () -> [UInt8]) throws -> [UInt8] {
        let file = path + "/webhooks.key"
        guard FileManager.default.fileExists(atPath: file) else { return try Self.makeKey(file, newKey) }
        guard let key = FileManager.default.contents(atPath: file), key.count == WebhookSecrets.keyBytes else {
            throw CommandError(
                "\(file) is unreadable or cut short: put the key back from your backup, or remove it and set the "
                    + "secrets of all webhooks again"
            )
        }
        return Array(key)
    }

    private static func makeKey(_ file: String, _ newKey: () -> [UInt8]) throws -> [UInt8] {
        let key = newKey()
        // On the disk before anything is done with it.
        defer { FileHandle(forWritingAtPath: file).map { try? $0.synchronize() } }
        let made = FileManager.default.createFile(
            atPath: file,
            contents: Data(key),
            attributes: [.posixPermissions: 0o600]
        )
        guard made else { throw CommandError("cannot write \(file): is the disk full?") }
        return key
    }
}
