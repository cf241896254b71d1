package import Market

/// Where scores are kept.
package protocol ScoreStore: Sendable {
    /// Takes over what was entered in the ledger since the last time, at most `limit` of each kind, each once. Returns
    /// how many were looked at.
    func collect(limit: Int) async throws -> Int
    /// What is due at `now` (rule clock), longest first.
    func due(at now: Timestamp, limit: Int) async throws -> [OpenScore]
    /// How the symbol moved over `span` in the year before `week`, if that is kept.
    func baseline(of symbol: Symbol, over span: Span, before week: Timestamp) async throws -> MoveBaseline?
    /// Keeps it for good; one that is kept already stays.
    func keep(_ baseline: MoveBaseline, of symbol: Symbol, over span: Span, before week: Timestamp) async throws
    /// Settles what is still open; what was settled before stays as it is.
    func settle(_ verdicts: [(id: Int64, verdict: ScoreVerdict)], at now: Timestamp) async throws
}

/// Scores forecasts, opportunities and firings at their horizons. A job of the schedule; how far it got is in the store
/// alone, so a restart changes nothing, and what was missed is caught up once. Its work grows with what is due.
package struct ScoreKeeping: Sendable {
    private static let batch = 500
    /// A candle that is not stored so long after the horizon never will be.
    package static let patience = Span.days(30)

    private let store: any ScoreStore
    private let prices: HorizonPrice
    private let baselines: MoveBaselines

    package init(store: any ScoreStore, candles: any CandleStore, venue: Venue) {
        self.store = store
        prices = HorizonPrice(candles: candles, venue: venue)
        baselines = MoveBaselines(store: store, candles: candles, venue: venue)
    }

    /// One turn. `now` is the rule clock.
    package func run(now: Timestamp) async throws {
        while try await store.collect(limit: Self.batch) > 0 { try Task.checkCancellation() }
        while true {
            try Task.checkCancellation()
            let due = try await store.due(at: now, limit: Self.batch)
            if due.isEmpty { return }
            var verdicts: [(id: Int64, verdict: ScoreVerdict)] = []
            for open in due { verdicts.append((open.id, try await judge(open, now))) }
            try await store.settle(verdicts, at: now)
        }
    }

    private func judge(_ open: OpenScore, _ now: Timestamp) async throws -> ScoreVerdict {
        guard open.price > 0 else { return .unscorable(reason: "no_price") }
        if let outcome = try await prices.price(of: open.symbol, at: open.dueAt, now: now) {
            let baseline = try await baselines.baseline(
                of: open.symbol, over: open.dueAt - open.issuedAt, at: open.issuedAt)
            return .scored(Score(open, outcome: outcome, baseline: baseline))
        }
        let age = now - open.dueAt
        guard age < Self.patience else { return .unscorable(reason: "no_candle") }
        // Soon at first, later once a day.
        let wait = min(max(age.milliseconds / 8, 60_000), Span.days(1).milliseconds)
        return .waiting(until: now + .milliseconds(wait))
    }
}
