import Foundation
import Glibc
import SlipwayObjects
import SlipwayService
import Testing

/// A disk with little room: a file system of one megabyte when the tests may mount one, else a limit of 16 on files.
private struct SmallDisk: ~Copyable {
    let path: String
    private let isMounted: Bool

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
                #expect(error.kind == .unavailable)
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
}
