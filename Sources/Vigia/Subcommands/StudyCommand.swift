import ArgumentParser
import Decisions
import Market

struct StudyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "study", abstract: "How many opportunities a week the decision engine finds over candle files.",
        discussion: "Example: vigia study BTC=btc_1h.csv.gz ETH=eth_1h.csv.gz --k 1.7")

    @Argument(help: "SYMBOL=FILE of 1h candles.") var files: [String]
    @Option(help: "The constant k of the score; without it the engine's own.") var k: Double?

    func run() throws {
        var candles: [Symbol: [Candle]] = [:]
        for file in files {
            let sides = file.split(separator: "=", maxSplits: 1)
            guard sides.count == 2, let symbol = Symbol(sides[0]) else {
                throw CommandFailure("\(file): expected SYMBOL=FILE", code: 2)
            }
            candles[symbol] = try CandleArgument.read(String(sides[1]))
        }
        guard let first = candles.values.compactMap(\.first?.openTime).max(),
            let last = candles.values.compactMap(\.last?.openTime).min()
        else { throw CommandFailure("the files hold no candles in common") }
        // A year and a quarter before the first counted week fills every window of the engine.
        let table = OpportunityStudy.run(
            candles, k: k ?? DecisionEngine.standardK, from: min(first + .days(456), last), to: last)
        Console.out(table.description)
    }
}
