import Foundation

/// The project's folder that the tests were built from, and the program that they test.
enum Checkout {
    static let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    /// The `slipway` program: SLIPWAY_BINARY, else beside the test bundle, else the checkout's debug build.
    static func binary() throws -> String {
        let named = ProcessInfo.processInfo.environment["SLIPWAY_BINARY"]
        let beside = CommandLine.arguments.first.map {
            URL(fileURLWithPath: $0).deletingLastPathComponent().appendingPathComponent("slipway").path
        }
        let candidates = named.map { [$0] } ?? [beside, root + "/.build/debug/slipway"].compactMap(\.self)
        guard let found = candidates.first(where: FileManager.default.isExecutableFile(atPath:)) else {
            throw SystemTestError("there is no slipway program at \(candidates): run `swift build --product slipway`")
        }
        return found
    }

    /// A file of Tests/Fixtures.
    static func fixture(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: root + "/Tests/Fixtures/" + name)))
    }
}
