import FoundationEssentials
import Testing

/// Compares `actual` with `Golden/<name>`; with SLIPWAY_RECORD=1 it rewrites the file and fails, so that nobody forgets.
func expectGolden(_ actual: String, _ name: String, file: String = #filePath) throws {
    let path = file.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    let golden = "\(path)/Golden/\(name)"
    if ProcessInfo.processInfo.environment["SLIPWAY_RECORD"] == "1" {
        try Data(actual.utf8).write(to: URL(filePath: golden))
        Issue.record("recorded \(name); run again without SLIPWAY_RECORD")
        return
    }
    guard FileManager.default.fileExists(atPath: golden) else {
        Issue.record("\(name) does not stand in Golden/; run with SLIPWAY_RECORD=1")
        return
    }
    let expected = String(decoding: try Data(contentsOf: URL(filePath: golden)), as: UTF8.self)
    #expect(
        actual == expected,
        "\(name) changed; if that is meant, run with SLIPWAY_RECORD=1 and review the difference"
    )
}
