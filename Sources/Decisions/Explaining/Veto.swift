package import Market

/// A score passed the threshold and was not told: a trading rule said no. Kept, so that `/whynot` can give the reason
/// of that moment.
package struct Veto: Hashable, Sendable {
    package var symbol: Symbol
    package var kind: Opportunity.Kind
    /// Close time of the 1h candle.
    package var at: Timestamp
    /// In [−1, 1].
    package var score: Double
    package var reason: QuietReason

    package init(symbol: Symbol, kind: Opportunity.Kind, at: Timestamp, score: Double, reason: QuietReason) {
        self.symbol = symbol
        self.kind = kind
        self.at = at
        self.score = score
        self.reason = reason
    }
}

extension Assessment {
    /// Readings that stood out and were silenced; a weak or unknown score is no veto.
    package func vetoes(of symbol: Symbol) -> [Veto] {
        readings.compactMap { reading in
            guard case .quiet(let reason) = reading.decision, let score = reading.score else { return nil }
            if reason == .weak || reason == .unknown { return nil }
            return Veto(symbol: symbol, kind: reading.kind, at: factors.at, score: score, reason: reason)
        }
    }
}
