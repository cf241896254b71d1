package import Foundation
package import Market

/// Real data kept outside the project, beside its folder. Tests that use it are enabled where it exists.
package enum SharedData {
    /// `../shared/data`, seen from the folder that holds Package.swift.
    package static let folder: URL = {
        var folder = URL(filePath: #filePath).deletingLastPathComponent()
        while folder.path != "/", !FileManager.default.fileExists(atPath: folder.appending(path: "Package.swift").path)
        {
            folder.deleteLastPathComponent()
        }
        return folder.deletingLastPathComponent().appending(path: "shared/data").standardizedFileURL
    }()

    package static func path(_ name: String) -> String { folder.appending(path: name).path }

    package static func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

    package static func candles(_ name: String) throws -> [Candle] { try CandleFile.read(path: path(name)) }

    /// A file's bytes, unpacked where it is gzipped.
    package static func bytes(_ name: String) throws -> [UInt8] { [UInt8](try CandleFile.contents(path: path(name))) }

    /// A provider's description of its API (`../shared/specs`); `nil` where it is not there.
    package static func specification(_ name: String) -> [String: Any]? {
        let path = path("../specs/" + name)
        guard FileManager.default.fileExists(atPath: path), let bytes = try? CandleFile.contents(path: path) else {
            return nil
        }
        return (try? JSONSerialization.jsonObject(with: Data(bytes))) as? [String: Any]
    }

    /// A table of numbers, plain or gzipped: column by name; an empty field is `nil`.
    package static func table(_ name: String) throws -> [String: [Double?]] {
        let text = String(decoding: try CandleFile.contents(path: path(name)), as: UTF8.self)
        var lines = text.split(separator: "\n")
        let names = lines.removeFirst().split(separator: ",").map(String.init)
        var columns = names.map { _ in [Double?]() }
        for line in lines {
            for (index, field) in line.split(separator: ",", omittingEmptySubsequences: false).enumerated() {
                columns[index].append(Double(field))
            }
        }
        return Dictionary(uniqueKeysWithValues: zip(names, columns))
    }
}

/// Numbers that look random and are the same in every run (SplitMix64).
package struct SteadyRandom: RandomNumberGenerator {
    private var state: UInt64
    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

extension [Candle] {
    /// A made-up random walk, one candle a timeframe from `start` on, the same for the same seed. Prices stay between
    /// about 1% and 100 times `price`.
    package static func walk(
        _ count: Int, seed: UInt64 = 1, price: Double = 100, timeframe: Timeframe = .h1,
        start: Timestamp = Timestamp(seconds: 1_704_067_200)
    ) -> [Candle] {
        var random = SteadyRandom(seed: seed)
        var close = price
        var openTime = start
        return (0..<count).map { _ in
            let open = close
            let pull = -0.0001 * (close / price - 1)
            close *= 1 + pull + Double.random(in: -0.01...0.01, using: &random)
            let high = Swift.max(open, close) * (1 + Double.random(in: 0...0.004, using: &random))
            let low = Swift.min(open, close) * (1 - Double.random(in: 0...0.004, using: &random))
            defer { openTime += timeframe.span }
            return Candle(
                openTime: openTime, open: open, high: high, low: low, close: close,
                volume: Double.random(in: 1...1000, using: &random))
        }
    }
}
