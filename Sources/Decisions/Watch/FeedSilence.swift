import Market
import People

/// Which watched symbols nothing comes in of. Rules that read such a symbol are blind: what is older than the staleness
/// limit is unknown to them.
struct FeedSilence: Sendable {
    /// How often it is looked at.
    static let rest = Span.seconds(5)

    /// Newer than this a price is believed.
    private let limit: Span
    /// Time of the newest data of each symbol, and of the first look at one that had none.
    private var heard: [Symbol: Timestamp] = [:]
    private var lookedAt: Timestamp?
    /// Silent symbols and the time of their last data.
    private(set) var silent: [Symbol: Timestamp] = [:]

    init(base: Timeframe) { limit = .milliseconds(Staleness.limit(base)) }

    struct Change: Hashable, Sendable {
        /// Silent since just now, with the time of the last data.
        var began: [Symbol: Timestamp] = [:]
        /// Not silent, or not watched, any more.
        var ended: [Symbol: Timestamp] = [:]
        var isEmpty: Bool { began.isEmpty && ended.isEmpty }
    }

    /// Data of the primary venue came, of this time.
    mutating func hear(_ symbol: Symbol, at time: Timestamp) {
        if let known = heard[symbol], known >= time { return }
        heard[symbol] = time
    }

    /// False between two looks.
    func isDue(at now: Timestamp) -> Bool { lookedAt.map { now - $0 >= FeedSilence.rest } ?? true }

    /// What changed since the last look. `lastClose` gives the close of a symbol's last candle: that is what is told and
    /// what a silence is known by, since a restart finds the same one.
    mutating func look(
        _ watched: Set<Symbol>, at now: Timestamp, lastClose: (Symbol) -> Timestamp?
    ) -> Change {
        lookedAt = now
        var change = Change()
        for symbol in watched {
            guard let last = heard[symbol] else {
                // At start nothing was heard yet: the feed has as long as any to begin.
                heard[symbol] = now
                continue
            }
            let isSilent = now - last > limit
            if isSilent, silent[symbol] == nil {
                let since = min(lastClose(symbol) ?? last, last)
                silent[symbol] = since
                change.began[symbol] = since
            } else if !isSilent, let since = silent.removeValue(forKey: symbol) {
                change.ended[symbol] = since
            }
        }
        for (symbol, since) in silent where !watched.contains(symbol) {
            silent[symbol] = nil
            change.ended[symbol] = since
        }
        heard = heard.filter { watched.contains($0.key) || now - $0.value <= limit }
        return change
    }
}

/// Critical rules, for telling their owners that nothing is seen.
package protocol CriticalRules: Sendable {
    /// Rules that live, are not paused and may be critical; the text decides.
    func criticalRules() async throws -> [Rule]
}

/// Tells owners of critical rules that these are blind, and when they see again: once a silence, however often the agent
/// is started in it.
struct BlindNotices {
    let rules: [Rule]
    let symbols: any SymbolResolving
    /// What each owner's `*` stands for.
    let subscriptions: [RecipientID: [Symbol]]
    let defaultSymbols: [Symbol]

    /// - Parameter isOver: the feed is back.
    func alerts(_ silences: [Symbol: Timestamp], isOver: Bool, now: Timestamp) -> [Alert] {
        guard !silences.isEmpty else { return [] }
        let read = rules.compactMap { rule -> (rule: Rule, symbols: [Symbol])? in
            guard !rule.paused, let definition = try? RuleText.parseStored(rule.text, symbols: symbols),
                definition.priority == .critical
            else { return nil }
            return (rule, covered(definition, rule.owner))
        }
        return silences.keys.sorted().flatMap { symbol -> [Alert] in
            let since = silences[symbol] ?? now
            let blind = read.filter { $0.symbols.contains(symbol) }.map(\.rule)
            return Dictionary(grouping: blind, by: \.owner).sorted { $0.key < $1.key }.map { owner, rules in
                let key = isOver ? "rule_sees_again" : "rule_blind"
                let numbers = rules.map(\.number).sorted().prefix(10).map { "#\($0)" }.joined(separator: ", ")
                let minutes = max(1, Int(((now - since).seconds / 60).rounded()))
                return Alert(
                    naturalKey: "system:\(key):\(owner):\(symbol):\(since.milliseconds)", symbol: symbol,
                    priority: isOver ? .medium : .high, issuedAt: now, audience: .owner(owner, via: []),
                    body: .system(
                        SystemNotice(
                            severity: isOver ? .info : .warning, key: key,
                            values: ["symbol": "\(symbol)", "rules": numbers, "minutes": "\(minutes)"])))
            }
        }
    }

    private func covered(_ definition: RuleDefinition, _ owner: RecipientID) -> [Symbol] {
        let own: [Symbol] =
            switch definition.symbols {
            case .listed(let listed): listed
            case .all: subscriptions[owner].flatMap { $0.isEmpty ? nil : $0 } ?? defaultSymbols
            }
        return own + definition.otherSymbols
    }
}
