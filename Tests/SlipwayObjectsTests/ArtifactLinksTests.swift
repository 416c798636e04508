import Foundation
import Glibc
import SlipwayObjects
import SlipwayService
import Testing

/// Links, pipes and the like that somebody put into the root by other means.
@Suite struct ArtifactLinksTests {
    private func storeWithLinks() throws -> TemporaryStore {
        let temporary = try TemporaryStore()
        let manager = FileManager.default
        try manager.createDirectory(atPath: temporary.root + "/r", withIntermediateDirectories: true)
        let outside = temporary.base + "/outside"
        for (name, target) in [
            ("folder", outside), ("file", outside + "/secret.txt"), ("dangling", outside + "/new.txt"),
            ("relative", "../../outside"), ("self", "self"), ("inside", temporary.root + "/r"),
        ] {
            try manager.createSymbolicLink(atPath: temporary.root + "/r/" + name, withDestinationPath: target)
        }
        return temporary
    }

    @Test(
        "No link is read through",
        arguments: [
            "r/folder/secret.txt", "r/file", "r/dangling", "r/relative/secret.txt", "r/self", "r/self/x", "r/folder",
            "r/inside/file",
        ]
    )
    func reading(path: String) async throws {
        let temporary = try storeWithLinks()
        await expectRefusal(.invalid, "\(path)") { _ = try await temporary.store.bytes(path) }
    }

    @Test("No link is listed or listed through", arguments: ["r/folder", "r/relative", "r/self", "r/folder/x"])
    func listing(path: String) async throws {
        let temporary = try storeWithLinks()
        await expectRefusal(.invalid, "\(path)") { _ = try await temporary.store.list(ArtifactPath(path)) }
        #expect(try await temporary.store.list(ArtifactPath("r")).isEmpty)
    }

    @Test(
        "Nothing is written through a link",
        arguments: [
            "r/folder/secret.txt", "r/folder/new.txt", "r/relative/new.txt", "r/relative/new/folder/x", "r/self/x",
        ]
    )
    func writing(path: String) async throws {
        let temporary = try storeWithLinks()
        await expectRefusal(.invalid, "\(path)") { try await temporary.write(path, "evil") }
        #expect(try temporary.outsideIsUntouched())
        #expect(try temporary.leftovers().isEmpty)
    }

    @Test(
        "Writing to a link's own name replaces the link, never what it points at",
        arguments: ["file", "dangling", "folder"]
    )
    func replacing(name: String) async throws {
        let temporary = try storeWithLinks()
        try await temporary.write("r/" + name, "mine")
        #expect(try await temporary.text("r/" + name) == "mine")
        #expect(try temporary.outsideIsUntouched())
    }

    @Test("Deleting removes links and never what they point at")
    func deleting() async throws {
        let temporary = try storeWithLinks()
        await expectRefusal(.invalid) { try await temporary.store.delete(ArtifactPath("r/folder/secret.txt")) }
        try await temporary.store.delete(ArtifactPath("r/folder"))
        #expect(try temporary.outsideIsUntouched())
        try await temporary.store.delete(ArtifactPath("r"))
        #expect(temporary.tree().isEmpty)
        #expect(try temporary.leftovers().isEmpty)
        #expect(try temporary.outsideIsUntouched())
    }

    @Test("A pipe is no artifact, and nobody waits for its other end")
    func pipes() async throws {
        let temporary = try TemporaryStore()
        #expect(mkfifo(temporary.root + "/pipe", 0o600) == 0)
        await expectRefusal(.invalid) { _ = try await temporary.store.bytes("pipe") }
        #expect(try await temporary.store.list(.root).isEmpty)
    }
}
