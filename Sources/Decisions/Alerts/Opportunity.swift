package import Market

/// What stands out in a symbol at a closed 1h candle. Never advice.
package struct Opportunity: Hashable, Sendable, Codable {
    /// Trend and reversal are two readings with a score of their own; they are never summed.
    package enum Kind: String, Sendable, Codable { case trend, reversal }
    package enum Side: String, Sendable, Codable { case buy, sell }
    /// How long it speaks for.
    package enum Outlook: String, Sendable, Codable {
        case hours1to4 = "1h-4h"
        case days1to3 = "1d-3d"
        case weeks1to2 = "1w-2w"
        case days1to2 = "1d-2d"
    }

    package var symbol: Symbol
    package var kind: Kind
    package var side: Side
    /// In [-1, 1]; 0.60 and 0.80 (mirrored) separate buy from strong buy.
    package var score: Double
    /// Share (0 to 1) of this symbol's own opportunities of the trailing 365 days that were weaker.
    package var strength: Double
    /// Fewer than 30 of them: `strength` is |score|.
    package var strengthIsProvisional: Bool
    package var price: Double
    /// Close time of the 1h candle.
    package var at: Timestamp
    package var outlook: Outlook
    package var factors: [FactorReading]
    package var reasons: [Reason]
    /// 1 − R, 0 to 1; `nil` when market cap is unknown.
    package var riskLevel: Double?
    /// One standard deviation of the log return over the outlook's shorter end, as a fraction.
    package var expectedMove: Double?
    /// `expectedMove` over the symbol's median expected move.
    package var moveRatio: Double?
    /// Outcome of similar past signals; `nil` with fewer than ten.
    package var measured: MeasuredOutcome?
    /// What such alerts did after they were told; the store adds it.
    package var record: SignalHistory?

    package var isStrong: Bool { abs(score) >= 0.8 }

    package init(
        symbol: Symbol, kind: Kind, side: Side, score: Double, strength: Double, strengthIsProvisional: Bool,
        price: Double, at: Timestamp, outlook: Outlook, factors: [FactorReading], reasons: [Reason], riskLevel: Double?,
        expectedMove: Double?, moveRatio: Double?, measured: MeasuredOutcome?
    ) {
        self.symbol = symbol
        self.kind = kind
        self.side = side
        self.score = score
        self.strength = strength
        self.strengthIsProvisional = strengthIsProvisional
        self.price = price
        self.at = at
        self.outlook = outlook
        self.factors = factors
        self.reasons = reasons
        self.riskLevel = riskLevel
        self.expectedMove = expectedMove
        self.moveRatio = moveRatio
        self.measured = measured
    }
}

/// One factor of section 11 at one instant. `value` in [-1, 1] (R in [0, 1]); an absent factor is not listed.
package struct FactorReading: Hashable, Sendable, Codable {
    /// `trend`, `reversal`, `fundamental`, `sentiment`, `momentum`, `risk`, `volume`, `forecast`.
    package var name: String
    package var value: Double
    package init(name: String, value: Double) {
        self.name = name
        self.value = value
    }
}

/// Why a score is what it is: a locale entry `reason.<key>` and its numbers.
package struct Reason: Hashable, Sendable, Codable {
    package var key: String
    package var values: [String: Double]
    package init(key: String, values: [String: Double] = [:]) {
        self.key = key
        self.values = values
    }
}

/// What followed similar past signals: fractions of price in the called direction, by the end of the outlook.
package struct MeasuredOutcome: Hashable, Sendable, Codable {
    package var median: Double
    /// 95% interval of the median.
    package var low: Double
    package var high: Double
    package var count: Int
    /// How many moved in the called direction.
    package var hits: Int
    package init(median: Double, low: Double, high: Double, count: Int, hits: Int) {
        self.median = median
        self.low = low
        self.high = high
        self.count = count
        self.hits = hits
    }
}
