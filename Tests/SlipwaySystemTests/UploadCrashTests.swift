import Foundation
import SlipwayDomain
import Testing

@Suite struct UploadCrashTests {
    private static let root = "/api/2.0/mlflow-artifacts"

    /// The bytes of one artifact, told from its name and size alone.
    private static func bytes(_ index: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ index) }
    }

    private static let sizes = [1, 4096, 300_000, 2_000_000]

    @Test func `an upload cut by a power cut is not there, and an acknowledged one is whole`() async throws {
        let text = ProcessInfo.processInfo.environment["SLIPWAY_SEED"] ?? ""
        let seed = UInt64(text) ?? UInt64.random(in: 0..<1_000_000)
        print("UploadCrashTests: seed \(seed) (SLIPWAY_SEED=\(seed) repeats it)")
        var random = SeededGenerator(seed: seed)
        let folder = try TemporaryFolder()
        var server = try await ServerProcess.start(in: folder)
        var acknowledged: Set<Int> = []
        var next = 0
        for round in 0..<8 {
            let life = Int.random(in: 30...300, using: &random)
            let http = server.http
            let current = server
            let begun = next
            // Three writers until the server dies; each tells what was acknowledged and how many it began.
            let told = try await withThrowingTaskGroup(of: [Int].self) { group in
                for writer in 0..<3 { group.addTask { await Self.upload(http, from: begun + writer, by: 3) } }
                group.addTask {
                    try await pause(milliseconds: life)
                    try await current.kill9()
                    return []
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            acknowledged.formUnion(told)
            next = (told.max() ?? begun) + 10
            server = try await ServerProcess.start(in: folder)
            for index in begun..<next {
                let answer = try await server.http.get("\(Self.root)/artifacts/c/\(index).bin")
                let whole = Self.bytes(index, Self.sizes[index % Self.sizes.count])
                if acknowledged.contains(index) {
                    #expect(answer.status == 200 && answer.body == whole, "seed \(seed), round \(round): \(index)")
                } else {
                    #expect(
                        answer.status == 404 || answer.body == whole,
                        "seed \(seed), round \(round): half of \(index)"
                    )
                }
            }
            let work = folder.path + "/data/artifacts/.slipway-work"
            let left = try FileManager.default.contentsOfDirectory(atPath: work).filter { !$0.hasPrefix("parts-") }
            #expect(left.isEmpty, "seed \(seed), round \(round): \(left)")
        }
        #expect(acknowledged.count > 10, "seed \(seed): so that a run in which nothing happened is no success")
        try await server.kill9()
    }

    private static func upload(_ http: RawHTTP, from first: Int, by step: Int) async -> [Int] {
        var done: [Int] = []
        var index = first
        while let answer = try? await http.send(
            "PUT",
            "\(root)/artifacts/c/\(index).bin",
            .bytes(bytes(index, sizes[index % sizes.count]))
        ), answer.isSuccess {
            done.append(index)
            index += step
        }
        return done
    }

    @Test func `an upload in parts goes on after the process was killed, and parts that were cut do not count`()
        async throws
    {
        let folder = try TemporaryFolder()
        var server = try await ServerProcess.start(in: folder)
        let upload = try #require(
            try await server.http.post(
                Self.root + "/mpu/create/1/r",
                ["path": "/home/ada/big.bin", "num_parts": 2]
            ).json
        )
        let addresses = (upload["credentials"]?.array ?? []).compactMap { part in
            part["url"]?.string.map { "/" + $0.split(separator: "/", maxSplits: 2)[2].description }
        }
        try #require(addresses.count == 2)
        let one = try await server.http.demand("PUT", addresses[0], .bytes(Self.bytes(1, 1_000_000)))
        // The second part breaks off in the middle of the power cut.
        let socket = try LoopbackSocket(port: server.port)
        let head = "PUT \(addresses[1]) HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000\r\n\r\n"
        try socket.write(Array(head.utf8) + Self.bytes(2, 400_000))
        try await server.kill9()
        server = try await ServerProcess.start(in: folder)
        func end(_ tags: [String]) async throws -> Answer {
            let parts = tags.enumerated().map { index, tag -> JSONValue in
                ["part_number": .integer(Int64(index + 1)), "etag": .string(tag)]
            }
            return try await server.http.post(
                Self.root + "/mpu/complete/1/r",
                ["path": "/home/ada/big.bin", "upload_id": upload["upload_id"] ?? "", "parts": .array(parts)]
            )
        }
        let first = try #require(one.headers["etag"])
        #expect(try await end([first, "0"]).status == 400)
        #expect(try await server.http.get(Self.root + "/artifacts/1/r/big.bin").status == 404)
        let two = try await server.http.demand("PUT", addresses[1], .bytes(Self.bytes(2, 1_000_000)))
        #expect(try await end([first, try #require(two.headers["etag"])]).status == 200)
        let whole = Self.bytes(1, 1_000_000) + Self.bytes(2, 1_000_000)
        #expect(try await server.http.get(Self.root + "/artifacts/1/r/big.bin").body == whole)
        try await server.kill9()
    }
}
