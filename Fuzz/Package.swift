// swift-tools-version: 6.2
import PackageDescription

// The decoders of what comes from outside, under libFuzzer: only the files that decode, so that all of them can be
// instrumented and built in two minutes. `scripts/fuzz` builds and runs it; the properties live beside the tests, which
// replay the corpus.

let language: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]
/// `fuzzer`, or `fuzzer,address` to find what reads or writes beside its memory.
let sanitizers = Context.environment["SLIPWAY_FUZZ_SANITIZERS"] ?? "fuzzer"
let instrumented = language + [.unsafeFlags(["-sanitize=\(sanitizers)", "-enable-testing"])]
let instrumentedC: [CSetting] = [.unsafeFlags(["-fsanitize=\(sanitizers.replacing("fuzzer", with: "fuzzer-no-link"))"])]
let instrumentedCXX: [CXXSetting] = [
    .unsafeFlags(["-fsanitize=\(sanitizers.replacing("fuzzer", with: "fuzzer-no-link"))"])
]
/// Where the toolchain keeps libFuzzer.
let library = Context.environment["SLIPWAY_FUZZER_LIBRARY"] ?? "libclang_rt.fuzzer_no_main.a"

/// What the program is linked with besides.
let checks = sanitizers.split(separator: ",").filter { $0 != "fuzzer" }.map { "-sanitize=\($0)" }

let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let grpc: [Target.Dependency] = [
    .product(name: "GRPCCore", package: "grpc-swift-2"),
    .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
]

/// Some files of a room, or all of them.
func room(
    _ path: String,
    _ dependencies: [Target.Dependency],
    _ files: [String]? = nil,
    name: String? = nil
) -> Target {
    .target(
        name: name ?? String(path.split(separator: "/").last ?? ""),
        dependencies: dependencies,
        path: path,
        sources: files,
        swiftSettings: instrumented
    )
}

let package = Package(
    name: "slipway-fuzz",
    dependencies: [
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.3"),
        .package(url: "https://github.com/grpc/grpc-swift-protobuf", from: "2.4.1"),
    ],
    targets: [
        .target(
            name: "CSimdjson",
            path: "Sources/Values/CSimdjson",
            cxxSettings: instrumentedCXX,
            linkerSettings: [.linkedLibrary("simdjson")]
        ),
        room("Sources/Values/SlipwayJSON", ["CSimdjson"]),
        room("Sources/Values/SlipwayDomain", ["SlipwayJSON"]),
        room(
            "Sources/Services/SlipwayService",
            ["SlipwayJSON", "SlipwayDomain"],
            [
                "ServiceError.swift", "Tracing/SpanBatch.swift",
            ]
                + [
                    "InferenceRequest", "InferenceCheck", "ModelEngine", "Tensor", "TensorBytes", "TensorData+JSON",
                    "TensorParts", "TensorReader", "TensorType", "VersionTarget",
                ].map { "Serving/\($0).swift" }
        ),
        .target(
            name: "CZlib",
            path: "Sources/Doors/CZlib",
            cSettings: instrumentedC,
            linkerSettings: [.linkedLibrary("z")]
        ),
        room("Sources/Doors/SlipwayWire", ["CZlib"], ["ByteRange.swift", "Inflation.swift", "WireError.swift"]),
        room(
            "Sources/Doors/SlipwayInference",
            ["SlipwayJSON", "SlipwayService", "SlipwayWire"],
            ["AnswerForm", "InferenceBody", "InferenceDecoder", "InferenceEncoder"]
                .map { "\($0).swift" }
        ),
        room(
            "Sources/Services/SlipwayOpenInference",
            ["SlipwayService", protobuf] + grpc,
            ["RawContents.swift", "TypedContents.swift", "Generated/open_inference.pb.swift"]
        ),
        room(
            "Sources/Doors/SlipwayGRPC",
            ["SlipwayService", "SlipwayOpenInference", protobuf] + grpc,
            [
                "CallTimeout", "MessageLengths", "MessageOutline", "ModelInferDecoder", "ModelInferEncoder",
                "RPCRefusal",
            ].map { "\($0).swift" }
        ),
        room(
            "Sources/Doors/SlipwayOTLP",
            ["SlipwayJSON", "SlipwayDomain", "SlipwayService", "SlipwayWire", protobuf],
            [
                "OTLPError.swift", "OTLPFieldCount.swift", "OTLPJSON.swift", "OTLPProtobuf.swift", "OTLPSpan.swift",
                "Generated",
            ]
        ),
        .target(name: "CFuzzer", path: "CFuzzer"),
        room(
            "Tests/FuzzTests",
            [
                "SlipwayJSON", "SlipwayDomain", "SlipwayService", "SlipwayWire", "SlipwayInference", "SlipwayGRPC",
                "SlipwayOpenInference", "SlipwayOTLP", protobuf,
            ] + grpc,
            ["FuzzTarget", "JSONProperties", "InferenceProperties", "GRPCProperties", "TextProperties"]
                .map { "\($0).swift" },
            name: "FuzzProperties"
        ),
        .executableTarget(
            name: "slipway-fuzz",
            dependencies: ["CFuzzer", "FuzzProperties"],
            path: "Driver",
            swiftSettings: language,
            linkerSettings: [.unsafeFlags([library, "-lstdc++"] + checks)]
        ),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)
