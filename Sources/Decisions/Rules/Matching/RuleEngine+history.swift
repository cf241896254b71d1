package import Market

extension RuleEngine {
    /// Symbols that some rule reads.
    package var requiredSymbols: Set<Symbol> {
        Set(markets.indices.filter { !readers[$0].isEmpty }.map { markets[$0].symbol })
    }

    /// Symbols with a rule that wants history it has not seen: call `warmUp` for them.
    package var symbolsAwaitingHistory: Set<Symbol> {
        Set(markets.indices.filter { markets[$0].awaitsHistory && !readers[$0].isEmpty }.map { markets[$0].symbol })
    }

    /// How many of the newest candles of which timeframe `warmUp` can use for each required symbol. The base is always
    /// among them: for what is looked up exactly, and for the longer candles that are not complete yet.
    package var historyNeeded: [Symbol: [Timeframe: Int]] {
        var needed: [Symbol: [Timeframe: Int]] = [:]
        for index in markets.indices where !readers[index].isEmpty {
            needed[markets[index].symbol] = markets[index].historyNeeded
        }
        return needed
    }

    /// The same for one symbol; empty when no rule reads it.
    package func historyNeeded(for symbol: Symbol) -> [Timeframe: Int] {
        guard let index = marketIndex[symbol], !readers[index].isEmpty else { return [:] }
        return markets[index].historyNeeded
    }

    /// History before live data, oldest first, up to the newest closed candle; fires nothing, and forgets what candles
    /// of the symbol came before. Longer candles serve what lies before the base candles; where both exist they are
    /// aggregated from the base. May be called again at any time; a symbol that no rule reads is passed over.
    package mutating func warmUp(_ symbol: Symbol, base candles: [Candle], longer: [Timeframe: [Candle]]) {
        guard let market = marketIndex[symbol] else { return }
        markets[market].reload(base: candles, longer: longer)
        if markets[market].lastClose > .min {
            readers[market].lastEvent = max(readers[market].lastEvent ?? .min, markets[market].lastClose)
        }
        settle(market)
    }

    /// Stored candles were corrected: the same history again, corrected. Indicators are made anew, nothing fires.
    package mutating func rebuild(_ symbol: Symbol, base candles: [Candle], longer: [Timeframe: [Candle]]) {
        warmUp(symbol, base: candles, longer: longer)
    }

    /// Crossings start from the values as they are now, and rules not evaluated yet get their turn.
    private mutating func settle(_ market: Int) {
        let instant = max(markets[market].priceTime, markets[market].lastClose)
        guard instant > .min else { return }
        readers[market].saw(markets[market].price)
        for index in readers[market].all.sorted() {
            guard var slot = slots[index] else { continue }
            var memory = slot.memory
            let context = EvaluationContext(now: instant, isTimeOnly: true)
            _ = slot.binding.program.evaluate(markets, context, memory: slot.memory, now: &memory)
            slot.memory = memory
            slots[index] = slot
        }
        guard !readers[market].isEmpty else { return }
        readers[market].fresh =
            readers[market].levels.places.filter { $0.threshold != nil }
            + readers[market].all.sorted().map { RulePlace.slot($0) }
        freshMarkets.insert(market)
    }
}
