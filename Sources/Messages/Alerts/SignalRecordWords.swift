package import Decisions
import Market

/// What such signals are known to be worth, in a line for the replayed year and one for those that were told and scored.
package enum SignalRecordWords {
    package static func lines(of opportunity: Opportunity) -> [ContentValue] {
        [replayed(opportunity.measured), live(of: opportunity)]
    }

    /// Of the engine's own replay of the trailing year, this symbol.
    static func replayed(_ measured: MeasuredOutcome?) -> ContentValue {
        guard let measured else { return .word("alert.record_none") }
        return .word(
            "alert.record",
            [
                "median": .percent(measured.median, signed: true), "low": .percent(measured.low, signed: true),
                "high": .percent(measured.high, signed: true), "count": .count(measured.count),
                "hits": .count(measured.hits),
            ])
    }

    /// Of alerts of the same kind and side, scored at their horizons.
    static func live(of opportunity: Opportunity) -> ContentValue {
        guard let history = opportunity.record, history.summary.count >= OutcomeSummary.enough else {
            return .word("alert.scored_few", ["count": .count(opportunity.record?.summary.count ?? 0)])
        }
        let summary = history.summary
        return .word(
            history.isOfSymbol ? "alert.scored" : "alert.scored_all",
            [
                "symbol": .text(opportunity.symbol.description), "hits": .count(summary.hits),
                "count": .count(summary.count), "share_low": .percent(summary.share.low, digits: 0),
                "share_high": .percent(summary.share.high, digits: 0),
                "median": .percent(summary.median, signed: true), "low": .percent(summary.low, signed: true),
                "high": .percent(summary.high, signed: true),
            ])
    }
}
