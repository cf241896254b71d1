import Foundation
import Market
import Testing
import Turns

@testable import Decisions

@Suite("Replay of a rule", .oneAtATime)
struct RulePreviewTests {
    @Test("statistics count what the data can show")
    func statistics() throws {
        // Ten days of minutes: 100, but 120 in the first minute of each hour, when the rule fires.
        let closes = (0..<14_400).map { $0 % 60 == 0 ? 120.0 : 100.0 }
        let rule = try RuleText.parse("BTC > 110", symbols: someSymbols)
        let preview = RulePreview.run(rule, candles: minutes(closes), timeframe: .m1, symbol: btc)
        let statistics = try #require(preview.statistics)
        #expect(preview.firings.count == 240)
        #expect(statistics.count == 240)
        #expect(statistics.lastWeek == 168)
        #expect(statistics.lastMonth == nil)
        #expect(statistics.lastYear == nil)
        #expect(abs(statistics.perWeek - 168) < 1e-9)
        #expect(statistics.longestBurst == 24)
        #expect(statistics.moves.map(\.after) == [.hours(1), .days(1), .days(7)])
        let hour = statistics.moves[0]
        #expect(hour.count == 239)
        #expect(hour.median == 0)
        #expect(hour.shareUp == 0)
        #expect(hour.shareUpLow == 0)
        #expect((hour.shareUpHigh ?? 0) > 0.01 && (hour.shareUpHigh ?? 1) < 0.02)
        #expect(statistics.moves[2].count == 72)
        #expect(hour.baseMedian == 0)
        #expect(RulePreview.run(rule, candles: [], timeframe: .m1, symbol: btc).statistics == nil)
    }

    @Test("what the candles cannot show is said")
    func notes() throws {
        func notes(_ text: String, _ timeframe: Timeframe, _ symbol: Symbol) throws -> [String] {
            let rule = try RuleText.parse(text, symbols: someSymbols)
            let candles = (0..<10).map { flat(100, opens: start + timeframe.span * Int64($0)) }
            return RulePreview.run(rule, candles: candles, timeframe: timeframe, symbol: symbol).notes.map(\.sentence)
        }
        #expect(
            try notes("BTC change(5m) > 1% or average(volume(15m), 3) > 1", .h1, btc) == [
                "change(5m) is unknown here: the candles are 1h long",
                "volume(15m) is unknown here: the candles are 1h long",
            ])
        #expect(
            try notes("BTC > 5 or ETH > 5", .h1, btc) == ["ETH price of ETH is unknown here: the candles are of BTC"])
        #expect(try notes("BTC > 5", .h1, eth) == ["price of BTC is unknown here: the candles are of ETH"])
        #expect(try notes("BTC,ETH > 5", .h1, eth) == ["replayed for ETH alone, of the 2 symbols of the rule"])
        #expect(try notes("BTC rsi(14) > 5", .d1, btc) == [])
    }

    /// `../shared` beside the project holds real candles; they are not part of it.
    static let realCandles: String? = {
        var folder = URL(filePath: #filePath).deletingLastPathComponent()
        while folder.path().count > 1,
            !FileManager.default.fileExists(atPath: folder.appending(path: "Package.swift").path())
        {
            folder.deleteLastPathComponent()
        }
        let path = folder.deletingLastPathComponent().appending(path: "shared/data/candles").path()
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }()
    static let hasPython = FileManager.default.isExecutableFile(atPath: "/usr/bin/python3")

    struct Independent: Decodable {
        var file: String
        var symbol: String
        var timeframe: String
        var text: String
        var firings: [Timestamp]
    }

    @Test(
        "over real candles every rule fires when an independent script says so (needs ../shared and python3)",
        .enabled(if: realCandles != nil && hasPython))
    func independent() throws {
        let folder = try #require(Self.realCandles)
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "independent_rules.py").path()
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/python3")
        process.arguments = [script, folder]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let expected = try JSONDecoder().decode([Independent].self, from: bytes)
        #expect(expected.count >= 40)
        #expect(expected.map(\.firings.count).reduce(0, +) > 1000)
        var files: [String: [Candle]] = [:]
        for row in expected {
            let candles = try files[row.file] ?? CandleFile.read(path: folder + "/" + row.file)
            files[row.file] = candles
            let timeframe = try #require(Timeframe(rawValue: row.timeframe))
            let rule = try RuleText.parse(row.text, symbols: someSymbols)
            let ours = RulePreview.run(rule, candles: candles, timeframe: timeframe, symbol: symbol(row.symbol)).firings
            let missing = Set(row.firings).subtracting(ours).sorted().prefix(3)
            let extra = Set(ours).subtracting(row.firings).sorted().prefix(3)
            #expect(ours == row.firings, "\(row.text): missing \(missing), too many \(extra)")
        }
    }
}
