import Foundation
import Glibc
import SlipwayDomain
import Testing

@Suite struct FullDiskTests {
    @Test func `a full disk is an error, leaves nothing half-written, and the server goes on`() async throws {
        let folder = try TemporaryFolder()
        let artifacts = folder.path + "/data/artifacts"
        try FileManager.default.createDirectory(atPath: artifacts, withIntermediateDirectories: true)
        // A file system of 4 MB where a test may mount one; elsewhere no file of the server may pass 4 MB.
        let isMounted = mount("tmpfs", artifacts, "tmpfs", 0, "size=4m") == 0
        defer { if isMounted { umount2(artifacts, Int32(MNT_DETACH)) } }
        let shell = isMounted ? nil : #"trap '' XFSZ; ulimit -f 4096; exec "$@""#
        print("FullDiskTests: \(isMounted ? "a file system of 4 MB" : "files of at most 4 MB")")
        let server = try await ServerProcess.start(in: folder, through: shell)
        let store = "/api/2.0/mlflow-artifacts/artifacts"
        let small = [UInt8](repeating: 7, count: 100_000)
        try await server.http.demand("PUT", store + "/kept/small", .bytes(small))
        let before = Self.files(in: artifacts)
        for (path, payload) in [
            ("/kept/small", Payload.bytes([UInt8](repeating: 9, count: 8 << 20))),
            ("/new/folder/big", .bytes([UInt8](repeating: 9, count: 8 << 20))),
            ("/new/endless", .chunks([UInt8](repeating: 9, count: 1 << 18), upTo: 16 << 20)),
        ] {
            let answer = try await server.http.send("PUT", store + path, payload)
            #expect(answer.status == 409, "\(path): \(answer)")
            #expect(Door.mlflow.isError(answer), "\(path): \(answer)")
            #expect(try await server.isHealthy(), "after \(path)")
            #expect(Self.files(in: artifacts) == before, "after \(path)")
        }
        // A connection that breaks in the middle leaves nothing either.
        try await Self.breakOff(server.port, store + "/new/cut")
        try await eventually { Self.files(in: artifacts) == before }
        #expect(try await server.http.get(store + "/new/folder/big").status == 404)
        #expect(try await server.http.get(store + "/kept/small").body == small)
        try await server.http.demand("PUT", store + "/new/small", .bytes(small))
        #expect(try await server.http.get(store + "/new/small").body == small)
        #expect(try await server.http.get(RawHTTP.native + "/ledger/verify").json?["intact"]?.bool == true)
        #expect(try await server.terminate() == 0, "\(server.log)")
    }

    /// Announces a megabyte, sends half of it and hangs up.
    private static func breakOff(_ port: Int, _ path: String) async throws {
        try await blocking {
            let socket = try LoopbackSocket(port: port)
            let head = "PUT \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: \(1 << 20)\r\n\r\n"
            try socket.write(Array(head.utf8) + [UInt8](repeating: 1, count: 1 << 19))
        }
    }

    /// All files with their sizes, also those that the store keeps to itself.
    private static func files(in folder: String) -> [String] {
        let names = (FileManager.default.enumerator(atPath: folder)?.allObjects ?? []).compactMap { $0 as? String }
        return names.compactMap { name -> String? in
            guard let facts = try? FileManager.default.attributesOfItem(atPath: folder + "/" + name),
                facts[.type] as? FileAttributeType == .typeRegular
            else { return nil }
            return "\(name) \(facts[.size] as? Int ?? -1)"
        }.sorted()
    }
}
