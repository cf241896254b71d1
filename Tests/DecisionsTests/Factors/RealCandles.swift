import Foundation
import Market

/// Real candles kept outside the project (`../shared/data/candles` beside the package); tests that need them are skipped
/// where they are not.
enum RealCandles {
    static let root: URL = {
        var folder = URL(fileURLWithPath: #filePath)
        while folder.path != "/", !FileManager.default.fileExists(atPath: folder.appending(path: "Package.swift").path)
        {
            folder.deleteLastPathComponent()
        }
        return folder
    }()

    static let files: [String: String] = [
        "BTC": "binance_spot_BTCUSDT_1h_20170817_20241231.csv.gz",
        "ETH": "binance_spot_ETHUSDT_1h_20170817_20231230.csv.gz",
        "SOL": "binance_spot_SOLUSDT_1h_20210404_20231230.csv.gz",
        "ADA": "binance_spot_ADAUSDT_1h_20200801_20231230.csv.gz",
        "AVAX": "binance_spot_AVAXUSDT_1h_20210404_20241230.csv.gz",
    ]

    static func path(_ name: String) -> String {
        root.deletingLastPathComponent().appending(path: "shared/data/candles/\(files[name] ?? "")").path
    }

    static var areHere: Bool { files.keys.allSatisfy { FileManager.default.fileExists(atPath: path($0)) } }

    static let python = ["/usr/bin/python3", "/usr/local/bin/python3"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    static func candles(_ name: String, from: Timestamp, to: Timestamp) throws -> [Candle] {
        try CandleFile.read(path: path(name)).filter { $0.openTime >= from && $0.openTime < to }
    }

    static func day(_ text: String) throws -> Timestamp {
        Timestamp(try Date("\(text)T00:00:00Z", strategy: .iso8601))
    }
}
