import Foundation
import Glibc

/// A program that was started by a test, with what it prints in files.
final class ChildProcess: Sendable {
    let pid: Int32
    private let process: Process
    private let folder: TemporaryFolder

    var output: String { text("out") }
    var errors: String { text("err") }
    var isRunning: Bool { process.isRunning }

    init(_ program: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        folder = try TemporaryFolder()
        process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: Checkout.root)
        // What the developer's shell says about servers and terminals is none of the test's business.
        var variables = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("SLIPWAY_") }
        variables["COLUMNS"] = "80"
        process.environment = variables.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try Self.file(folder.path + "/out")
        process.standardError = try Self.file(folder.path + "/err")
        try process.run()
        pid = process.processIdentifier
    }

    deinit { if process.isRunning { Glibc.kill(pid, SIGKILL) } }

    func signal(_ number: Int32) { if process.isRunning { Glibc.kill(pid, number) } }

    /// Waits for the end and gives the exit code; 128 + n for an end by signal n.
    func exitCode(within seconds: Double = 60) async throws -> Int32 {
        let deadline = Date(timeIntervalSinceNow: seconds)
        while process.isRunning {
            guard Date() < deadline else {
                signal(SIGKILL)
                throw SystemTestError("\(process.arguments ?? []) did not end within \(seconds) s:\n\(errors)")
            }
            try await Task.sleep(for: .milliseconds(5))
        }
        return process.terminationStatus + (process.terminationReason == .uncaughtSignal ? 128 : 0)
    }

    private static func file(_ path: String) throws -> FileHandle {
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let handle = FileHandle(forWritingAtPath: path)
        else { throw SystemTestError("cannot write \(path)") }
        return handle
    }

    private func text(_ name: String) -> String {
        String(decoding: FileManager.default.contents(atPath: folder.path + "/" + name) ?? Data(), as: UTF8.self)
    }
}
