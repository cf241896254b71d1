package import Market

/// What reaches rules beside the primary venue's quotes and candles.
extension RuleEngine {
    /// Horizons of the forecasts that rules read of a symbol.
    package func horizonsRead(of symbol: Symbol) -> Set<Timeframe> {
        marketIndex[symbol].map { readers[$0].outside.isEmpty ? [] : markets[$0].outside.horizons } ?? []
    }

    /// Remembers a figure without looking at rules: before a start, or between two closes of a replay.
    package mutating func take(_ reading: MarketReading) {
        guard let market = marketIndex[reading.symbol] else { return }
        _ = markets[market].outside.take(reading)
    }

    /// A figure that rules may read.
    package mutating func handle(reading: MarketReading) -> DecisionBatch {
        guard let market = marketIndex[reading.symbol] else { return DecisionBatch() }
        var batch = judgeBefore(reading.time.milliseconds)
        guard markets[market].outside.take(reading) else { return batch }
        batch.merge(lookOutside(market, at: reading.time.milliseconds))
        return batch
    }

    /// A quote of another venue than the primary one: for spreads and divergence only.
    package mutating func handle(second quote: Quote) -> DecisionBatch {
        guard let market = marketIndex[quote.symbol], !readers[market].outside.isEmpty else { return DecisionBatch() }
        let time = quote.venueTime.milliseconds
        let price = quote.last.double
        var batch = judgeBefore(time)
        var isRead = markets[market].outside.take(price, of: quote.venue, at: time)
        let primary = markets[market].priceNear(time)
        if markets[market].outside.observe(primary: primary, second: price, at: time) { isRead = true }
        if isRead { batch.merge(lookOutside(market, at: time)) }
        return batch
    }

    /// A venue opened a market: every rule that waits for that tells it once a market.
    package mutating func handle(listing: NewListing) -> DecisionBatch {
        let time = listing.time.milliseconds
        var batch = judgeBefore(time)
        var decisions = RuleDecisions()
        now = max(now, time)
        for id in rules.keys.sorted() {
            guard let watched = rules[id], watched.definition.isListing, !watched.rule.paused else { continue }
            if let until = watched.definition.until, listing.time >= until { continue }
            tell(listing, to: id, &decisions)
        }
        batch.merge(finish(decisions))
        return batch
    }

    /// Deadlines that passed before are judged by what was known then.
    private mutating func judgeBefore(_ time: Int64) -> DecisionBatch {
        guard pace == .live, let deadline = nextDeadline, deadline.milliseconds < time, now < time else {
            return DecisionBatch()
        }
        return advance(to: Timestamp(milliseconds: time - 1))
    }

    private mutating func lookOutside(_ market: Int, at time: Int64) -> DecisionBatch {
        var decisions = RuleDecisions()
        now = max(now, time)
        eventNumber += 1
        let event = RuleEvent(
            now: max(time, markets[market].priceTime, markets[market].lastClose), market: market, isLate: false,
            priceBefore: markets[market].price)
        for place in readers[market].outside { look(at: place, event, &decisions) }
        return finish(decisions)
    }
}
