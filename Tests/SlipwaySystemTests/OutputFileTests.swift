import Foundation
import Testing

/// What commands print and write, and what `-o` and `--html` do with what stands at the path.
@Suite struct OutputFileTests {
    private func run(_ arguments: [String]) async throws -> (code: Int32, text: String) {
        let child = try ChildProcess(try Checkout.binary(), arguments)
        let code = try await child.exitCode(within: 60)
        return (code, child.output + child.errors)
    }

    private func table(in folder: TemporaryFolder) throws -> String {
        let path = folder.path + "/data.csv"
        let rows = (0..<300).map { "\($0 % 7),\(Double($0) / 3)" }
        try ("a,b\n" + rows.joined(separator: "\n") + "\n").write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    @Test func `what was read is never replaced`() async throws {
        let folder = try TemporaryFolder()
        let data = try table(in: folder)
        let before = try String(contentsOfFile: data, encoding: .utf8)
        let link = folder.path + "/again.json"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: data)
        for words in [
            ["profile", data, "-o", data], ["profile", data, "-o", link], ["drift", data, data, "--html", data],
        ] {
            let answer = try await run(words)
            #expect(answer.code == 1 && answer.text.contains("is what was read"), "\(words): \(answer)")
        }
        let pattern = folder.path + "/*.csv"
        #expect(try await run(["profile", pattern, "-o", data]).code == 1)
        #expect(try String(contentsOfFile: data, encoding: .utf8) == before)
    }

    @Test func `a link is followed, and a pipe is written into`() async throws {
        let folder = try TemporaryFolder()
        let data = try table(in: folder)
        let (file, link, pipe) = (folder.path + "/p.json", folder.path + "/link.json", folder.path + "/pipe")
        try Data().write(to: URL(fileURLWithPath: file))
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: file)
        #expect(try await run(["profile", data, "-o", link]).code == 0)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == file)
        let stored = try Data(contentsOf: URL(fileURLWithPath: file))
        #expect(stored.count > 1000)
        let (later, ahead) = (folder.path + "/later.json", folder.path + "/ahead.json")
        try FileManager.default.createSymbolicLink(atPath: ahead, withDestinationPath: later)
        #expect(try await run(["profile", data, "-o", ahead]).code == 0)
        #expect(try Data(contentsOf: URL(fileURLWithPath: later)) == stored)
        try #require(mkfifo(pipe, 0o600) == 0)
        let reader = try ChildProcess("/bin/cat", [pipe])
        #expect(try await run(["profile", data, "-o", pipe]).code == 0)
        #expect(try await reader.exitCode(within: 20) == 0)
        #expect(Data(reader.output.utf8) == stored)
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func `what a command keeps while it reads goes away when it is ended`(_ number: Int32) async throws {
        let (folder, scratch) = (try TemporaryFolder(), try TemporaryFolder())
        let pipe = folder.path + "/pipe"
        try #require(mkfifo(pipe, 0o600) == 0)
        // Open at both ends: nobody waits for the other, and the input does not end.
        let writer = open(pipe, O_RDWR)
        defer { close(writer) }
        let child = try ChildProcess(
            "/bin/sh",
            ["-c", "exec \(try Checkout.binary()) profile - < \(pipe)"],
            environment: ["TMPDIR": scratch.path]
        )
        // More than the megabyte by which the format is told; the pipe takes it as fast as it is read.
        let rows = Array(("a,b\n" + String(repeating: "1,2\n", count: 400_000)).utf8)
        Thread.detachNewThread { _ = write(writer, rows, rows.count) }
        try await eventually { try FileManager.default.contentsOfDirectory(atPath: scratch.path).count == 1 }
        child.signal(number)
        #expect(try await child.exitCode(within: 20) == 128 + number)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path).isEmpty)
    }

    @Test func `nothing is kept either when the reader of the answer goes, and a full disk is said`() async throws {
        let (folder, scratch) = (try TemporaryFolder(), try TemporaryFolder())
        let (data, binary) = (try table(in: folder), try Checkout.binary())
        let gone = try ChildProcess(
            "/bin/bash",
            ["-c", "set -o pipefail; cat \(data) | \(binary) profile - | true"],
            environment: ["TMPDIR": scratch.path]
        )
        _ = try await gone.exitCode()
        #expect(gone.errors.isEmpty, "\(gone.errors)")
        let full = try ChildProcess(
            "/bin/bash",
            ["-c", "cat \(data) | \(binary) profile - > /dev/full"],
            environment: ["TMPDIR": scratch.path]
        )
        #expect(try await full.exitCode() == 1 && full.errors.contains("No space left on device"), "\(full.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path).isEmpty)
    }

    @Test func `what is printed holds no password of a database`() async throws {
        for address in ["postgresql://ana:s3cret@db/x?table=t", "postgres://db/x?user=ana&password=s3cret&table=t"] {
            let answer = try await run(["apply", address])
            #expect(answer.code == 1 && answer.text.contains("***") && !answer.text.contains("s3cret"), "\(answer)")
        }
    }

    @Test func `whole numbers name entities with all of their digits`() async throws {
        let folder = try TemporaryFolder()
        func side(_ name: String, _ offset: Int) throws -> String {
            let path = folder.path + "/" + name
            let rows = (0..<400).map { "\((1 << 60) + 256 * $0 + offset),\($0)" }
            try ("k,x\n" + rows.joined(separator: "\n") + "\n").write(toFile: path, atomically: true, encoding: .utf8)
            return path
        }
        let (one, other) = (try side("one.csv", 0), try side("other.csv", 1))
        let answer = try await run(["skew", one, "--online", other, "--key", "k"])
        #expect(answer.code == 1 && answer.text.contains("no entity is on both sides"), "\(answer)")
        #expect(try await run(["skew", one, "--online", one, "--key", "k"]).code == 0)
    }
}
