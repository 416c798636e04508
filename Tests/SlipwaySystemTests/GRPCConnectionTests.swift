import Foundation
import Glibc
import Testing

/// Rude clients of the gRPC port: silent, half-hearted, slow, and gone in the middle of a call.
@Suite struct GRPCConnectionTests {
    private static let infer = "/inference.GRPCInferenceService/ModelInfer"
    private static let live = "/inference.GRPCInferenceService/ServerLive"
    private static let hello = RawHTTP2.preface + RawHTTP2.settings

    private static func port(of server: ServerProcess) async throws -> Int {
        try await eventually { server.log.contains("gRPC is answered on ") }
        guard let match = server.log.firstMatch(of: /gRPC is answered on [^ ]+:(\d+)/), let port = Int(match.1) else {
            throw SystemTestError("no gRPC: \(server.log)")
        }
        return port
    }

    /// Whether a call of its own, on a connection of its own, is answered.
    private static func isAnswering(_ port: Int) async throws -> Bool {
        let said = try await blocking { () -> [UInt8] in
            let socket = try LoopbackSocket(port: port)
            try socket.write(hello + RawHTTP2.call(live) + RawHTTP2.data([0, 0, 0, 0, 0], isLast: true))
            var said: [UInt8] = []
            while !RawHTTP2.isOver(said), let piece = socket.readSome(milliseconds: 10_000), !piece.isEmpty {
                said += piece
            }
            return said
        }
        return RawHTTP2.frames(in: said).contains { $0.type == 0 }
    }

    @Test func `silent and half-hearted connections are closed, and others are answered`() async throws {
        let server = try await ServerProcess.start(in: TemporaryFolder(), ["--idle-seconds", "2"])
        let port = try await Self.port(of: server)
        let openings: [(name: String, bytes: [UInt8])] = [
            ("silent", []), ("half a preface", Array(RawHTTP2.preface.prefix(10))), ("a preface", RawHTTP2.preface),
            ("hello", Self.hello), ("HTTP/1.1", Array("GET /health HTTP/1.1\r\nHost: a\r\n\r\n".utf8)),
            ("half a frame", Self.hello + RawHTTP2.call(Self.live).prefix(12)),
        ]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for opening in openings {
                group.addTask {
                    let said = try await blocking {
                        let socket = try LoopbackSocket(port: port)
                        try socket.write(opening.bytes)
                        return socket.readToTheEnd(seconds: 25)
                    }
                    #expect(said != nil, "\(opening.name) holds its connection")
                }
            }
            for _ in 0..<20 { #expect(try await Self.isAnswering(port)) }
            try await group.waitForAll()
        }
        #expect(try await server.isHealthy())
        #expect(try await server.terminate() == 0, "\(server.log)")
    }

    @Test func `a message that trickles ends its call, and a time limit beyond all numbers ends nothing`() async throws
    {
        let server = try await ServerProcess.start(in: TemporaryFolder(), ["--idle-seconds", "2"])
        let port = try await Self.port(of: server)
        let isEnded = try await blocking {
            let socket = try LoopbackSocket(port: port)
            // A message of a megabyte, of which a byte comes now and then, each in a frame of its own.
            try socket.write(Self.hello + RawHTTP2.call(Self.infer) + RawHTTP2.data([0, 0, 0x10, 0, 0]))
            var said: [UInt8] = []
            for _ in 0..<200 {
                if let piece = socket.readSome(milliseconds: 100) {
                    said += piece
                    if piece.isEmpty || RawHTTP2.isOver(said) { return RawHTTP2.isOver(said) }
                }
                try socket.write(RawHTTP2.data([1]))
            }
            return false
        }
        #expect(isEnded)
        for limit in ["99999999H", "99999999M", "99999999S", "0n", "1", "x", "H"] {
            _ = try await blocking {
                let socket = try LoopbackSocket(port: port)
                try socket.write(
                    Self.hello + RawHTTP2.call(Self.infer, [("grpc-timeout", limit)])
                        // model_name: "m"
                        + RawHTTP2.data([0, 0, 0, 0, 3, 0x0a, 1, 0x6d], isLast: true)
                )
                var said: [UInt8] = []
                while !RawHTTP2.isOver(said), let piece = socket.readSome(milliseconds: 5000), !piece.isEmpty {
                    said += piece
                }
            }
            #expect(try await Self.isAnswering(port), "after a time limit of \(limit)")
        }
        #expect(try await server.terminate() == 0, "\(server.log)")
    }

    @Test func `a client that answers nothing does not keep a server from stopping`() async throws {
        let server = try await ServerProcess.start(in: TemporaryFolder(), ["--idle-seconds", "3"])
        let port = try await Self.port(of: server)
        let silent = try (0..<3).map { _ in try LoopbackSocket(port: port) }
        for socket in silent { try socket.write(Self.hello) }
        #expect(try await Self.isAnswering(port))
        #expect(try await server.terminate() == 0, "\(server.log)")
        withExtendedLifetime(silent) {}
    }

    @Test func `clients that die in the middle of a call leave nothing behind`() async throws {
        try await withServer { server in
            let port = try await Self.port(of: server)
            #expect(try await Self.isAnswering(port))
            func die(_ count: Int) async throws {
                try await blocking {
                    for number in 0..<count {
                        let socket = try LoopbackSocket(port: port)
                        var bytes = Self.hello
                        for stream in stride(from: UInt32(1), to: 41, by: 2) {
                            bytes += RawHTTP2.call(Self.infer, stream: stream)
                            bytes += RawHTTP2.data(
                                [0, 0, 0x20, 0, 0] + [UInt8](repeating: 1, count: 2000),
                                stream: stream
                            )
                        }
                        try socket.write(number % 3 == 0 ? Array(bytes.dropLast(100)) : bytes)
                        if number % 2 == 0 { socket.resetAtTheEnd() }
                    }
                }
                try await eventually { try await Self.isAnswering(port) }
            }
            try await die(200)
            let before = try server.residentKiB
            try await die(600)
            let grown = try server.residentKiB - before
            #expect(grown < 40_000, "the server grew by \(grown) KiB")
            #expect(try await server.isHealthy())
        }
    }

    @Test func `idle connections to the gRPC port count as all others do`() async throws {
        let server = try await ServerProcess.start(in: TemporaryFolder(), ["--max-connections", "20"])
        let port = try await Self.port(of: server)
        var idle: [LoopbackSocket] = []
        for _ in 0..<20 { idle.append(try LoopbackSocket(port: port)) }
        let http = server.http
        // A connection from before may have held a place when the last one came: then there is room for one more.
        for _ in 0..<100 where try await http.get("/health").status != 503 {
            idle.append(try LoopbackSocket(port: port))
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(try await http.get("/health").status == 503)
        try await eventually { !(try await Self.isAnswering(port)) }
        idle.removeAll()
        try await eventually { try await Self.isAnswering(port) }
        #expect(try await server.isHealthy())
        #expect(try await server.terminate() == 0, "\(server.log)")
    }
}
