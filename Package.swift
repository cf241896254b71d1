// swift-tools-version: 6.2
import PackageDescription

/// Settings of every target of ours: imports stay private unless a signature needs them, and `any` is always written.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let log = Target.Dependency.product(name: "Logging", package: "swift-log")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
    .product(name: "NIOHTTP1", package: "swift-nio"),
    .product(name: "NIOWebSocket", package: "swift-nio"),
    .product(name: "NIOSSL", package: "swift-nio-ssl"),
]

/// A module of the spine or an edge; it may import only what stands in `uses`.
func module(_ name: String, uses: [String] = [], outside: [Target.Dependency] = [], plugins: [Target.PluginUsage] = [])
    -> Target
{
    .target(
        name: name, dependencies: uses.map { .target(name: $0) } + outside, swiftSettings: strict, plugins: plugins)
}

func tests(_ name: String, uses: [String], outside: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .testTarget(
        name: name, dependencies: uses.map { .target(name: $0) } + ["Support", "Turns"] + outside, exclude: exclude,
        swiftSettings: strict)
}

let package = Package(
    name: "vigia",
    products: [
        .executable(name: "vigia", targets: ["Vigia"]), .executable(name: "vigia-bench", targets: ["VigiaBench"]),
    ],
    traits: [
        .trait(name: "Charts", description: "Pictures drawn with Cairo and Pango"),
        .trait(name: "XGBoost", description: "Gradient-boosted trees through libxgboost"),
        .trait(name: "Postgres", description: "PostgreSQL driver through libpq"),
        .trait(name: "Kafka", description: "Kafka streams through librdkafka"),
        .trait(name: "All", description: "Everything", enabledTraits: ["Charts", "XGBoost", "Postgres", "Kafka"]),
        .default(enabledTraits: []),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // The spine: no network, no SQL, no HTTP.
        module("Market", uses: ["CZlib"]),
        .systemLibrary(name: "CZlib", path: "Sources/CZlib"),
        // Mail goes out through libcurl; the shim stands for its functions of variable arguments.
        .systemLibrary(
            name: "CCurl", path: "Sources/CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .target(name: "CCurlShim", dependencies: ["CCurl"]),
        module("Schedule", uses: ["Market"], outside: [log, lifecycle]),
        module("People", uses: ["Market"]),
        module("Indicators", uses: ["Market"]),
        module("Sentiment", uses: ["Market", "CKernels"], plugins: ["EmbedAssets"]),
        // Optimised in every configuration: unoptimised vector code is some thirty times slower.
        .target(name: "CKernels", cSettings: [.unsafeFlags(["-O3"])]),
        module("Forecasts", uses: ["Market", "Indicators"]),
        module(
            "Decisions", uses: ["Market", "People", "Indicators", "Forecasts"],
            outside: [log, metrics, lifecycle, .product(name: "Collections", package: "swift-collections")]),
        module("Charts", uses: ["Market", "Indicators", "Forecasts"]),
        module(
            "Messages", uses: ["Market", "People", "Forecasts", "Decisions", "Charts"],
            outside: [
                .product(name: "Mustache", package: "swift-mustache"), .product(name: "Yams", package: "Yams"),
            ],
            plugins: ["EmbedAssets"]),
        module(
            "Delivery", uses: ["Market", "People", "Decisions", "Messages", "Schedule"],
            outside: [log, metrics, lifecycle, .product(name: "Collections", package: "swift-collections")]),
        module(
            "Reports", uses: ["Market", "People", "Decisions", "Messages", "Delivery"], outside: [log, metrics]),
        module(
            "Chat",
            uses: [
                "Market", "Schedule", "People", "Indicators", "Sentiment", "Forecasts", "Decisions", "Charts",
                "Messages", "Delivery", "Reports",
            ],
            outside: [log, metrics]),
        // The edges.
        module(
            "Transport",
            outside: nio + [log, metrics, .product(name: "AsyncHTTPClient", package: "async-http-client")]),
        module(
            "Collectors", uses: ["Market", "Transport"],
            outside: [log, metrics, lifecycle, .product(name: "NIOCore", package: "swift-nio")]),
        module(
            "Channels",
            uses: ["Market", "People", "Messages", "Delivery", "Chat", "Transport", "CCurl", "CCurlShim"],
            outside: [
                log, metrics, lifecycle, .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        module(
            "Storage",
            uses: [
                "Market", "Schedule", "People", "Indicators", "Sentiment", "Forecasts", "Decisions", "Messages",
                "Delivery", "Reports", "Chat",
            ],
            outside: [
                log, .product(name: "Crypto", package: "swift-crypto"), .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ]),
        module(
            "Web", uses: ["Market", "People", "Decisions", "Messages", "Delivery", "Chat"],
            outside: [
                log, metrics, lifecycle, .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
            ]),
        // The roof.
        .executableTarget(
            name: "Vigia",
            dependencies: [
                "Market", "Schedule", "People", "Indicators", "Sentiment", "Forecasts", "Decisions", "Charts",
                "Messages", "Delivery", "Reports", "Chat", "Transport", "Collectors", "Channels", "Storage", "Web", log,
                metrics, lifecycle, unixSignals,
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: strict),
        // Shipped templates and locales are compiled into the binary.
        .executableTarget(name: "AssetEmbedder", swiftSettings: strict),
        .plugin(name: "EmbedAssets", capability: .buildTool(), dependencies: ["AssetEmbedder"]),
        // Fakes of the providers, clocks and builders that the tests and the benchmarks share.
        .target(
            name: "Support",
            dependencies: [
                "Market", log, .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            path: "Tests/Support", swiftSettings: strict),
        .executableTarget(
            name: "VigiaBench",
            dependencies: [
                "Market", "Indicators", "Sentiment", "People", "Decisions", "Messages", "Delivery", "Storage",
                "Transport",
                "Channels", "Support", log,
            ], path: "Benchmarks",
            swiftSettings: strict),
        // Tests take turns: `.oneAtATime`.
        .target(name: "Turns", path: "Tests/Turns", swiftSettings: strict),
        tests("MarketTests", uses: ["Market"]),
        tests("PeopleTests", uses: ["Market", "People"]),
        tests("IndicatorsTests", uses: ["Market", "Indicators"]),
        tests(
            "SentimentTests", uses: ["Market", "Sentiment", "CKernels"], exclude: ["Fixtures", "Bert/reference.py"]),
        tests("ForecastsTests", uses: ["Market", "Indicators", "Forecasts"]),
        tests(
            "DecisionsTests", uses: ["Market", "People", "Indicators", "Forecasts", "Decisions"],
            exclude: ["Factors/independent_factors.py", "Rules/independent_rules.py"]),
        tests("MessagesTests", uses: ["Market", "People", "Forecasts", "Decisions", "Charts", "Messages"]),
        tests(
            "DeliveryTests",
            uses: ["Market", "People", "Decisions", "Messages", "Delivery", "Schedule", "Storage", "Chat"]),
        tests(
            "ReportsTests",
            uses: ["Market", "People", "Decisions", "Messages", "Delivery", "Reports", "Chat", "Storage"],
            outside: [log]),
        tests(
            "ChatTests",
            uses: [
                "Market", "People", "Indicators", "Sentiment", "Forecasts", "Decisions", "Charts", "Messages",
                "Delivery",
                "Reports", "Chat", "Storage",
            ],
            exclude: ["Sentences/Tables"]),
        tests("TransportTests", uses: ["Transport"], outside: nio),
        tests("CollectorsTests", uses: ["Market", "Transport", "Collectors", "Storage"]),
        tests(
            "ChannelsTests",
            uses: [
                "Market", "People", "Decisions", "Messages", "Delivery", "Chat", "Transport", "Channels", "Storage",
                "CCurl",
            ],
            outside: [lifecycle, .product(name: "Crypto", package: "swift-crypto")],
            exclude: ["Email/read_mails.py"]),
        tests(
            "StorageTests",
            uses: [
                "Market", "Schedule", "People", "Sentiment", "Forecasts", "Decisions", "Messages", "Delivery", "Chat",
                "Storage",
            ],
            outside: [log, lifecycle]),
        tests(
            "WebTests", uses: ["Market", "People", "Messages", "Delivery", "Chat", "Web", "Transport"],
            outside: [log, .product(name: "CoreMetrics", package: "swift-metrics")]),
        // Runs the real binary against fakes over real sockets.
        tests(
            "VigiaTests",
            uses: [
                "Market", "People", "Decisions", "Delivery", "Chat", "Transport", "Web", "Vigia", "Storage",
                "Collectors",
            ],
            outside: [log, lifecycle]),
    ],
    swiftLanguageModes: [.v6]
)
