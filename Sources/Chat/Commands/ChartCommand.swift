import Charts
import Market
import Messages

/// A chart of fixed-width characters: `/chart BTC 4h`.
struct ChartCommand: PreparedCommand {
    let name = "chart"

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
                "chart.usage",
                buttons: [market.defaultSymbols.prefix(3).map { ContentButton(.text($0.description), "/chart \($0)") }])
        }
        let series = CandleSeries(symbol: symbol, timeframe: timeframe, venue: market.venue)
        let candles =
            (try? await market.candles.candles(of: series, from: nil, to: nil, limit: TextChart.mostCandles)) ?? []
        guard let chart = TextChart(candles: candles), let first = chart.candles.first, let last = chart.candles.last
        else {
            return .sentence("error.no_history", ["symbol": .text(symbol.description)])
        }
        var values: [String: ContentValue] = [
            "symbol": .text(symbol.description), "timeframe": .text(timeframe.rawValue), "chart": .text(chart.text),
            "from": .time(first.openTime), "to": .time(last.closeTime(timeframe)), "close": .price(last.close),
            "high": .price(chart.high), "low": .price(chart.low), "venue": .text(market.venue.name),
            "change": .percent(last.close / first.open - 1, digits: 2, signed: true),
            "candles": .count(chart.candles.count),
        ]
        if request.desk.clocks.rules.now - last.closeTime(timeframe) > timeframe.span * 3 {
            values["is_stale"] = .flag(true)
        }
        let others: [Timeframe] = [.m15, .h1, .h4, .d1].filter { $0 != timeframe }
        return Content(
            "chart", values,
            buttons: [
                others.map { ContentButton(.text($0.rawValue), "/chart \(symbol) \($0.rawValue) !") },
                [ContentButton(.word("button.analysis"), "/analyze \(symbol) \(timeframe.rawValue)")],
            ])
    }
}
