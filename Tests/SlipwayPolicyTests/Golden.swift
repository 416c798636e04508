import Foundation
import Testing

/// Compares with a checked-in file; `SLIPWAY_RECORD=1` writes it anew and fails, so that nobody records by accident.
func expectGolden(_ actual: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
    let file = folder.appending(path: name)
    if ProcessInfo.processInfo.environment["SLIPWAY_RECORD"] == "1" {
        try actual.write(to: file, atomically: true, encoding: .utf8)
        Issue.record(
            "recorded \(name): read the difference, then run again without SLIPWAY_RECORD",
            sourceLocation: sourceLocation
        )
        return
    }
    let expected = try String(contentsOf: file, encoding: .utf8)
    #expect(actual == expected, "Golden/\(name) differs; SLIPWAY_RECORD=1 rewrites it", sourceLocation: sourceLocation)
}

/// A small seeded generator (SplitMix64; Steele, Lea and Flood 2014), so that each property can be replayed.
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    /// The seed of a run: `SLIPWAY_SEED` or a fixed one; printed, so that a failure can be replayed.
    static func announced(_ property: String) -> UInt64 {
        let seed = ProcessInfo.processInfo.environment["SLIPWAY_SEED"].flatMap { UInt64($0) } ?? 20_130_401
        print("\(property): SLIPWAY_SEED=\(seed)")
        return seed
    }
}
