package import Market

extension RuleEngine {
    /// A trade price. One older than the price at hand is passed over.
    package mutating func handle(quote: Quote) -> DecisionBatch {
        guard let market = marketIndex[quote.symbol], quote.venueTime.milliseconds >= markets[market].priceTime else {
            return DecisionBatch()
        }
        let time = quote.venueTime.milliseconds
        let price = quote.last.double
        var decisions = RuleDecisions()
        begin(time, &decisions)
        let isLate = endsSilence(market, at: time)
        _ = markets[market].take(price: price, at: time)
        if !readers[market].outside.isEmpty { _ = markets[market].outside.take(price, of: quote.venue, at: time) }
        let looked = takeFresh(market) + touchedLevels(market, to: price)
        let event = RuleEvent(now: time, market: market, isLate: isLate, priceBefore: readers[market].seenPrice)
        readers[market].seenPrice = price
        look(at: looked, event, &decisions)
        look(at: readers[market].price, event, &decisions)
        settleInstant(time, &decisions)
        return finish(decisions)
    }

    /// A closed base candle. `late`: it fills a gap of a feed that was silent, so it is judged at its own close with its
    /// own price, and what fires is marked; a rule that fired after that close is left alone. A candle that is not newer
    /// than the last one is passed over.
    ///
    /// Where a quote newer than the close has come before it, the quote stays the price.
    package mutating func handle(candle: Candle, of symbol: Symbol, late: Bool) -> DecisionBatch {
        let time = candle.openTime.milliseconds + base.span.milliseconds
        guard let market = marketIndex[symbol], time > markets[market].lastClose else { return DecisionBatch() }
        var decisions = RuleDecisions()
        if late { eventNumber += 1 } else { begin(time, &decisions) }
        let isLate = endsSilence(market, at: time) || late
        let (newestPrice, newestTime) = (markets[market].price, markets[market].priceTime)
        let closed = markets[market].close(candle, setsPrice: late ? .always : .unlessNewer)
        let instant = late ? time : max(time, markets[market].priceTime)
        let price = markets[market].price
        var looked = takeFresh(market)
        let event = RuleEvent(
            now: instant, market: market, isLate: isLate, priceBefore: readers[market].seenPrice,
            firedAfterIsLeft: late)
        if pace == .closes {
            looked += readers[market].all.sorted()
        } else {
            looked += touchedLevels(market, to: price)
            looked += readers[market].price
            for ordinal in readers[market].frames.indices where closed & (1 << UInt8(ordinal)) != 0 {
                looked += readers[market].frames[ordinal]
            }
        }
        readers[market].seenPrice = price
        look(at: looked, event, &decisions)
        if late, newestTime > time { markets[market].restore(price: newestPrice, at: newestTime) }
        if !late { settleInstant(instant, &decisions) }
        return finish(decisions)
    }

    /// Time passed on the rule clock: rests, holds and lives that ended, and rules just added.
    package mutating func advance(to time: Timestamp) -> DecisionBatch {
        var decisions = RuleDecisions()
        runDeadlines(through: time.milliseconds, &decisions)
        now = max(now, time.milliseconds)
        eventNumber += 1
        let waiting = freshMarkets.sorted()
        for market in waiting {
            let event = RuleEvent(
                now: time.milliseconds, market: market, isLate: false, priceBefore: markets[market].price)
            look(at: takeFresh(market), event, &decisions)
        }
        // What is still unknown waits for data, not for time.
        freshMarkets.removeAll()
        return finish(decisions)
    }

    /// When `advance(to:)` has something to do; in the past when it has already.
    package var nextDeadline: Timestamp? {
        if !freshMarkets.isEmpty { return Timestamp(milliseconds: max(now, 0)) }
        return deadlines.next.map { Timestamp(milliseconds: $0) }
    }

    // MARK: Steps

    /// What ended strictly before an event is judged by what was known then.
    private mutating func begin(_ time: Int64, _ decisions: inout RuleDecisions) {
        if pace == .live { runDeadlines(through: time - 1, &decisions) }
        now = max(now, time)
        eventNumber += 1
    }

    /// What ends at the very instant of an event is judged after it.
    private mutating func settleInstant(_ time: Int64, _ decisions: inout RuleDecisions) {
        if pace == .live { runDeadlines(through: time, &decisions) }
    }

    private mutating func runDeadlines(through time: Int64, _ decisions: inout RuleDecisions) {
        while let deadline = deadlines.take(through: time) {
            guard let slot = slots[deadline.slot], slot.generation == deadline.generation else { continue }
            let market = slot.binding.markets.min() ?? 0
            let event = RuleEvent(
                now: deadline.time, market: marketIndex[slot.subject] ?? market, isLate: false,
                priceBefore: .nan, isTimeOnly: true)
            eventNumber += 1
            look(at: deadline.slot, event, &decisions)
        }
    }

    /// True at the first event after more than the staleness limit without one.
    private mutating func endsSilence(_ market: Int, at time: Int64) -> Bool {
        let last = readers[market].lastEvent
        readers[market].lastEvent = max(last ?? .min, time)
        return last.map { time - $0 > Staleness.limit(base) } ?? false
    }

    private mutating func takeFresh(_ market: Int) -> [Int] {
        freshMarkets.remove(market)
        guard !readers[market].fresh.isEmpty else { return [] }
        let fresh = readers[market].fresh
        readers[market].fresh = []
        return fresh
    }

    private func touchedLevels(_ market: Int, to price: Double) -> ArraySlice<Int> {
        let before = readers[market].seenPrice
        guard !before.isNaN else { return readers[market].levels.touched(from: -.infinity, to: .infinity) }
        return readers[market].levels.touched(from: min(before, price), to: max(before, price))
    }

    private mutating func look(at places: some Sequence<Int>, _ event: RuleEvent, _ decisions: inout RuleDecisions) {
        for place in places { look(at: place, event, &decisions) }
    }

    mutating func finish(_ decisions: RuleDecisions) -> DecisionBatch {
        var batch = DecisionBatch(alerts: decisions.alerts)
        for id in decisions.changed { batch.ruleStates[id] = decisions.finalStates[id] ?? rules[id]?.rule.state }
        batch.endedRules = decisions.ended
        return batch
    }
}
