import SlipwayDomain
import SlipwayService
import SlipwayStore
import Testing

/// The files of a version that was decided about stay what they were.
@Suite struct PromotedArtifactTests {
    private static func write(_ artifacts: Artifacts, _ path: ArtifactPath) async throws {
        var pieces = [Array("evil".utf8)]
        try await artifacts.write(caller: World.alice, path) { pieces.popLast() }
    }

    private static func folder(_ version: Int, _ server: Server) async throws -> ArtifactPath {
        try await server.registry.artifact(ofVersion: Int64(version), of: World.model)
    }

    /// Every way to change the files at a place; each must be refused, or each must work.
    private static func changes(
        _ artifacts: Artifacts,
        in folder: ArtifactPath
    ) throws -> [(name: String, change: () async throws -> Void)] {
        let file = folder.appending(try ArtifactPath("model.onnx"))
        let parent = try ArtifactPath(folder.parts.dropLast().joined(separator: "/"))
        return [
            ("overwriting", { try await write(artifacts, file) }),
            ("adding", { try await write(artifacts, folder.appending(try ArtifactPath("second.onnx"))) }),
            ("overwriting in parts", { _ = try await artifacts.beginUpload(caller: World.alice, file, parts: 1) }),
            ("deleting the file", { try await artifacts.delete(caller: World.alice, file) }),
            ("deleting the folder", { try await artifacts.delete(caller: World.alice, folder) }),
            ("deleting what is above", { try await artifacts.delete(caller: World.alice, parent) }),
        ]
    }

    @Test("Files of an allowed version cannot be changed in any way; those of another one can")
    func promoted() async throws {
        let world = try await World.qualified(["fake one"])
        let loose = try await world.register("fake two")
        let server = world.start()
        let artifacts = Artifacts(database: world.database, store: world.store, runtime: world.clock.runtime)
        let folder = try await Self.folder(1, server)
        let before = try await server.registry.modelFile(ofVersion: 1, of: World.model)
        for (name, change) in try Self.changes(artifacts, in: folder) {
            do {
                try await change()
                Issue.record("\(name) was not refused")
            } catch let error as ServiceError {
                #expect(error.kind == .conflict && error.message.contains("\(World.model)@1"), "\(name): \(error)")
            }
        }
        #expect(try await server.registry.modelFile(ofVersion: 1, of: World.model) == before)
        let other = try await Self.folder(loose, server)
        for (name, change) in try Self.changes(artifacts, in: other).dropLast() {
            await #expect(throws: Never.self, "\(name)") { try await change() }
        }
    }

    @Test(
        "An upload that began before the version was decided about does not get through afterwards",
        arguments: [(pieceKilobytes: 600, decidedAt: 3), (pieceKilobytes: 4, decidedAt: 2)]
    )
    func late(pieceKilobytes: Int, decidedAt: Int) async throws {
        let world = try await World()
        _ = try await world.start().governance.apply(
            manifest: World.manifest(),
            file: "slipway.yaml",
            caller: World.alice
        )
        let version = try await world.register("fake one")
        let server = world.start()
        let artifacts = Artifacts(database: world.database, store: world.store, runtime: world.clock.runtime)
        let file = try await server.registry.modelFile(ofVersion: Int64(version), of: World.model)
        let upload = try await artifacts.beginUpload(caller: World.alice, file, parts: 1)
        var part = [Array("evil".utf8)]
        let tag = try await artifacts.writePart(
            caller: World.alice,
            1,
            of: upload.id,
            token: upload.token,
            length: nil
        ) { part.popLast() }
        var count = 0
        let piece = [UInt8](repeating: 1, count: pieceKilobytes << 10)
        await #expect(throws: ServiceError.self) {
            try await artifacts.write(caller: World.alice, file) {
                count += 1
                // The decision falls between two pieces.
                if count == decidedAt { try await world.qualify(version) }
                return count < 4 ? piece : nil
            }
        }
        #expect(count == 4)
        await #expect(throws: ServiceError.self) {
            try await artifacts.completeUpload(
                caller: World.alice,
                file,
                upload: upload.id,
                parts: [ArtifactPart(number: 1, tag: tag)]
            )
        }
        let reader = try await artifacts.read(caller: World.alice, file)
        #expect(try await reader.next() == Array("fake one".utf8))
    }
}
