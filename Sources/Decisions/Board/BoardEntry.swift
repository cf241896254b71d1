import Market

/// What the board knows of one symbol. The view that readers get is kept ready, so that reading is one look-up.
struct BoardEntry: Sendable {
    private(set) var view: SymbolView?
    private var minutes = PriceHistory(timeframe: .m1, capacity: 1_500)
    private var hours = PriceHistory(timeframe: .h1, capacity: 200)
    private var book: BookTop?
    private var ticker: Ticker?
    private var secondOpinion: Quote?
    /// The primary venue has spoken, so quotes of others are second opinions only.
    private var hasPrimary = false

    mutating func take(_ quote: Quote, isPrimary: Bool) {
        if isPrimary {
            if hasPrimary, let held = view?.quote, quote.venueTime < held.venueTime { return }
            hasPrimary = true
            show(quote)
        } else {
            secondOpinion = quote
            // Better another venue's price than none.
            if hasPrimary { view?.secondOpinion = quote } else { show(quote) }
        }
    }

    mutating func take(_ top: BookTop) {
        book = top
        view?.book = top
    }

    mutating func take(_ summary: Ticker) {
        ticker = summary
        if view.map({ $0.quote.venueTime < summary.venueTime }) ?? true {
            let quote = Quote(
                symbol: summary.symbol, venue: summary.venue, last: summary.last, venueTime: summary.venueTime,
                receivedAt: summary.receivedAt)
            take(quote, isPrimary: true)
        }
        refreshDay()
    }

    /// Closed candles of the primary venue, oldest first. Their last close is a price too, where no newer one is known.
    mutating func take(
        _ candles: some BidirectionalCollection<Candle>, of symbol: Symbol, venue: Venue, timeframe: Timeframe
    ) {
        guard let last = candles.last else { return }
        switch timeframe {
        case .m1: for candle in candles { minutes.add(candle) }
        case .h1: for candle in candles { hours.add(candle) }
        default: return
        }
        let time = last.closeTime(timeframe)
        if !hasPrimary || view.map({ $0.quote.venueTime < time }) ?? true, let price = Price(last.close) {
            take(Quote(symbol: symbol, venue: venue, last: price, venueTime: time, receivedAt: time), isPrimary: true)
        } else {
            refreshChanges()
        }
        refreshDay()
    }

    private mutating func show(_ quote: Quote) {
        var next = view ?? SymbolView(quote: quote)
        next.quote = quote
        next.book = book
        next.ticker = ticker
        next.secondOpinion = secondOpinion == quote ? nil : secondOpinion
        view = next
        refreshChanges()
    }

    private mutating func refreshChanges() {
        guard var next = view else { return }
        let price = next.quote.last.approximate
        let now = next.quote.venueTime
        let day = now - .days(1)
        next.change1h = Self.change(price, minutes.close(at: now - .hours(1)))
        next.change24h = Self.change(price, minutes.close(at: day) ?? hours.close(at: day)) ?? ticker?.change
        next.change7d = Self.change(price, hours.close(at: now - .days(7)))
        view = next
    }

    private static func change(_ price: Double, _ past: Double?) -> Double? { past.map { price / $0 - 1 } }

    /// 24 h figures: the venue's own summary where it sends one, else from the candles kept.
    private mutating func refreshDay() {
        guard var next = view else { return }
        if let ticker {
            next.ticker = ticker
            next.high24h = ticker.high
            next.low24h = ticker.low
            next.volume24h = ticker.volume
        } else if let last = minutes.last, let day = minutes.range(from: last.openTime - .minutes(1_439)) {
            next.high24h = day.high
            next.low24h = day.low
            next.volume24h = day.volume
        } else if let last = hours.last, let day = hours.range(from: last.openTime - .hours(23)) {
            next.high24h = day.high
            next.low24h = day.low
            next.volume24h = day.volume
        }
        view = next
    }
}

extension Price {
    /// The price as a double without going through text; exact up to 15 digits, else right to 1 part in 10^15. For
    /// changes and spreads, which are read hundreds of times a second.
    var approximate: Double {
        var divisor = 1.0
        for _ in 0..<scale { divisor *= 10 }
        return Double(mantissa) / divisor
    }
}
