package import Market

/// How far the watch has decided, by symbol: close time of the last base candle whose decisions are stored.
///
/// A candle is stored before it is decided. If the process dies between the two, or between a feed's back-fill and its
/// evaluation, the candles after this mark are decided at the next start, marked late. The mark is stored in the
/// transaction of every `DecisionBatch` that carries it (`decidedUpTo`), so the stored rule states are exactly those of
/// that instant, and deciding the later candles again repeats nothing.
package protocol WatchProgress: Sendable {
    func decidedUpTo() async throws -> [Symbol: Timestamp]

    /// Alerts that were sent as a move of one venue at `since` (rule clock) or later, and have had no siren since: what
    /// `VenueAgreement` was waiting with when the process ended. As they were sent, oldest first.
    func unconfirmedSirens(since: Timestamp) async throws -> [Alert]
}
