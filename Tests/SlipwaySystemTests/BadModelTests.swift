import Foundation
import SlipwayDomain
import Testing

@Suite struct BadModelTests {
    @Test func `truncated and random ONNX files are denied with the reason, and the server lives`() async throws {
        let seed: UInt64 = 20_130_401
        var random = SeededGenerator(seed: seed)
        let whole = try Checkout.fixture("onnx/tiny-1.onnx")
        var files: [(name: String, bytes: [UInt8])] = []
        for length in [0, 1, 2, 7, 20, 60, 120, 200, 240] {
            files.append(("cut at \(length)", Array(whole[..<length])))
        }
        for length in [1, 16, 300, 5000, 200_000] {
            files.append(
                ("\(length) random bytes", (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) })
            )
        }
        for _ in 0..<8 {
            // The first bytes stay, so that the reader gets into the graph before it meets the damage.
            var bytes = whole
            for _ in 0..<20 {
                bytes[Int.random(in: 8..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            files.append(("20 bytes changed", bytes))
        }
        files.append(("a text", Array("hello".utf8)))
        files.append(("a web page", Array("<html><script>alert(1)</script></html>".utf8)))
        files.append(("zeros", [UInt8](repeating: 0, count: 4096)))
        files.append(("a weight outside", try Checkout.fixture("onnx/external-initializer.onnx")))

        try await withServer { server in
            try await server.http.makeTinyModel()
            for (index, file) in files.enumerated() {
                let version = try await server.http.register(file.bytes, as: "tiny", folder: "bad/\(index)")
                let place = "seed \(seed), \(file.name), version \(version)"
                let path = "\(RawHTTP.native)/models/tiny/versions/\(version)"
                for verb in ["check", "ship"] {
                    let answer = try await server.http.post("\(path)/\(verb)")
                    #expect(answer.status == 200, "\(place): \(answer)")
                    #expect(answer.json?["decision"]?["allowed"]?.bool == false, "\(place): \(answer)")
                    #expect(answer.json?["release"] == nil, "\(place): \(answer)")
                    let gates = answer.json?["decision"]?["gates"]?.array ?? []
                    let gate = gates.first { $0["gate"]?.string == "artifact.verified" }
                    #expect(gate?["verdict"]?.string == "fail", "\(place): \(gate ?? .null)")
                    #expect((gate?["reason"]?.string?.count ?? 0) > 30, "\(place): \(gate ?? .null)")
                }
                let table = "\(path)/evaluations?label=y&file=x.csv"
                let scored = try await server.http.send("POST", table, .bytes(Array(TinyModel.table.utf8)))
                #expect((400..<500).contains(scored.status) && Door.native.isError(scored), "\(place): \(scored)")
                #expect(try await server.isHealthy(), "\(place)")
            }
            try await server.http.serveFirstVersion()
            #expect(try await server.http.post("/v2/models/tiny/infer", TinyModel.question).status == 200)
        }
    }
}
