import Foundation
package import Market

/// What a walk through history shows: how the bands held, on the whole and by symbol, month and regime, what they are
/// worth against the trailing year, and whether direction was more than chance.
package struct WalkReport: Hashable, Sendable, Codable {
    package var horizon: Timeframe
    package var models: String
    package var from: Timestamp
    package var to: Timestamp
    package var all: BandScore
    package var bySymbol: [String: BandScore]
    /// By third of the variance over the trailing days, each symbol's own: calm, middling, wild.
    package var byTercile: [BandScore]
    /// `BTC 2023-04` and so on; only months with half of their steps.
    package var byMonth: [String: BandScore]
    /// QLIKE losses against the range variance on the way; lower is better.
    package var volatilityLoss: VolatilityLoss
    package var chances: [ChanceScore]
    /// What was told, and what would have been told without the demand that it be earned.
    package var direction: ProbabilityScore
    package var unearnedDirection: ProbabilityScore
    /// Share of the candles between the first and the last step that have none.
    package var unanswered: Double

    package struct VolatilityLoss: Hashable, Sendable, Codable {
        package var model: Double
        package var ewma: Double
        package var constant: Double
    }

    package init(_ walks: [SymbolWalk], horizon: Timeframe, base: Timeframe, models: ForecastModels) {
        self.horizon = horizon
        self.models = models.description
        let steps = walks.flatMap(\.steps)
        from = steps.map(\.at).min() ?? Timestamp(milliseconds: 0)
        to = steps.map(\.at).max() ?? Timestamp(milliseconds: 0)
        all = BandScore()
        bySymbol = [:]
        byTercile = [BandScore(), BandScore(), BandScore()]
        byMonth = [:]
        var losses = VolatilityLoss(model: 0, ewma: 0, constant: 0)
        var (answered, candles) = (0.0, 0.0)
        let rowsAMonth = Int(Span.days(30).milliseconds / base.span.milliseconds)
        for walk in walks {
            let regimes = walk.steps.filter { $0.outcome != nil }.map(\.ewmaVariance).sorted()
            let borders = regimes.isEmpty ? (0, 0) : (regimes[regimes.count / 3], regimes[regimes.count * 2 / 3])
            var months: [String: BandScore] = [:]
            var own = BandScore()
            for step in walk.steps {
                guard let outcome = step.outcome, let realized = step.realized else { continue }
                all.add(step, outcome: outcome)
                own.add(step, outcome: outcome)
                byTercile[step.ewmaVariance < borders.0 ? 0 : step.ewmaVariance < borders.1 ? 1 : 2].add(
                    step, outcome: outcome)
                let day = step.at.date.formatted(.iso8601.year().month())
                months["\(walk.symbol) \(day)", default: BandScore()].add(step, outcome: outcome)
                losses.model += Self.loss(realized, step.variance)
                losses.ewma += Self.loss(realized, step.ewmaVariance)
                losses.constant += Self.loss(realized, step.constantVariance)
            }
            bySymbol[walk.symbol.description] = own
            byMonth.merge(months.filter { $0.value.count * 2 >= rowsAMonth }) { $1 }
            if let first = walk.steps.first?.at, let last = walk.steps.last?.at {
                answered += Double(walk.steps.count)
                candles += Double((last - first).milliseconds / base.span.milliseconds + 1)
            }
        }
        let count = Double(max(1, all.count))
        volatilityLoss = VolatilityLoss(
            model: losses.model / count, ewma: losses.ewma / count, constant: losses.constant / count)
        chances = WalkState.moves.enumerated().map { ChanceScore(steps, index: $0.offset, move: $0.element) }
        direction = ProbabilityScore(steps) { $0.probabilityUp }
        unearnedDirection = ProbabilityScore(steps) { $0.unearnedUp }
        unanswered = candles > 0 ? 1 - answered / candles : 0
    }

    private static func loss(_ realized: Double, _ forecast: Double) -> Double {
        realized / forecast - log(realized / forecast) - 1
    }
}
