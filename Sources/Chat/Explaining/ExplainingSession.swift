package import Decisions
package import Delivery
package import Forecasts
package import Market
package import People

/// What the store can say about why something came or did not. Everything about one recipient is asked for together
/// with that recipient, so that nobody learns of another's alerts by guessing an id.
package protocol ExplainingSession {
    /// Enters a forecast that is told now in the ledger. The same one told again is the same entry.
    func enter(_ forecast: Forecast, at now: Timestamp) throws
    /// An entry of the ledger; `nil` when there is none of that number.
    func ledgerHead(at sequence: Int64) throws -> LedgerHead?
    /// The way of an alert to the recipient; `nil` unless it was theirs: their rule, or something queued for them or
    /// kept from them.
    func passage(of alert: AlertID, to id: RecipientID) throws -> AlertPassage?
    /// Opportunities of the symbol and firings of the recipient's own rules over it, issued in the span, oldest first.
    func alerts(about symbol: Symbol, for id: RecipientID, in span: Range<Timestamp>, limit: Int) throws
        -> [StoredAlert]
    /// Scores of the symbol that stood out in the span and were silenced, oldest first.
    func vetoes(of symbol: Symbol, in span: Range<Timestamp>) throws -> [Veto]
    /// Since when the recipient subscribes to the symbol; `nil` when they do not.
    func subscribedSince(_ symbol: Symbol, _ id: RecipientID) throws -> Timestamp?
}
