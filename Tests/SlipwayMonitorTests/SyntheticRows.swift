import Foundation
import SlipwayDomain
import SlipwayStatistics

@testable import SlipwayMonitor

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

    /// A draw from the standard normal distribution (Box and Muller 1958).
    mutating func normal() -> Double {
        let radius = (-2 * log(Double.random(in: 1e-300...1, using: &self))).squareRoot()
        return radius * cos(2 * .pi * Double.random(in: 0..<1, using: &self))
    }

    mutating func chance(_ p: Double) -> Bool { Double.random(in: 0..<1, using: &self) < p }

    /// The seed of a run: `SLIPWAY_SEED` or a fixed one; printed, so that a failure can be replayed.
    static func announced(_ property: String) -> UInt64 {
        let seed = ProcessInfo.processInfo.environment["SLIPWAY_SEED"].flatMap { UInt64($0) } ?? 20_130_701
        print("\(property): SLIPWAY_SEED=\(seed)")
        return seed
    }
}

/// Rows of six columns, and the ways in which they can change.
struct SyntheticRows {
    var shift = 0.0
    var spread = 1.0
    var contamination = 0.0
    var outlier = 3.0
    var categoryTilt = 0.0
    var flagShare = 0.3
    var missing = 0.02
    var unseen = 0.0
    var failed = 0.0

    static let names = ["delay", "distance", "hour", "carrier", "tail", "night"]

    /// `delay` is normal with everything that can go wrong, `distance` lognormal, `hour` discrete, `carrier` has 16
    /// categories, `tail` many rare ones, `night` is a truth value.
    func row(_ random: inout Seeded) -> [ColumnValue] {
        let delay: ColumnValue =
            if random.chance(missing) {
                .missing
            } else if random.chance(failed) {
                .failed
            } else {
                .number((random.chance(contamination) ? outlier : shift) + spread * random.normal())
            }
        let rank = Int(16 * pow(Double.random(in: 0..<1, using: &random), 2 + categoryTilt))
        let carrier = random.chance(unseen) ? "ZZ" : "C\(rank)"
        return [
            delay, .number(exp(random.normal())), .number(Double(Int.random(in: 5...22, using: &random))),
            .text(carrier),
            .text("N\(Int(3000 * pow(Double.random(in: 0..<1, using: &random), 3)))"), .flag(random.chance(flagShare)),
        ]
    }

    /// One reference for all tests that need no other: making it is the slow part.
    static let shared = Result { () throws -> DatasetProfile in
        var random = Seeded(Seeded.announced("shared reference") &+ 1_000_003)  // Not a seed of rows compared with it.
        return try reference(rows: 6000, &random)
    }

    static func reference(rows count: Int, _ random: inout Seeded) throws -> DatasetProfile {
        let rows = (0..<count).map { _ in SyntheticRows().row(&random) }
        let columns = names.indices.map { index in
            switch rows[0][index] {
            case .text:
                (
                    name: names[index],
                    values: ColumnValues.texts(rows.map { if case .text(let text) = $0[index] { text } else { nil } })
                )
            case .flag:
                (
                    name: names[index],
                    values: ColumnValues.flags(rows.map { if case .flag(let flag) = $0[index] { flag } else { nil } })
                )
            default:
                (
                    name: names[index],
                    values: ColumnValues.numbers(rows.map { if case .number(let x) = $0[index] { x } else { nil } })
                )
            }
        }
        return try DatasetProfile(reference: columns)
    }

    func profile(rows count: Int, like reference: DatasetProfile, _ random: inout Seeded) throws -> DatasetProfile {
        var profile = DatasetProfile.emptyLike(reference)
        for _ in 0..<count { try profile.add(row: row(&random)) }
        return profile
    }
}
