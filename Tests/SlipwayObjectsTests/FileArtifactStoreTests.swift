import Foundation
import SlipwayObjects
import SlipwayService
import Testing

@Suite struct FileArtifactStoreTests {
    @Test("What was written in any pieces is read back byte for byte, in pieces of at most 256 kB")
    func roundTrip() async throws {
        let temporary = try TemporaryStore()
        for size in [0, 1, 255_999, 262_144, 262_145, 1_000_000] {
            let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            for pieceSize in [1000, 70_000, 900_000] where size / pieceSize < 1000 {
                let pieces = stride(from: 0, to: size, by: pieceSize).map {
                    Array(bytes[$0..<min(size, $0 + pieceSize)])
                }
                try await temporary.store.write("f/\(size)/\(pieceSize)", pieces)
                #expect(try await temporary.store.bytes("f/\(size)/\(pieceSize)") == bytes)
            }
        }
        #expect(try temporary.leftovers().isEmpty)
    }

    @Test("Files are for the server's user only")
    func modes() async throws {
        let temporary = try TemporaryStore()
        try await temporary.write("1/run/artifacts/a.txt", "a")
        #expect(try temporary.mode(temporary.root) == 0o700)
        #expect(try temporary.mode(temporary.root + "/1") == 0o700)
        #expect(try temporary.mode(temporary.root + "/1/run/artifacts") == 0o700)
        #expect(try temporary.mode(temporary.root + "/1/run/artifacts/a.txt") == 0o600)
        #expect(try temporary.mode(temporary.root + "/.slipway-work") == 0o700)
    }

    @Test("Lists are sorted by bytes, say what is a folder and how big a file is, and hide the store's own folder")
    func lists() async throws {
        let temporary = try TemporaryStore()
        for name in ["b", "a", "é b", "Z", "d/inner", "10", "9"] { try await temporary.write("r/" + name, "12345") }
        let found = try await temporary.store.list(ArtifactPath("r"))
        #expect(found.map(\.name) == ["10", "9", "Z", "a", "b", "d", "é b"])
        #expect(found[3] == ArtifactInfo(name: "a", isFolder: false, size: 5))
        #expect(found[5] == ArtifactInfo(name: "d", isFolder: true, size: nil))
        #expect(try await temporary.store.list(.root).map(\.name) == ["r"])
        #expect(try await temporary.store.list(ArtifactPath("r/a")).isEmpty, "a file has no list")
        #expect(try await temporary.store.list(ArtifactPath("r/a/b")).isEmpty)
        #expect(try await temporary.store.list(ArtifactPath("none/at/all")).isEmpty)
    }

    @Test("An artifact is replaced as a whole, and a reader goes on with what it opened")
    func replacement() async throws {
        let temporary = try TemporaryStore()
        let old = [UInt8](repeating: 1, count: 600_000)
        try await temporary.store.write("m", [old])
        let reader = try await temporary.store.read(ArtifactPath("m"))
        var read = try await reader.next() ?? []
        try await temporary.store.write("m", [[2, 2]])
        while let piece = try await reader.next() { read += piece }
        #expect(read == old)
        #expect(try await temporary.store.bytes("m") == [2, 2])
    }

    @Test("Deleting takes a folder with all in it, at any depth, and what is missing is no error")
    func deletion() async throws {
        let temporary = try TemporaryStore()
        try await temporary.write("r/a/b/c/d.txt", "x")
        try await temporary.write("r/a/e.txt", "x")
        try await temporary.write("keep.txt", "x")
        try await temporary.store.delete(ArtifactPath("r/a/e.txt"))
        #expect(temporary.tree() == ["keep.txt", "r", "r/a", "r/a/b", "r/a/b/c", "r/a/b/c/d.txt"])
        try await temporary.store.delete(ArtifactPath("r"))
        try await temporary.store.delete(ArtifactPath("r"))
        try await temporary.store.delete(ArtifactPath("none/at/all"))
        let deep = Array(repeating: "d", count: 1900).joined(separator: "/")
        try await temporary.write(deep + "/leaf", "x")
        try await temporary.store.delete(ArtifactPath("d"))
        #expect(temporary.tree() == ["keep.txt"])
        #expect(try temporary.leftovers().isEmpty)
        await expectRefusal(.invalid) { try await temporary.store.delete(.root) }
    }

    @Test("Names that cannot be are refused with a sentence, and leave nothing")
    func impossible() async throws {
        let temporary = try TemporaryStore()
        try await temporary.write("file", "x")
        try await temporary.write("folder/file", "x")
        let before = temporary.tree()
        await expectRefusal(.invalid, "onto a folder") { try await temporary.write("folder", "x") }
        await expectRefusal(.invalid, "the root") { try await temporary.write("", "x") }
        await expectRefusal(.invalid, "through a file") { try await temporary.write("file/inner", "x") }
        await expectRefusal(.invalid, "through a file, deep") { try await temporary.write("file/a/b/c", "x") }
        await expectRefusal(.invalid, "a folder") { _ = try await temporary.store.bytes("folder") }
        await expectRefusal(.invalid, "the root") { _ = try await temporary.store.bytes("") }
        await expectRefusal(.notFound, "missing") { _ = try await temporary.store.bytes("nothing") }
        await expectRefusal(.notFound, "missing") { _ = try await temporary.store.bytes("nothing/at/all") }
        await expectRefusal(.invalid, "own folder") { try await temporary.write(".slipway-work/x", "x") }
        await expectRefusal(.invalid, "own folder") {
            _ = try await temporary.store.list(ArtifactPath(".slipway-work"))
        }
        await expectRefusal(.invalid, "own folder") { try await temporary.store.delete(ArtifactPath(".slipway-work")) }
        // 100 encoded signs are 100 bytes when decoded, but the name that is kept has 300.
        let long = String(repeating: "%41", count: 100)
        await expectRefusal(.invalid, "long name") { try await temporary.write(long, "x") }
        await expectRefusal(.invalid, "long folder") { try await temporary.write("new/" + long + "/x", "x") }
        #expect(temporary.tree() == before)
        #expect(try temporary.leftovers().isEmpty)
    }

    @Test("A writer that fails half-way leaves the old artifact, no folder and no file")
    func interrupted() async throws {
        struct Lost: Error {}
        let temporary = try TemporaryStore()
        try await temporary.write("m", "old")
        for path in ["m", "new/folder/m"] {
            var count = 0
            await #expect(throws: Lost.self) {
                try await temporary.store.write(ArtifactPath(path)) {
                    count += 1
                    if count > 20 { throw Lost() }
                    return [UInt8](repeating: 7, count: 50_000)
                }
            }
        }
        #expect(try await temporary.text("m") == "old")
        #expect(temporary.tree() == ["m"])
        #expect(try temporary.leftovers().isEmpty)
    }

    @Test("Writers to one path at the same time leave one whole artifact")
    func concurrentWriters() async throws {
        let temporary = try TemporaryStore()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in UInt8(1)...24 {
                group.addTask {
                    for _ in 0..<4 {
                        let piece = [UInt8](repeating: writer, count: 100_000 + Int(writer))
                        try await temporary.store.write("same/path", [piece, piece, piece])
                    }
                }
            }
            group.addTask {
                for _ in 0..<10 { try await temporary.store.delete(ArtifactPath("same")) }
            }
            try await group.waitForAll()
        }
        try await temporary.store.write("same/path", [[UInt8](repeating: 1, count: 10)])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in UInt8(1)...16 {
                group.addTask {
                    let piece = [UInt8](repeating: writer, count: 100_000 + Int(writer))
                    try await temporary.store.write("same/path", [piece, piece, piece])
                }
            }
            try await group.waitForAll()
        }
        let bytes = try await temporary.store.bytes("same/path")
        let writer = try #require(bytes.first)
        #expect(bytes.count == 3 * (100_000 + Int(writer)))
        #expect(bytes.allSatisfy { $0 == writer })
        #expect(temporary.tree() == ["same", "same/path"])
    }

    @Test("What an earlier run left under way is cleared at the start; artifacts stay")
    func restart() async throws {
        let temporary = try TemporaryStore()
        try await temporary.write("a/b", "kept")
        let work = temporary.root + "/.slipway-work"
        try FileManager.default.createDirectory(atPath: work + "/9-1/x/y", withIntermediateDirectories: true)
        try "half".write(toFile: work + "/9-2", atomically: false, encoding: .utf8)
        try "half".write(toFile: work + "/9-1/x/y/z", atomically: false, encoding: .utf8)
        let second = try FileArtifactStore(root: temporary.root)
        #expect(try temporary.leftovers().isEmpty)
        #expect(try await second.bytes("a/b") == Array("kept".utf8))
    }
}
