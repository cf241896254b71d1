import Market

/// Binance's shapes to ours, with every field checked. Pure: what a field is worth, not when it came.
enum BinanceMapping {
    /// A candle of `timeframe`: prices finite, positive and in order, volume not negative, times aligned and of the
    /// timeframe's length.
    static func candle(_ kline: BinanceKline, timeframe: Timeframe) throws(FrameFault) -> Candle {
        let openTime = Timestamp(milliseconds: kline.openTime)
        guard timeframe.isAligned(openTime), kline.openTime > 0 else { throw FrameFault("misaligned") }
        guard kline.closeTime == kline.openTime + timeframe.span.milliseconds - 1 else {
            throw FrameFault("wrong_length")
        }
        let candle = Candle(
            openTime: openTime, open: try number(kline.open), high: try number(kline.high),
            low: try number(kline.low), close: try number(kline.close), volume: try number(kline.volume))
        if let defect = candle.defect { throw FrameFault(defect.rawValue) }
        return candle
    }

    /// The price that a kline update speaks of.
    static func last(_ kline: BinanceKline) throws(FrameFault) -> Price { try price(kline.close) }

    static func bookTop(
        _ ticker: BinanceBookTicker, symbol: Symbol, receivedAt: Timestamp
    ) throws(FrameFault) -> BookTop {
        let bid = try price(ticker.bid)
        let ask = try price(ticker.ask)
        guard bid <= ask else { throw FrameFault("crossed_book") }
        return BookTop(symbol: symbol, venue: .binance, bid: bid, ask: ask, receivedAt: receivedAt)
    }

    static func ticker(
        _ mini: BinanceMiniTicker, symbol: Symbol, receivedAt: Timestamp
    ) throws(FrameFault) -> Ticker {
        try ticker(
            symbol: symbol, last: mini.close, open: mini.open, high: mini.high, low: mini.low, volume: mini.volume,
            quoteVolume: mini.quoteVolume, time: mini.eventTime, receivedAt: receivedAt)
    }

    static func ticker(_ day: BinanceTicker, symbol: Symbol, receivedAt: Timestamp) throws(FrameFault) -> Ticker {
        try ticker(
            symbol: symbol, last: day.last, open: day.open, high: day.high, low: day.low, volume: day.volume,
            quoteVolume: day.quoteVolume, time: day.closeTime, receivedAt: receivedAt)
    }

    private static func ticker(
        symbol: Symbol, last: String, open: String, high: String, low: String, volume: String, quoteVolume: String,
        time: Int64, receivedAt: Timestamp
    ) throws(FrameFault) -> Ticker {
        let lastPrice = try price(last)
        let open = try number(open)
        let high = try number(high)
        let low = try number(low)
        let volume = try number(volume)
        let quoteVolume = try number(quoteVolume)
        guard [open, high, low, volume, quoteVolume].allSatisfy(\.isFinite) else { throw FrameFault("not_finite") }
        guard open > 0, high > 0, low > 0 else { throw FrameFault("not_positive") }
        guard volume >= 0, quoteVolume >= 0 else { throw FrameFault("negative_volume") }
        let value = lastPrice.double
        guard low <= high, low <= value, value <= high else { throw FrameFault("unordered") }
        return Ticker(
            symbol: symbol, venue: .binance, last: lastPrice, change: value / open - 1, high: high, low: low,
            volume: volume, quoteVolume: quoteVolume, venueTime: Timestamp(milliseconds: time), receivedAt: receivedAt)
    }

    /// A positive exact price.
    static func price(_ text: String) throws(FrameFault) -> Price {
        if let price = Price(text) { return price }
        guard let value = Double(text) else { throw .wrongType }
        guard value.isFinite else { throw FrameFault("not_finite") }
        guard value > 0 else { throw FrameFault("not_positive") }
        guard let price = Price(value) else { throw FrameFault("absurd") }
        return price
    }

    private static func number(_ text: String) throws(FrameFault) -> Double {
        guard let value = Double(text) else { throw .wrongType }
        return value
    }
}
