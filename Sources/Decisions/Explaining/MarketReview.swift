package import Market

/// What the decision engine says of one closed hour when it lives through the stored candles again. It is the live
/// engine, so what the candles alone decide comes out as it did then; what only the moment decided (the spread of the
/// book, a candle that came late) is kept as `Veto`.
package struct MarketReview: Hashable, Sendable {
    /// Close time of the hour that was looked at; `nil` where none is stored at that time.
    package var hour: Timestamp?
    /// Trend, then reversal; empty without an hour.
    package var readings: [Assessment.Reading]
    /// Close time of the last stored hour.
    package var lastStored: Timestamp?

    package init(hour: Timestamp?, readings: [Assessment.Reading], lastStored: Timestamp?) {
        self.hour = hour
        self.readings = readings
        self.lastStored = lastStored
    }

    /// - Parameters:
    ///   - candles: closed 1h candles, oldest first; `DecisionEngine.historyNeeded` before `time` give the live figures.
    ///   - time: the newest hour that had closed at this time is looked at, if it is at most three hours old.
    package static func of(_ symbol: Symbol, candles: [Candle], at time: Timestamp) -> MarketReview {
        var engine = DecisionEngine(symbol: symbol)
        var last: Assessment?
        for candle in candles where candle.closeTime(.h1) <= time { last = engine.assess(candle) ?? last }
        let stored = candles.last?.closeTime(.h1)
        guard let last, time - last.factors.at <= .hours(3) else {
            return MarketReview(hour: nil, readings: [], lastStored: stored)
        }
        return MarketReview(hour: last.factors.at, readings: last.readings, lastStored: stored)
    }
}
