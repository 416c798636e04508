import Foundation
import Glibc
import SlipwayObjects
import SlipwayService
import Testing

/// A disk with little room: a file system of one megabyte when the tests may mount one, else a limit of 16 on files.
private struct SmallDisk: ~Copyable {
    let path: String
    let isMounted: Bool

    init() throws {
        path = NSTemporaryDirectory() + "slipway-small-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        isMounted = mount("tmpfs", path, "tmpfs", 0, "size=1m") == 0
        if !isMounted {
            signal(SIGXFSZ, SIG_IGN)
            Self.limitFileSize(to: 16 << 20)
        }
    }

    deinit {
        if isMounted { umount2(path, Int32(MNT_DETACH)) } else { Self.limitFileSize(to: rlim_t.max) }
        try? FileManager.default.removeItem(atPath: path)
    }

    private static func limitFileSize(to size: rlim_t) {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        limit.rlim_cur = min(size, limit.rlim_max)
        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
    }
}

@Suite struct FullDiskTests {
    @Test("A full disk is an error that says so, leaves what was there, and nothing half-written")
    func fullDisk() async throws {
        let disk = try SmallDisk()
        let store = try FileArtifactStore(root: disk.path + "/store")
        try await store.write("m/model.onnx", [[1, 2, 3]])
        let piece = [UInt8](repeating: 9, count: 100_000)
        for path in ["m/model.onnx", "other/folder/big"] {
            do {
                try await store.write(path, Array(repeating: piece, count: 200))
                Issue.record("twenty megabytes fitted")
            } catch let error as ServiceError {
                #expect(error.kind == .conflict, "room does not come back by trying again")
                #expect(error.message.contains("no room"))
            }
        }
        #expect(try await store.bytes("m/model.onnx") == [1, 2, 3])
        #expect(try await store.list(.root).map(\.name) == ["m"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path + "/store/.slipway-work").isEmpty)
        try await store.write("m/small", [piece, piece])
        #expect(try await store.bytes("m/small").count == 200_000)
        try await store.delete(ArtifactPath("m"))
        #expect(try await store.list(.root).isEmpty)
    }

    @Test("Uploads leave a part of the disk free, which a small disk sets by its own size")
    func keptFree() async throws {
        let disk = try SmallDisk()
        guard disk.isMounted else { return }
        let store = try FileArtifactStore(root: disk.path + "/store", spareBytes: 1 << 40)
        func write(_ count: Int, announced: Bool) async throws {
            var pieces = [[UInt8](repeating: 1, count: count)]
            try await store.write(ArtifactPath("a"), length: announced ? Int64(count) : nil, permit: {}) {
                pieces.popLast()
            }
        }
        try await write(400_000, announced: true)
        await expectRefusal(.conflict) { try await write(1_000_000, announced: true) }
        #expect(try await store.bytes("a").count == 400_000)
        #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path + "/store/.slipway-work").isEmpty)
    }
}
