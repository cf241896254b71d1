import ArgumentParser
import Foundation
import Decisions
import Market

struct RuleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rule", abstract: "Checks a rule, or replays it over candles.",
        discussion: "Example: vigia rule check \"BTC > 70k and rsi(14, 4h) < 70\"",
        subcommands: [Check.self, Preview.self])

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check", abstract: "Prints how a rule is understood.",
            discussion: "Example: vigia rule check \"btc>70k\" --json")

        @OptionGroup var options: SettingOptions
        @Argument(help: "The rule.") var text: String
        @Flag(help: "One JSON object.") var json = false

        func run() throws {
            let rule = try RuleArgument.parse(text, settings: options.settings())
            if json { try Console.json(["canonical": rule.text]) } else { Console.out(rule.text) }
        }
    }

    struct Preview: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "preview", abstract: "Says when a rule would have fired over a candles file.",
            discussion: "Example: vigia rule preview \"BTC > 70k\" --candles btc_1h.csv.gz --symbol BTC --json")

        @OptionGroup var options: SettingOptions
        @Argument(help: "The rule.") var text: String
        @Option(help: "CSV with the header open_time,open,high,low,close,volume; gzip accepted.") var candles: String
        @Option(help: "Symbol of the candles.") var symbol: String
        @Flag(help: "One JSON object.") var json = false

        func run() throws {
            let rule = try RuleArgument.parse(text, settings: options.settings())
            guard let symbol = Symbol(self.symbol) else {
                throw CommandFailure(
                    "--symbol \(self.symbol.prefix(40)): expected a symbol such as BTC or ETH/BTC", code: 2)
            }
            let history = try CandleArgument.read(candles)
            guard let timeframe = CandleFile.timeframe(of: history) else {
                throw CommandFailure(
                    "\(candles): the candles have no timeframe that is known (1m, 5m, 15m, 1h, 4h, 1d, 1w)")
            }
            let preview = RulePreview.run(
                rule, candles: history, timeframe: timeframe, symbol: symbol, suggesting: true)
            if json {
                try Console.json(
                    Answer(
                        canonical: rule.text, firings: preview.firings, statistics: preview.statistics,
                        notes: preview.notes.map(\.sentence)))
                return
            }
            var lines = [rule.text]
            lines += preview.firings.map { $0.date.ISO8601Format() }
            if let statistics = preview.statistics {
                lines.append("\(statistics.count) firings, longest burst \(statistics.longestBurst)")
                lines += statistics.lines
            }
            Console.out((lines + preview.notes.map(\.sentence)).joined(separator: "\n"))
        }

        private struct Answer: Encodable {
            var canonical: String
            var firings: [Timestamp]
            var statistics: RuleStatistics?
            var notes: [String]
        }
    }
}

extension RuleStatistics {
    /// What followed, and how it compares.
    fileprivate var lines: [String] {
        func percent(_ share: Double, _ digits: Int = 0) -> String { String(format: "%.\(digits)f%%", share * 100) }
        var lines = moves.compactMap { move -> String? in
            guard let median = move.median, let up = move.shareUp, let low = move.shareUpLow,
                let high = move.shareUpHigh, let base = move.baseShareUp
            else { return nil }
            return "\(move.after.text) later: median \(percent(median, 2)), rose \(percent(up)) "
                + "(\(percent(low)) to \(percent(high)), \(move.independent) of \(move.count) apart), "
                + "usually \(percent(base))"
        }
        if let chance {
            lines.append(
                "a random rule with as many firings does as well in \(percent(chance.asGood, 1)) of "
                    + "\(chance.draws) draws (\(chance.after.text))")
        }
        if let suggestion {
            lines.append("about once a week: \(suggestion.text)")
        }
        return lines
    }
}

enum RuleArgument {
    /// The rule, or a failure that points at the character.
    static func parse(_ text: String, settings: Settings) throws -> RuleDefinition {
        let symbols = SpelledSymbols(
            known: settings.symbols("DEFAULT_SYMBOLS"), quoteAsset: settings.text("QUOTE_ASSET"))
        do {
            // Whether a running agent has a source for everything is not for a file to say.
            return try RuleText.parse(text, symbols: symbols, sources: Set(RuleSource.allCases))
        } catch {
            let suggestion = error.suggestion.map { "; \($0)" } ?? ""
            throw CommandFailure("\(error)\(suggestion)")
        }
    }
}
