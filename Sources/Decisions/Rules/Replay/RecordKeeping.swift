package import Market
package import People

/// A live firing of which more will be known.
package struct OpenFiring: Hashable, Sendable {
    package var alert: AlertID
    package var rule: RuleID
    package var symbol: Symbol
    package var scored: ScoredFiring

    package init(alert: AlertID, rule: RuleID, symbol: Symbol, scored: ScoredFiring) {
        self.alert = alert
        self.rule = rule
        self.symbol = symbol
        self.scored = scored
    }
}

/// Where records of rules are kept.
package protocol RuleRecordStore: Sendable {
    /// Takes over firings that were published since the last time, at most `limit`. Returns how many were looked at.
    func collect(limit: Int) async throws -> Int
    /// Firings whose next price is due at `now` (rule clock).
    func openFirings(at now: Timestamp, limit: Int) async throws -> [OpenFiring]
    /// Stores prices with when the next one is due (`nil`: never), and brings the rules' records up to date.
    func score(_ firings: [(firing: OpenFiring, next: Timestamp?)]) async throws
    /// Rules whose replay is due at `now` (wall clock).
    func rulesToReplay(at now: Timestamp, limit: Int) async throws -> [Rule]
    func setReplay(_ replay: RuleRecord.Replay?, of rule: RuleID, at now: Timestamp) async throws
}

/// Keeps the records that travel in alerts: looks what the price did after live firings, and replays each rule anew once
/// a week. It is a job of the schedule, so that an alert only ever reads what is stored.
package struct RecordKeeping: Sendable {
    private static let batch = 500
    /// Most rules replayed in one turn.
    private static let mostReplays = 20
    /// A price that is not stored so long after it was due never will be.
    private static let patience = Span.days(1)

    private let store: any RuleRecordStore
    private let candles: any CandleStore
    private let replay: StoredReplay
    private let symbols: any SymbolResolving
    private let subscriptions: @Sendable () async throws -> [RecipientID: [Symbol]]
    private let defaultSymbols: [Symbol]
    private let venue: Venue

    /// - Parameter subscriptions: what each owner's `*` stands for.
    package init(
        store: any RuleRecordStore, candles: any CandleStore, replay: StoredReplay, symbols: any SymbolResolving,
        venue: Venue, defaultSymbols: [Symbol],
        subscriptions: @escaping @Sendable () async throws -> [RecipientID: [Symbol]]
    ) {
        self.store = store
        self.candles = candles
        self.replay = replay
        self.symbols = symbols
        self.venue = venue
        self.defaultSymbols = defaultSymbols
        self.subscriptions = subscriptions
    }

    /// One turn.
    package func run(now: Timestamp, ruleTime: Timestamp) async throws {
        while try await store.collect(limit: RecordKeeping.batch) == RecordKeeping.batch {
            try Task.checkCancellation()
        }
        try await score(at: ruleTime)
        try await replayDue(at: now)
    }

    private func score(at ruleTime: Timestamp) async throws {
        while true {
            try Task.checkCancellation()
            let open = try await store.openFirings(at: ruleTime, limit: RecordKeeping.batch)
            if open.isEmpty { return }
            var scored: [(firing: OpenFiring, next: Timestamp?)] = []
            for firing in open { scored.append(try await look(firing, ruleTime)) }
            try await store.score(scored)
        }
    }

    /// Fills in what is known by now. What is not stored yet is asked for again in an hour, until it never will be.
    private func look(_ firing: OpenFiring, _ now: Timestamp) async throws -> (firing: OpenFiring, next: Timestamp?) {
        var firing = firing
        var next: Timestamp?
        for (place, span) in ScoredFiring.horizons.enumerated() where firing.scored.later[place] == nil {
            let due = firing.scored.at + span
            guard due <= now else {
                next = min(next ?? due, due)
                continue
            }
            firing.scored.later[place] = try await price(of: firing.symbol, at: due)
            if firing.scored.later[place] == nil, now - due < RecordKeeping.patience {
                next = min(next ?? .init(milliseconds: .max), now + .hours(1))
            }
        }
        return (firing, next)
    }

    /// Close of the last candle that closed at or before `time`, of minutes, else of hours.
    private func price(of symbol: Symbol, at time: Timestamp) async throws -> Double? {
        for timeframe in [Timeframe.m1, .h1] {
            let last = try await candles.candles(
                of: CandleSeries(symbol: symbol, timeframe: timeframe, venue: venue),
                from: time - timeframe.span - .milliseconds(Staleness.limit(timeframe)),
                to: time - timeframe.span + .milliseconds(1), limit: 1)
            if let close = last.last?.close { return close }
        }
        return nil
    }

    private func replayDue(at now: Timestamp) async throws {
        let due = try await store.rulesToReplay(at: now, limit: RecordKeeping.mostReplays)
        guard !due.isEmpty else { return }
        let subscribed = try await subscriptions()
        for rule in due {
            try Task.checkCancellation()
            guard let definition = try? RuleText.parseStored(rule.text, symbols: symbols) else {
                try await store.setReplay(nil, of: rule.id, at: now)
                continue
            }
            let covered: [Symbol] =
                switch definition.symbols {
                case .listed(let listed): listed
                case .all: subscribed[rule.owner].flatMap { $0.isEmpty ? nil : $0 } ?? defaultSymbols
                }
            let result = try await replay.replay(definition, for: covered, suggesting: false)
            try await store.setReplay((result?.statistics).map { RuleRecord.Replay($0) }, of: rule.id, at: now)
        }
    }
}
