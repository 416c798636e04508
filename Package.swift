// swift-tools-version: 6.2
import PackageDescription

// The floors of DESIGN.md section 3: a target may depend on what stands above it here, as its own line says.
// TidyTests checks the same table against the import lines.

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let grdb: [Target.Dependency] = [
    .product(name: "GRDB", package: "GRDB.swift"), .product(name: "GRDBSQLite", package: "GRDB.swift"),
]
let http: [Target.Dependency] = [
    .product(name: "Hummingbird", package: "hummingbird"),
    .product(name: "HTTPTypes", package: "swift-http-types"),
    .product(name: "NIOCore", package: "swift-nio"),
]
let embedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let posix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let http1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
// gRPC is heavy: one room with its messages, one door, one adapter.
let grpc: [Target.Dependency] = [
    .product(name: "GRPCCore", package: "grpc-swift-2"),
    .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
    .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
]
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let httpClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")

func room(_ floor: String, _ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/\(floor)/\(name)", swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, path: "Tests/\(name)", exclude: exclude, swiftSettings: strict)
}

let package = Package(
    name: "slipway",
    products: [.executable(name: "slipway", targets: ["slipway"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.44.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.3"),
        .package(url: "https://github.com/grpc/grpc-swift-nio-transport", from: "2.9.2"),
        .package(url: "https://github.com/grpc/grpc-swift-protobuf", from: "2.4.1"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Values
        .target(
            name: "CSimdjson",
            path: "Sources/Values/CSimdjson",
            linkerSettings: [.linkedLibrary("simdjson")]
        ),
        room("Values", "SlipwayJSON", ["CSimdjson"]),
        room("Values", "SlipwayDomain", ["SlipwayJSON"]),
        room("Values", "SlipwayStatistics"),
        // Decisions
        room("Decisions", "SlipwayLedger", ["SlipwayDomain", crypto]),
        room("Decisions", "SlipwayPolicy", ["SlipwayDomain", "SlipwayStatistics", yams]),
        room("Decisions", "SlipwayContract", ["SlipwayDomain", "SlipwayPolicy", yams]),
        room("Decisions", "SlipwayRelease", ["SlipwayDomain", "SlipwayStatistics"]),
        room("Decisions", "SlipwayMonitor", ["SlipwayDomain", "SlipwayStatistics"]),
        room("Decisions", "SlipwayTraffic"),
        room("Decisions", "SlipwayProgram", ["SlipwayDomain", "SlipwayLedger"]),
        // Store
        room("Store", "SlipwayStore", ["SlipwayJSON", "SlipwayDomain"]),
        // Services
        room(
            "Services",
            "SlipwayService",
            [
                "SlipwayJSON", "SlipwayDomain", "SlipwayStatistics", "SlipwayLedger", "SlipwayPolicy", "SlipwayRelease",
                "SlipwayMonitor", "SlipwayTraffic", "SlipwayProgram", "SlipwayStore", crypto, logging,
            ]
        ),
        // The messages of the Open Inference Protocol, which a door and an adapter share: no use case knows them.
        .target(
            name: "SlipwayOpenInference",
            dependencies: ["SlipwayService", protobuf, grpc[0], grpc[2]],
            path: "Sources/Services/SlipwayOpenInference",
            exclude: ["Protos", "Generated/README.md"],
            swiftSettings: strict
        ),
        // Adapters
        room("Adapters", "SlipwaySQLite", ["SlipwayDomain", "SlipwayStore"] + grdb),
        room("Adapters", "SlipwayObjects", ["SlipwayService", crypto]),
        room(
            "Adapters",
            "SlipwayConnectors",
            [
                "SlipwayJSON", "SlipwayService", httpClient, http1, posix,
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]
        ),
        room("Adapters", "SlipwayGRPCUpstream", ["SlipwayService", "SlipwayOpenInference", protobuf] + grpc),
        room("Adapters", "SlipwayONNX", ["SlipwayJSON", "SlipwayService", "SlipwayStatistics"]),
        .target(name: "CArrow", path: "Sources/Adapters/CArrow"),
        // Linked into the binary in place of the C library's malloc; nothing imports it.
        .target(
            name: "CJemalloc",
            path: "Sources/Adapters/CJemalloc",
            linkerSettings: [.linkedLibrary("jemalloc")]
        ),
        room("Adapters", "SlipwayTabular", ["SlipwayDomain", "SlipwayService", "SlipwayStatistics", "CArrow"]),
        // Doors
        .target(name: "CZlib", path: "Sources/Doors/CZlib", linkerSettings: [.linkedLibrary("z")]),
        room("Doors", "SlipwayWire", ["CZlib", "SlipwayJSON", "SlipwayDomain", "SlipwayService", http1] + http),
        room("Doors", "SlipwayMLflow", ["SlipwayJSON", "SlipwayDomain", "SlipwayService", "SlipwayWire"] + http),
        room(
            "Doors",
            "SlipwayOTLP",
            ["SlipwayJSON", "SlipwayDomain", "SlipwayService", "SlipwayWire", protobuf] + http
        ),
        room(
            "Doors",
            "SlipwayGRPC",
            [
                "SlipwayService", "SlipwayOpenInference", "SlipwayWire", protobuf, lifecycle, logging,
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP2", package: "swift-nio-http2"),
                .product(name: "NIOHPACK", package: "swift-nio-http2"),
            ] + grpc
        ),
        room(
            "Doors",
            "SlipwayInference",
            ["SlipwayJSON", "SlipwayDomain", "SlipwayService", "SlipwayWire", http1] + http
        ),
        room(
            "Doors",
            "SlipwayHTTP",
            [
                "SlipwayJSON", "SlipwayDomain", "SlipwayStatistics", "SlipwayLedger", "SlipwayPolicy", "SlipwayRelease",
                "SlipwayProgram", "SlipwayService", "SlipwayWire",
            ] + http
        ),
        room("Doors", "SlipwayConsole", ["SlipwayDomain", "SlipwayService", "SlipwayWire"] + http),
        // The command line
        .executableTarget(
            name: "slipway",
            dependencies: [
                "SlipwayJSON", "SlipwayDomain", "SlipwayStatistics", "SlipwayLedger", "SlipwayPolicy",
                "SlipwayContract", "SlipwayMonitor",
                "SlipwayStore", "SlipwayService", "SlipwaySQLite", "SlipwayObjects", "SlipwayConnectors", "SlipwayONNX",
                "SlipwayGRPCUpstream", "SlipwayTabular", "SlipwayWire", "SlipwayMLflow", "SlipwayOTLP",
                "SlipwayInference", "SlipwayGRPC",
                "SlipwayHTTP", "SlipwayConsole", "CJemalloc",
                arguments, httpClient, lifecycle, logging, posix, http1, signals,
            ] + http,
            path: "Sources/slipway",
            swiftSettings: strict
        ),
        // Tests: pure floors first, the whole binary last
        tests("SlipwayDomainTests", ["SlipwayJSON", "SlipwayDomain"]),
        tests("SlipwayStatisticsTests", ["SlipwayStatistics"]),
        tests("SlipwayLedgerTests", ["SlipwayDomain", "SlipwayLedger"], exclude: ["Golden"]),
        tests("SlipwayPolicyTests", ["SlipwayDomain", "SlipwayStatistics", "SlipwayPolicy"], exclude: ["Golden"]),
        tests("SlipwayContractTests", ["SlipwayDomain", "SlipwayPolicy", "SlipwayContract"]),
        tests("SlipwayReleaseTests", ["SlipwayDomain", "SlipwayStatistics", "SlipwayRelease"]),
        tests("SlipwayMonitorTests", ["SlipwayDomain", "SlipwayStatistics", "SlipwayMonitor"]),
        tests("SlipwayProgramTests", ["SlipwayDomain", "SlipwayLedger", "SlipwayProgram"]),
        tests("SlipwayStoreTests", ["SlipwayDomain", "SlipwayStore", "SlipwaySQLite"], exclude: ["Golden"]),
        tests("SlipwayObjectsTests", ["SlipwayService", "SlipwayObjects"]),
        tests("SlipwayConnectorsTests", ["SlipwayJSON", "SlipwayService", "SlipwayConnectors"]),
        tests("SlipwayONNXTests", ["SlipwayService", "SlipwayONNX"]),
        tests(
            "SlipwayInferenceTests",
            ["SlipwayJSON", "SlipwayService", "SlipwayWire", "SlipwayInference", embedded, http1] + http
        ),
        tests(
            "SlipwayTabularTests",
            ["SlipwayDomain", "SlipwayStatistics", "SlipwayService", "SlipwayTabular", "CArrow"]
        ),
        tests(
            "SlipwayMLflowTests",
            [
                "SlipwayJSON", "SlipwayDomain", "SlipwayStore", "SlipwayService", "SlipwaySQLite", "SlipwayObjects",
                "SlipwayWire", "SlipwayMLflow", "SlipwayOTLP", embedded, logging,
            ] + http
        ),
        tests("SlipwayTrafficTests", ["SlipwayTraffic"]),
        tests(
            "SlipwayGRPCTests",
            ["SlipwayService", "SlipwayOpenInference", "SlipwayGRPC", grpc[0], embedded, protobuf]
        ),
        tests(
            "FuzzTests",
            [
                "SlipwayJSON", "SlipwayDomain", "SlipwayService", "SlipwayWire", "SlipwayInference", "SlipwayGRPC",
                "SlipwayOpenInference", "SlipwayOTLP", grpc[0], grpc[2], protobuf,
            ]
        ),
        tests(
            "SlipwayConsoleTests",
            [
                "SlipwayDomain", "SlipwayLedger", "SlipwayStore", "SlipwayService", "SlipwaySQLite", "SlipwayWire",
                "SlipwayConsole", embedded, logging,
            ] + http,
            exclude: ["Golden"]
        ),
        tests(
            "SlipwayServiceTests",
            [
                "SlipwayJSON", "SlipwayDomain", "SlipwayStatistics", "SlipwayLedger", "SlipwayPolicy", "SlipwayRelease",
                "SlipwayStore", "SlipwayService", "SlipwaySQLite", "SlipwayObjects", "SlipwayInference", logging,
                crypto,
            ]
        ),
        tests(
            "SlipwaySystemTests",
            ["SlipwayDomain", "SlipwayWire", "slipway", arguments, logging] + http,
            exclude: ["Golden"]
        ),
        tests("TidyTests", []),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)
