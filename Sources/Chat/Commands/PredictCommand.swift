import Forecasts
import Market
import Messages

/// What may come next: bands and the chance of a move, with the record of such bands; direction only where it was earned.
struct PredictCommand: PreparedCommand {
    let name = "predict"

    func prepare(_ request: PreparationRequest) async -> Preparation {
        await answer(request)
    }

    func run(_ context: CommandContext) throws -> Reply {
        // Without a forecast there was no time for it.
        guard case .forecast(let forecast, let content) = context.preparation else { return .sentence("error.busy") }
        try context.session.enter(forecast, at: context.now)
        return Reply(content)
    }

    private func answer(_ request: PreparationRequest) async -> Preparation {
        let market = request.desk.market
        let (named, words) = request.invocation.timeframeAndWords
        let symbols = SymbolArguments(words, lookup: market.symbols)
        if let unknown = symbols.unknown {
            return .answer(
                SymbolArguments.unknownAnswer(unknown, command: name, tail: named.map { " \($0.rawValue)" } ?? ""))
        }
        guard let symbol = symbols.symbols.first else {
            return .answer(
                .sentence(
                    "predict.usage",
                    buttons: [
                        market.defaultSymbols.prefix(3).map { ContentButton(.text($0.description), "/predict \($0)") }
                    ]))
        }
        let horizon = named ?? (market.horizons.contains(.d1) ? .d1 : market.horizons.first ?? .d1)
        guard market.horizons.contains(horizon) else {
            let offered = market.horizons.map(\.rawValue).joined(separator: ", ")
            return .answer(
                .sentence(
                    "predict.unknown_horizon", ["horizon": .text(horizon.rawValue), "offered": .text(offered)],
                    buttons: [horizonButtons(symbol, horizon: nil, market)]))
        }
        let (timeframe, count) = market.forecaster.input(for: horizon)
        let series = CandleSeries(symbol: symbol, timeframe: timeframe, venue: market.venue)
        do {
            let candles = try await market.candles.candles(of: series, from: nil, to: nil, limit: count)
            let forecast = try market.forecaster.forecast(
                symbol: symbol, horizon: horizon, candles: candles, now: request.desk.clocks.rules.now)
            return .forecast(forecast, content(forecast, market))
        } catch let refusal as ForecastRefusal {
            return .answer(refused(refusal, symbol, horizon, market))
        } catch {
            return .answer(.sentence("error.no_history", ["symbol": .text(symbol.description)]))
        }
    }

    private func content(_ forecast: Forecast, _ market: MarketDesk) -> Content {
        var values: [String: ContentValue] = [
            "symbol": .text(forecast.symbol.description), "horizon": .word("horizon.\(forecast.horizon.rawValue)"),
            "at": .time(forecast.at), "due": .time(forecast.at + forecast.horizon.span),
            "price": .price(forecast.price), "median": .price(forecast.median),
            "low50": .price(forecast.band50.low), "high50": .price(forecast.band50.high),
            "low90": .price(forecast.band90.low), "high90": .price(forecast.band90.high),
            "sigma": .percent(forecast.sigma, digits: 2),
            "moves": .list(
                forecast.moveChances.map {
                    ["move": .percent($0.move, digits: 0), "chance": .percent($0.chance, digits: 0)]
                }),
            "voters": .list(
                forecast.voters.sorted { $0.value == $1.value ? $0.key < $1.key : $0.value > $1.value }.map {
                    ["name": .text($0.key), "weight": .percent($0.value, digits: 0)]
                }),
        ]
        values["record90"] = record(forecast.record90)
        values["record50"] = record(forecast.record50)
        if let skill = forecast.skill {
            values["skill"] = .word(
                skill > 0 ? "predict.skill" : "predict.no_skill",
                ["skill": .percent(abs(skill), digits: 1), "count": .count(forecast.record90.count)])
        }
        if let trained = forecast.trainedAt { values["trained"] = .time(trained) }
        if let up = forecast.probabilityUp {
            values["probability_up"] = .percent(up, digits: 0)
        } else {
            values["is_coin_toss"] = .flag(true)
        }
        return Content(
            "forecast", values,
            buttons: [
                horizonButtons(forecast.symbol, horizon: forecast.horizon, market),
                [ContentButton(.word("button.chart"), "/chart \(forecast.symbol)")],
            ].filter { !$0.isEmpty })
    }

    private func record(_ record: BandRecord) -> ContentValue? {
        guard record.count > 0 else { return nil }
        return .word(
            "predict.record",
            [
                "share": .percent(Double(record.held) / Double(record.count), digits: 0), "held": .count(record.held),
                "count": .count(record.count),
            ])
    }

    private func refused(
        _ refusal: ForecastRefusal, _ symbol: Symbol, _ horizon: Timeframe, _ market: MarketDesk
    ) -> Content {
        let name: ContentValue = .text(symbol.description)
        let buttons = [horizonButtons(symbol, horizon: horizon, market)].filter { !$0.isEmpty }
        return switch refusal {
        case .historyTooShort(let have, let need):
            .sentence(
                "predict.too_short", ["symbol": name, "have": .text("\(have)"), "need": .text("\(need)")],
                buttons: buttons)
        case .unfamiliar(let input):
            .sentence("predict.unfamiliar", ["symbol": name, "input": .text(input)], buttons: buttons)
        case .stale(let since): .sentence("predict.stale", ["symbol": name, "since": .time(since)], buttons: buttons)
        }
    }

    private func horizonButtons(_ symbol: Symbol, horizon: Timeframe?, _ market: MarketDesk) -> [ContentButton] {
        market.horizons.filter { $0 != horizon }.prefix(4).map {
            ContentButton(.text($0.rawValue), "/predict \(symbol) \($0.rawValue) !")
        }
    }
}
