/// What an aggregator knows of an asset beyond its price on one venue. In USD.
package struct Fundamentals: Hashable, Sendable {
    package var marketCap: Double
    /// Global 24 h volume, all venues.
    package var volume24h: Double

    /// `nil` unless the market cap is positive and the volume is not negative.
    package init?(marketCap: Double, volume24h: Double) {
        guard marketCap.isFinite, marketCap > 0, volume24h.isFinite, volume24h >= 0 else { return nil }
        self.marketCap = marketCap
        self.volume24h = volume24h
    }
}
