import Decisions
import Indicators
import Market
import Messages

/// Readings of the indicators on one timeframe, each with a sentence that says what it means.
struct AnalyzeCommand: PreparedCommand {
    /// Enough for the slowest lead-in and for the recursive averages to have forgotten where they began.
    private static let depth = 400

    let name = "analyze"

    func prepare(_ request: PreparationRequest) async -> Preparation {
        .answer(await answer(request))
    }

    func run(_ context: CommandContext) throws -> Reply { .sentence("error.busy") }

    private func answer(_ request: PreparationRequest) async -> Content {
        let market = request.desk.market
        let (named, words) = request.invocation.timeframeAndWords
        let timeframe = named ?? .h1
        let symbols = SymbolArguments(words, lookup: market.symbols)
        if let unknown = symbols.unknown {
            return SymbolArguments.unknownAnswer(unknown, command: name, tail: named.map { " \($0.rawValue)" } ?? "")
        }
        guard let symbol = symbols.symbols.first else {
            return .sentence(
                "analyze.usage",
                buttons: [
                    market.defaultSymbols.prefix(3).map { ContentButton(.text($0.description), "/analyze \($0)") }
                ])
        }
        let series = CandleSeries(symbol: symbol, timeframe: timeframe, venue: market.venue)
        guard
            let candles = try? await market.candles.candles(
                of: series, from: nil, to: nil, limit: AnalyzeCommand.depth),
            let last = candles.last
        else { return .sentence("error.no_history", ["symbol": .text(symbol.description)]) }
        let readings = IndicatorReadings(candles: candles)
        var values: [String: ContentValue] = [
            "symbol": .text(symbol.description), "timeframe": .text(timeframe.rawValue),
            "at": .time(last.closeTime(timeframe)), "close": .price(last.close),
            "rows": .list(readings.sentences.map { ["sentence": $0] }),
        ]
        let age = request.desk.clocks.rules.now - last.closeTime(timeframe)
        if age > timeframe.span * 3 { values["is_stale"] = .flag(true) }
        if readings.sentences.isEmpty { values["is_short"] = .flag(true) }
        if let latest = market.board.opportunities().first(where: { $0.symbol == symbol }) {
            values["opportunity"] = .dictionary([
                "signal": .word(OpportunitiesCommand.signalKey(latest)), "at": .time(latest.at),
                "factors": .list(
                    latest.factors.map {
                        ["name": .word("alert.factor_\($0.name)"), "value": .number($0.value, digits: 2)]
                    }),
            ])
        }
        let others: [Timeframe] = [.m15, .h1, .h4, .d1].filter { $0 != timeframe }
        return Content(
            "analysis", values,
            buttons: [
                others.map { ContentButton(.text($0.rawValue), "/analyze \(symbol) \($0.rawValue) !") },
                [
                    ContentButton(.word("button.chart"), "/chart \(symbol) \(timeframe.rawValue)"),
                    ContentButton(.word("button.forecast"), "/predict \(symbol)"),
                ],
            ])
    }
}

/// The usual indicators after the last candle, and what they say.
struct IndicatorReadings {
    /// Sentences of the locale, in a fixed order; an indicator in its lead-in is left out.
    private(set) var sentences: [ContentValue] = []

    init(candles: [Candle]) {
        guard let close = candles.last?.close else { return }
        let values = IndicatorReadings.values(candles)
        if let rsi = values["rsi(14)"] {
            let tone = rsi >= 70 ? "high" : rsi <= 30 ? "low" : "middle"
            add("rsi_\(tone)", ["value": .number(rsi, digits: 1)])
        }
        if let histogram = values["macd(12,26,9).histogram"], let line = values["macd(12,26,9).line"] {
            add(
                histogram >= 0 ? "macd_up" : "macd_down",
                ["line": .number(line, digits: 4), "histogram": .number(histogram, digits: 4)])
        }
        if let upper = values["bollinger(20,2).upper"], let middle = values["bollinger(20,2).middle"],
            let lower = values["bollinger(20,2).lower"]
        {
            let place = close > upper ? "above" : close < lower ? "below" : close >= middle ? "upper" : "lower"
            add("bollinger_\(place)", ["upper": .price(upper), "lower": .price(lower)])
        }
        if let fast = values["sma(20)"], let slow = values["sma(50)"] {
            let order = close > fast && fast > slow ? "rising" : close < fast && fast < slow ? "falling" : "mixed"
            add("sma_\(order)", ["fast": .price(fast), "slow": .price(slow)])
        }
        if let atr = values["atr(14)"] {
            add("atr", ["value": .price(atr), "share": .percent(atr / close, digits: 2)])
        }
    }

    private mutating func add(_ key: String, _ values: [String: ContentValue]) {
        sentences.append(.word("analyze.\(key)", values))
    }

    private static func values(_ candles: [Candle]) -> [String: Double] {
        let names = ["rsi(14)", "macd(12,26,9)", "bollinger(20,2)", "sma(20)", "sma(50)", "atr(14)"]
        var values: [String: Double] = [:]
        for name in names {
            guard let spec = try? IndicatorSpec.parse(name) else { continue }
            var stream = IndicatorStream(spec)
            for candle in candles { stream.update(candle) }
            for (index, column) in spec.columns.enumerated() { values[column] = stream.value(part: index) }
        }
        return values
    }
}
