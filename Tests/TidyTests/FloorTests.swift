import Foundation
import Testing

/// The table of DESIGN.md section 3, proved by the import lines: the compiler alone lets a transitive import pass.
@Suite struct FloorTests {
    private static let floors = ["Values", "Decisions", "Store", "Services", "Adapters", "Doors"]

    /// What each floor may import of ours, as folder names, besides the exceptions below.
    private static let below: [String: [String]] = [
        "Values": [],
        "Decisions": ["Values"],
        "Store": ["Values"],
        "Services": ["Values", "Decisions", "Store"],
        "Adapters": ["Values", "Store", "Services"],
        "Doors": ["Values", "Services"],
    ]

    /// Imports within a floor or against the direction of the table that are meant; each with its reason.
    private static let exceptions: [String: Set<String>] = [
        // JSON text is read by simdjson behind a C shim; the domain's JSON value stands on it.
        "SlipwayJSON": ["CSimdjson"],
        "SlipwayDomain": ["SlipwayJSON"],
        // A contract is YAML like a manifest: one strict reader, one way of saying what is wrong at which line.
        "SlipwayContract": ["SlipwayPolicy"],
        // KPIs are folds over ledger entries.
        "SlipwayProgram": ["SlipwayLedger"],
        // The protocol's messages, with the tensors that they carry; no use case knows them.
        "SlipwayOpenInference": ["SlipwayService"],
        // The layout of Arrow's C structs.
        "SlipwayTabular": ["CArrow"],
        // What all doors share: routes as data, bodies, credentials.
        "SlipwayMLflow": ["SlipwayWire"],
        // Bodies come compressed: zlib behind a C shim.
        "SlipwayWire": ["CZlib"],
        "SlipwayOTLP": ["SlipwayWire"],
        "SlipwayInference": ["SlipwayWire"],
        "SlipwayGRPC": ["SlipwayWire"],
        "SlipwayConsole": ["SlipwayWire"],
        // The native door writes decisions, releases, proofs and scorecards as they are.
        "SlipwayHTTP": ["SlipwayWire", "SlipwayLedger", "SlipwayPolicy", "SlipwayRelease", "SlipwayProgram"],
    ]

    /// Outside modules that only one floor may touch.
    private static let outside: [String: Set<String>] = [
        "GRDB": ["Adapters"], "GRDBSQLite": ["Adapters"], "Hummingbird": ["Doors"], "HTTPTypes": ["Doors"],
        "NIOCore": ["Adapters", "Doors"], "NIOSSL": ["Adapters"], "AsyncHTTPClient": ["Adapters"],
        "Yams": ["Decisions"],
        "Logging": ["Services", "Doors"], "SwiftProtobuf": ["Adapters", "Doors"],
        "GRPCCore": ["Adapters", "Doors"],
        "GRPCNIOTransportHTTP2Posix": ["Adapters", "Doors"], "GRPCProtobuf": ["Adapters", "Doors"],
    ]

    private static func imports(of file: Repository.File) -> [String] {
        file.lines.compactMap { line in
            let words = line.split(separator: " ").map(String.init)
            guard let index = words.firstIndex(of: "import"), index <= 2, index + 1 < words.count,
                words[..<index].allSatisfy({ ["package", "internal", "public", "@testable", "private"].contains($0) })
            else { return nil }
            return words[index + 1].split(separator: ".").first.map(String.init)
        }
    }

    private static func floorOfTargets() throws -> [String: String] {
        var floors: [String: String] = [:]
        for floor in Self.floors {
            let folder = Repository.root.appendingPathComponent("Sources/\(floor)")
            for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) { floors[name] = floor }
        }
        return floors
    }

    @Test func `imports only point down`() throws {
        let floors = try Self.floorOfTargets()
        for file in try Repository.files(under: "Sources") where file.target != "slipway" {
            guard let floor = floors[file.target] else {
                Issue.record("\(file.path) stands on no floor")
                continue
            }
            for name in Self.imports(of: file) {
                if let target = floors[name] {
                    let isAllowed = Self.below[floor, default: []].contains(target)
                    let isMeant = Self.exceptions[file.target, default: []].contains(name)
                    #expect(isAllowed || isMeant, "\(file.path) imports \(name) of floor \(target)")
                } else if let allowed = Self.outside[name] {
                    #expect(allowed.contains(floor), "\(file.path) on floor \(floor) imports \(name)")
                }
                #expect(name != "slipway", "\(file.path) imports the command line")
            }
        }
    }

    @Test func `the pure floors know no input, output or threads`() throws {
        for file in try Repository.files(under: "Sources/Values") + Repository.files(under: "Sources/Decisions") {
            for name in Self.imports(of: file) {
                #expect(
                    !["Foundation", "Dispatch", "Synchronization", "NIOCore", "Logging"].contains(name),
                    "\(file.path): \(name)"
                )
            }
            for line in file.lines where !line.trimmingCharacters(in: .whitespaces).hasPrefix("//") {
                #expect(!line.contains(" async "), "\(file.path) is async: \(line)")
            }
        }
    }
}
