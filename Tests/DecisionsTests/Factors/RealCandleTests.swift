import Foundation
import Market
import Testing
import Turns

@testable import Decisions

/// On real candles of 2023, where they are beside the package.
@Suite("Factors and opportunities on real candles", .oneAtATime, .enabled(if: RealCandles.areHere))
struct RealCandleTests {
    @Test("a year of five symbols gives 2 to 20 opportunities in nearly every week, neither side under a quarter")
    func study() throws {
        var candles: [Symbol: [Candle]] = [:]
        let to = try RealCandles.day("2023-12-30")
        for name in RealCandles.files.keys {
            candles[try #require(Symbol(name))] = try RealCandles.candles(
                name, from: RealCandles.day("2022-06-01"), to: to)
        }
        let table = OpportunityStudy.run(
            candles, k: DecisionEngine.standardK, from: try RealCandles.day("2023-01-01"), to: to)
        Attachment.record(
            "\(table)\nby symbol \(table.bySymbol)\nvetoes \(table.vetoes)\nweeks \(table.counts)", named: "study.txt")
        #expect(table.counts.count == 51)
        #expect(table.shareOfWeeks(within: 2...20) >= 0.95, "\(table)")
        #expect(table.rarerSide >= 0.25, "\(table)")
        #expect(table.bySymbol.count == 5 && table.reversals > 0 && table.trends > 0)
    }

    @Test(
        "factors equal those of an independent script at every hour of a year",
        .enabled(if: RealCandles.python != nil), arguments: ["BTC", "SOL"])
    func independent(name: String) throws {
        let first = try RealCandles.day("2022-06-01")
        let from = try RealCandles.day("2023-01-01")
        let to = try RealCandles.day("2023-12-30")
        let theirs = try script(name, first: first, from: from, to: to)
        #expect(theirs.count > 8_600)
        var stream = FactorStream()
        var compared = 0
        var worst = 0.0
        for candle in try RealCandles.candles(name, from: first, to: to) {
            let ours = stream.update(candle)
            guard let row = theirs[ours.at] else {
                #expect(ours.at < from)
                continue
            }
            let score = FactorFormulas.score(
                trend: ours.trend, momentum: ours.momentum, risk: nil, volume: ours.volume, k: DecisionEngine.standardK)
            for (mine, other) in zip([ours.trend, ours.reversal, ours.momentum, ours.volume, score], row) {
                worst = max(worst, abs(try #require(mine) - other))
                compared += 1
            }
        }
        #expect(compared == theirs.count * 5)
        #expect(worst < 1e-6)
    }

    private func script(_ name: String, first: Timestamp, from: Timestamp, to: Timestamp) throws -> [Timestamp:
        [Double]]
    {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(RealCandles.python))
        process.arguments =
            [
                URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "independent_factors.py")
                    .path,
                RealCandles.path(name),
            ] + [first, from, to].map { "\($0.milliseconds)" }
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        var rows: [Timestamp: [Double]] = [:]
        for line in text.split(whereSeparator: \.isNewline).dropFirst() {
            let fields = line.split(separator: ",")
            rows[Timestamp(milliseconds: try #require(Int64(fields[0])))] = try fields.dropFirst().map {
                try #require(Double($0))
            }
        }
        return rows
    }
}
