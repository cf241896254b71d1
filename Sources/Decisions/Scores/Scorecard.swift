package import Market

/// Everything scored so far, of one symbol or of all.
package struct Scorecard: Hashable, Sendable {
    package struct ForecastRow: Hashable, Sendable {
        package var horizon: Timeframe
        package var count: Int
        /// Spans of the horizon's length that they lie in, which the intervals go by.
        package var independent: Int
        package var held50: Int
        package var held90: Int
        /// The same of the trailing year's quantiles, over those forecasts where they are known.
        package var baseCount: Int
        package var baseHeld50: Int
        package var baseHeld90: Int
        /// 1 − interval score / that of the trailing year's quantiles; `nil` without these.
        package var skill: Double?
        package var direction: Direction?

        package var share50: ShareInterval { ShareInterval(hits: held50, count: count, independent: independent) }
        package var share90: ShareInterval { ShareInterval(hits: held90, count: count, independent: independent) }

        package init(
            horizon: Timeframe, count: Int, independent: Int, held50: Int, held90: Int, baseCount: Int,
            baseHeld50: Int, baseHeld90: Int, skill: Double?, direction: Direction?
        ) {
            self.horizon = horizon
            self.count = count
            self.independent = independent
            self.held50 = held50
            self.held90 = held90
            self.baseCount = baseCount
            self.baseHeld50 = baseHeld50
            self.baseHeld90 = baseHeld90
            self.skill = skill
            self.direction = direction
        }
    }

    /// How told probabilities of up fared.
    package struct Direction: Hashable, Sendable {
        package var count: Int
        package var independent: Int
        package var hits: Int
        package var called: Int
        package var brier: Double
        /// Brier score of the trailing year's base rate over the same forecasts; `nil` where it is not known for all.
        package var baseBrier: Double?
        package var bins: [Bin]

        package init(
            count: Int, independent: Int, hits: Int, called: Int, brier: Double, baseBrier: Double?, bins: [Bin]
        ) {
            self.count = count
            self.independent = independent
            self.hits = hits
            self.called = called
            self.brier = brier
            self.baseBrier = baseBrier
            self.bins = bins
        }
    }

    /// Probabilities within a tenth: means of what was said and of what came.
    package struct Bin: Hashable, Sendable {
        package var count: Int
        package var said: Double
        package var came: Double

        package init(count: Int, said: Double, came: Double) {
            self.count = count
            self.said = said
            self.came = came
        }
    }

    package struct OpportunityRow: Hashable, Sendable {
        package var kind: Opportunity.Kind
        package var side: Opportunity.Side
        package var summary: OutcomeSummary

        package init(kind: Opportunity.Kind, side: Opportunity.Side, summary: OutcomeSummary) {
            self.kind = kind
            self.side = side
            self.summary = summary
        }
    }

    package struct FiringRow: Hashable, Sendable {
        package var after: Span
        package var summary: OutcomeSummary

        package init(after: Span, summary: OutcomeSummary) {
            self.after = after
            self.summary = summary
        }
    }

    /// Shortest horizon first; standing forecasts only.
    package var forecasts: [ForecastRow] = []
    package var opportunities: [OpportunityRow] = []
    /// Live firings of the asker's rules.
    package var firings: [FiringRow] = []
    /// What waits for its horizon or its candle, and what never can be scored.
    package var open = 0
    package var unscorable = 0

    package init() {}
}
