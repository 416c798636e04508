import Foundation
import Testing

/// Compares with a checked-in file; `SLIPWAY_RECORD=1` writes it anew and fails, so that nobody records by accident.
func expectGolden(_ actual: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
    let file = folder.appending(path: name)
    if ProcessInfo.processInfo.environment["SLIPWAY_RECORD"] == "1" {
        try actual.write(to: file, atomically: true, encoding: .utf8)
        Issue.record("recorded \(name): read the difference, then run again", sourceLocation: sourceLocation)
        return
    }
    let expected = try String(contentsOf: file, encoding: .utf8)
    #expect(actual == expected, "Golden/\(name) differs; SLIPWAY_RECORD=1 rewrites it", sourceLocation: sourceLocation)
}
