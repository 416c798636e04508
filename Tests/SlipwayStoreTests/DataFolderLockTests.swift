import Foundation
import SlipwaySQLite
import SlipwayStore
import Testing

@Suite("Lock on a data folder")
struct DataFolderLockTests {
    @Test("a second server is refused while the first lives, and let in afterwards")
    func second() throws {
        let folder = try TemporaryDatabase.newFolder()
        // What cannot be removed from the temporary folder harms nobody.
        defer { try? FileManager.default.removeItem(at: folder) }
        var first: DataFolderLock? = try DataFolderLock(folder: folder.path)
        #expect(first != nil)
        for _ in 0..<2 {
            #expect(throws: StoreError.inUse(folder.path)) { _ = try DataFolderLock(folder: folder.path) }
        }
        first = nil
        let second = try DataFolderLock(folder: folder.path)
        #expect(throws: StoreError.inUse(folder.path)) { _ = try DataFolderLock(folder: folder.path) }
        withExtendedLifetime(second) {}
    }

    @Test("a stale lock file of a dead server does not lock")
    func stale() throws {
        let folder = try TemporaryDatabase.newFolder()
        // What cannot be removed from the temporary folder harms nobody.
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data("left behind".utf8).write(to: folder.appending(path: "slipway.lock"))
        _ = try DataFolderLock(folder: folder.path)
    }

    @Test("the refusal says what to do, and a missing folder is not called locked")
    func sentences() throws {
        #expect(StoreError.inUse("/data").description.contains("stop it first"))
        #expect {
            _ = try DataFolderLock(folder: "/no/such/folder")
        } throws: { error in
            if case .unavailable = error as? StoreError { true } else { false }
        }
    }
}
