import Foundation
import Market
import Testing
import Turns

@testable import Decisions

/// `make rules` names a Python with numpy, pandas and TA-Lib in `VIGIA_RULE_PYTHON`, and how many rules in `VIGIA_RULES`.
@Suite("Rules against a second evaluator", .oneAtATime)
struct RuleEvaluatorTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let python = environment["VIGIA_RULE_PYTHON"]

    @Test(
        "random rules over years of real candles fire when pandas says so (needs ../shared and VIGIA_RULE_PYTHON)",
        .enabled(if: python != nil && RulePreviewTests.realCandles != nil))
    func randomRules() throws {
        let folder = try #require(RulePreviewTests.realCandles)
        let count = Self.environment["VIGIA_RULES"].flatMap { Int($0) } ?? 200
        let seed = Self.environment["VIGIA_RULE_SEED"] ?? "1"
        let script = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Peers/rule_evaluator.py").standardized.path()
        let process = Process()
        process.executableURL = URL(filePath: try #require(Self.python))
        process.arguments = [script, folder, "--rules", "\(count)", "--seed", seed]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let expected = try JSONDecoder().decode([RulePreviewTests.Independent].self, from: bytes)
        #expect(expected.count >= count - 3)
        let firing = expected.count { $0.firings.count >= 3 }
        #expect(firing * 4 >= expected.count * 3)
        var files: [String: [Candle]] = [:]
        var different = 0
        for row in expected {
            let candles = try files[row.file] ?? CandleFile.read(path: folder + "/" + row.file)
            files[row.file] = candles
            let timeframe = try #require(Timeframe(rawValue: row.timeframe))
            let rule: RuleDefinition
            do {
                rule = try RuleText.parse(row.text, symbols: someSymbols)
            } catch {
                Issue.record("\(row.text): \(error)")
                continue
            }
            let ours = RulePreview.run(rule, candles: candles, timeframe: timeframe, symbol: symbol(row.symbol)).firings
            if ours == row.firings { continue }
            different += 1
            let missing = Set(row.firings).subtracting(ours).sorted().prefix(3).map(\.milliseconds)
            let extra = Set(ours).subtracting(row.firings).sorted().prefix(3).map(\.milliseconds)
            Issue.record(
                "\(row.text) [\(row.file)]: \(ours.count) of \(row.firings.count); missing \(missing), too many \(extra)"
            )
        }
        print(
            "rules \(expected.count), firing three times or more \(firing), firings \(expected.map(\.firings.count).reduce(0, +)), different \(different)"
        )
    }
}
