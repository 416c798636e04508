import ArgumentParser
import Dispatch
import Foundation
import Synchronization

/// Where the demo plays: its folder, its server, and the processes that it started and must end.
final class Stage: Sendable {
    let data: String
    let project: String
    private let state = Mutex(State())

    private struct State {
        var url = ""
        var children: [Int32] = []
    }

    var serverLog: String { data + "/server.log" }
    var url: String { state.withLock { $0.url } }

    init(data: String, project: String) throws {
        self.data = URL(fileURLWithPath: data).standardizedFileURL.path
        self.project = URL(fileURLWithPath: project).standardizedFileURL.path
        for need in [".venv/bin/python", ".data/flight-delay/train.parquet", "examples/flight-delay/slipway.yaml"] {
            guard FileManager.default.fileExists(atPath: self.project + "/" + need) else {
                throw CommandError("\(need) is missing in \(self.project): run `make setup` there, or give --project")
            }
        }
        let marker = self.data + "/slipway.lock"
        if FileManager.default.fileExists(atPath: self.data) {
            let content = try FileManager.default.contentsOfDirectory(atPath: self.data)
            guard content.isEmpty || FileManager.default.fileExists(atPath: marker) else {
                throw CommandError("\(self.data) holds something that no demo made: choose another --data")
            }
            try FileManager.default.removeItem(atPath: self.data)
        }
        try FileManager.default.createDirectory(atPath: self.data, withIntermediateDirectories: true)
    }

    /// Starts the server and waits until it answers.
    func startServer(port: Int, clock: String) async throws {
        guard FileManager.default.createFile(atPath: serverLog, contents: nil),
            let log = FileHandle(forWritingAtPath: serverLog)
        else { throw CommandError("cannot write \(serverLog)") }
        let process = child(["up", "--data", data, "--port", String(port), "--clock", clock])
        process.standardOutput = log
        process.standardError = log
        try start(process)
        for _ in 0..<200 {
            try await Task.sleep(nanoseconds: 50_000_000)
            let text = FileManager.default.contents(atPath: serverLog).map { String(decoding: $0, as: UTF8.self) } ?? ""
            if let match = text.firstMatch(of: /listens on (http:\/\/127\.0\.0\.1:\d+)/) {
                state.withLock { $0.url = String(match.1) }
                return
            }
            guard process.isRunning else { throw CommandError("the server did not start:\n\(text)") }
        }
        throw CommandError("the server did not start within 10 s")
    }

    /// Runs one of Slipway's own commands as a user would, shows it, and demands how it ends.
    func slipway(_ arguments: [String], as token: String?, expect: Int32 = 0) async throws {
        say("\n$ slipway \(arguments.joined(separator: " "))")
        let code = try await finish(child(arguments, token: token))
        guard code == expect else {
            throw CommandError("`slipway \(arguments[0])` ended with \(code), it should end with \(expect)")
        }
    }

    /// The same, giving back what it printed instead of showing it.
    func answer(_ arguments: [String], as token: String?, expect: Int32 = 0) async throws -> String {
        let process = child(arguments, token: token)
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try start(process)
        let output = await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(returning: pipe.fileHandleForReading.readDataToEndOfFile())
            }
        }
        let code = await wait(for: process)
        guard code == expect else { throw CommandError("`slipway \(arguments[0])` ended with \(code), not \(expect)") }
        return String(decoding: output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Runs another program and demands that it succeeds.
    func run(_ program: String, _ arguments: [String], environment: [String: String]) async throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.currentDirectoryURL = URL(fileURLWithPath: project)
        let code = try await finish(process)
        guard code == 0 else { throw CommandError("\(arguments.first ?? program) ended with \(code)") }
    }

    /// Waits until the server ends.
    func waitForServer() async throws {
        while !state.withLock({ $0.children.isEmpty }) { try await Task.sleep(nanoseconds: 500_000_000) }
    }

    /// Ends everything that the demo started.
    func cleanUp() {
        let children = state.withLock { state in
            defer { state.children = [] }
            return state.children
        }
        for child in children.reversed() {
            kill(child, SIGTERM)
        }
        for child in children {
            for _ in 0..<100 where kill(child, 0) == 0 { usleep(50_000) }
            if kill(child, 0) == 0 { kill(child, SIGKILL) }
        }
    }

    /// Ctrl-C and SIGTERM end the demo's processes before the demo itself.
    func stopOnInterrupt() {
        for number in [SIGINT, SIGTERM] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { [self] in
                cleanUp()
                Foundation.exit(128 + number)
            }
            source.resume()
            // Kept for as long as the process lives.
            _ = Unmanaged.passRetained(source as AnyObject)
        }
    }

    private func child(_ arguments: [String], token: String? = nil) -> Process {
        let process = Process()
        process.executableURL = Bundle.main.executableURL
        process.arguments = arguments
        var environment = ProcessInfo.processInfo.environment
        environment["SLIPWAY_URL"] = url
        environment["SLIPWAY_TOKEN"] = token
        process.environment = environment
        process.currentDirectoryURL = URL(fileURLWithPath: project)
        return process
    }

    private func start(_ process: Process) throws {
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let pid = process.processIdentifier
        state.withLock { $0.children.append(pid) }
        process.terminationHandler = { [self] _ in state.withLock { $0.children.removeAll { $0 == pid } } }
    }

    private func finish(_ process: Process) async throws -> Int32 {
        try start(process)
        return await wait(for: process)
    }

    private func wait(for process: Process) async -> Int32 {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                process.waitUntilExit()
                continuation.resume(returning: process.terminationStatus)
            }
        }
    }
}
