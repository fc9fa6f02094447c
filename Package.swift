// swift-tools-version: 6.2
// One target per room; which room may import which is in docs/architecture.md and held by scripts/check-imports.
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let nio: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let nioTLS: Target.Dependency = .product(name: "NIOTLS", package: "swift-nio")
let nioHTTP2: Target.Dependency = .product(name: "NIOHTTP2", package: "swift-nio-http2")
let nioHPACK: Target.Dependency = .product(name: "NIOHPACK", package: "swift-nio-http2")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")

func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

var targets: [Target] = [
    // Floor 0
    room("PorticoCore"),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CMalloc"),
    .systemLibrary(name: "CLinux"),
    .systemLibrary(name: "CBrotli", pkgConfig: "libbrotlienc", providers: [.apt(["libbrotli-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    // Floor 1
    room("PorticoConfig", ["PorticoCore", .product(name: "TOMLKit", package: "TOMLKit")]),
    room("PorticoTelemetry", ["PorticoCore"]),
    room("PorticoCompression", ["PorticoCore", "CZlib", "CBrotli", "CZstd"]),
    room("PorticoTransport", ["PorticoCore", "CLinux", nio]),
    // Floor 2
    room("PorticoLog", ["PorticoCore", "PorticoConfig", "PorticoCompression", logging]),
    room(
        "PorticoHTTP",
        [
            "PorticoCore", "PorticoConfig", "PorticoTransport", "CMalloc", "CLinux", nio, nioPosix, nioSSL, nioTLS,
            nioHTTP2, nioHPACK,
        ]),
    room("PorticoRouting", ["PorticoCore", "PorticoConfig"]),
    // Floor 3
    room(
        "PorticoStatic",
        ["PorticoCore", "PorticoConfig", "PorticoHTTP", "PorticoCompression", "CLinux", nio, nioPosix]),
    room(
        "PorticoUpstream",
        [
            "PorticoCore", "PorticoConfig", "PorticoTransport", "PorticoHTTP", "CLinux", nio, nioPosix, nioSSL, nioTLS,
            nioHTTP2, nioHPACK,
        ]),
    // Floor 4
    room(
        "PorticoProxy",
        [
            "PorticoCore", "PorticoConfig", "PorticoCompression", "PorticoTransport", "PorticoHTTP", "PorticoUpstream",
            nio,
        ]),
    room("PorticoAdmin", ["PorticoCore", "PorticoConfig", "PorticoTransport", "PorticoHTTP", "PorticoTelemetry", nio]),
    // Floor 5
    room(
        "PorticoApp",
        [
            "CLinux", "CMalloc", "PorticoCore", "PorticoConfig", "PorticoLog", "PorticoTransport", "PorticoHTTP",
            "PorticoRouting",
            "PorticoStatic", "PorticoUpstream", "PorticoProxy", "PorticoAdmin", "PorticoTelemetry", nio, nioPosix,
            logging,
            .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        ]),
    // Floor 6
    .executableTarget(
        name: "portico",
        dependencies: [
            "PorticoApp", "PorticoConfig", "PorticoCore", "PorticoLog",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ],
        swiftSettings: strict),
    // Tests
    room(
        "PorticoTesting",
        [
            "PorticoCore", "PorticoConfig", "PorticoLog", "PorticoTransport", "PorticoHTTP", "PorticoUpstream",
            "PorticoApp", nio, nioPosix,
            logging, .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        ]),
    tests(
        "PorticoAppTests",
        [
            "PorticoApp", "PorticoTelemetry", "PorticoHTTP", "PorticoUpstream", "PorticoTesting", "PorticoConfig",
            "PorticoCore",
        ]),
    tests("PorticoCoreTests", ["PorticoTesting", "PorticoCore"]),
    .testTarget(
        name: "PorticoConfigTests", dependencies: ["PorticoTesting", "PorticoConfig", "PorticoCore"],
        exclude: ["Golden"],
        swiftSettings: strict),
    tests("PorticoTelemetryTests", ["PorticoTelemetry", "PorticoCore"]),
    tests("PorticoCompressionTests", ["PorticoCompression", "PorticoTesting", "PorticoCore"]),
    tests(
        "PorticoLogTests",
        ["PorticoLog", "PorticoCompression", "PorticoTesting", "PorticoConfig", "PorticoCore", logging]),
    tests("PorticoTransportTests", ["PorticoTransport", "PorticoTesting", "PorticoCore", nio]),
    tests("PorticoHTTPTests", ["PorticoHTTP", "PorticoTesting", "PorticoConfig", "PorticoCore", nio, nioHPACK]),
    tests("PorticoRoutingTests", ["PorticoRouting", "PorticoTesting", "PorticoConfig", "PorticoCore"]),
    tests(
        "PorticoStaticTests",
        ["PorticoStatic", "PorticoHTTP", "PorticoCompression", "PorticoTesting", "PorticoConfig", "PorticoCore", nio]),
    tests(
        "PorticoUpstreamTests",
        [
            "PorticoUpstream", "PorticoTransport", "PorticoHTTP", "PorticoTesting", "PorticoConfig", "PorticoCore", nio,
        ]),
    tests("PorticoAdminTests", ["PorticoAdmin", "PorticoUpstream", "PorticoTesting", "PorticoConfig", "PorticoCore"]),
    tests(
        "PorticoProxyTests",
        [
            "PorticoProxy", "PorticoUpstream", "PorticoTransport", "PorticoHTTP", "PorticoCompression",
            "PorticoTesting",
            "PorticoConfig", "PorticoCore", nio,
        ]),
]

var products: [Product] = [.executable(name: "portico", targets: ["portico"])]

// What scripts/fuzz builds: each entry as a static library, over just those files of a room that need no sockets.
if Context.environment["PORTICO_FUZZ"] == "1" {
    func fuzz(_ name: String, _ dependencies: [Target.Dependency]) {
        targets.append(.target(name: name, dependencies: dependencies, swiftSettings: strict))
        products.append(.library(name: name, type: .static, targets: [name]))
    }
    func keep(_ sources: [String], of name: String, _ dependencies: [Target.Dependency]) {
        for target in targets where target.name == name {
            target.sources = sources
            target.dependencies = dependencies
        }
    }
    let codec = ["BodyReader", "ChunkedDecoder", "RequestHeadParser", "RequestRules", "ResponseHeadParser"]
    keep(
        ["Head", "HeadWriter.swift", "OpenFile.swift"] + codec.map { "HTTP1/\($0).swift" }, of: "PorticoHTTP",
        ["PorticoCore", nio])
    keep(
        ["SitePath.swift", "SiteFiles.swift", "CleanURLs.swift", "ByteRanges.swift"], of: "PorticoStatic",
        ["PorticoCore", "PorticoConfig", "PorticoHTTP"])
    keep(["WebSocket/WebSocketFrames.swift"], of: "PorticoProxy", [nio])
    keep(["Names/DNSAnswer.swift"], of: "PorticoUpstream", ["PorticoCore"])
    keep(
        ["LogEntry", "LogLineScanner", "EscapedText"].map { "Reader/\($0).swift" }, of: "PorticoLog", ["PorticoCore"])
    fuzz("FuzzHTTP1", ["PorticoHTTP", "PorticoCore", nio])
    fuzz("FuzzResponseHead", ["PorticoHTTP", "PorticoCore"])
    fuzz("FuzzChunked", ["PorticoHTTP", nio])
    fuzz("FuzzPath", ["PorticoHTTP", "PorticoStatic", "PorticoConfig"])
    fuzz("FuzzRange", ["PorticoStatic"])
    fuzz("FuzzConfig", ["PorticoConfig"])
    fuzz("FuzzPattern", ["PorticoCore"])
    fuzz("FuzzAcceptEncoding", ["PorticoCompression", "PorticoCore"])
    fuzz("FuzzDNS", ["PorticoUpstream"])
    fuzz("FuzzLogLine", ["PorticoLog"])
    fuzz("FuzzWebSocketFrames", ["PorticoProxy"])
}

let package = Package(
    name: "portico",
    products: products,
    dependencies: [
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: targets
)
