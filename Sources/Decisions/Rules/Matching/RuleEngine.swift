package import Market
import People

/// Watches every rule: market data in, decisions out. No clock, no store, no waiting; the same code live and in replay.
///
/// A quote looks only at rules that it may change: levels between the price before and the price now, rules that read
/// the price in another way, and those just added. A closed candle looks at the rules that read a timeframe that closes
/// with it, too. An indicator is calculated once per (symbol, timeframe, parameters), whoever asked.
///
/// Plain thresholds, of which there may be millions, are kept in 56 bytes each and without their text (`PlainThreshold`);
/// they are judged by the same steps as any other rule.
///
/// `ruleStates` of a batch must be stored before the next event is handed in; alerts carry a firing number of their own.
package struct RuleEngine: Sendable {
    /// How a rest or a hold that ends between two events is seen.
    package enum Pace: Sendable {
        /// At its instant, by `advance(to:)`; a rule is looked at when an operand of it changes.
        case live
        /// At the next close; every rule is looked at at each close, as over a candle file.
        case closes
    }

    let base: Timeframe
    let pace: Pace
    let defaultSymbols: [Symbol]
    let resolver: any SymbolResolving
    /// Rules that are no plain thresholds.
    var rules: [RuleID: WatchedRule] = [:]
    private var unreadable: [RuleID: UnreadableRule] = [:]
    private var subscriptions: [RecipientID: [Symbol]] = [:]
    var entries: [RecipientID: [Symbol: Double]] = [:]
    var marketIndex: [Symbol: Int] = [:]
    var markets: [SymbolMarket] = []
    var readers: [MarketReaders] = []
    var slots: [RuleSlot?] = []
    var thresholds = ThresholdTable()
    /// Markets by the spelling of their symbol, for those that the parser has read in a rule.
    var spelledMarkets: [String: Int] = [:]
    private var freeSlots: [Int] = []
    private var generation = 0
    var deadlines = RuleDeadlines()
    /// Markets with rules to be looked at by the next `advance(to:)`.
    var freshMarkets: Set<Int> = []
    /// Latest instant seen.
    var now = Int64.min
    var eventNumber = 0

    struct WatchedRule: Sendable {
        var rule: Rule
        var definition: RuleDefinition
        var slots: [Int]
    }

    /// A rule that is kept although its text cannot be read any more; it is never evaluated.
    package struct UnreadableRule: Hashable, Sendable {
        package var rule: Rule
        package var error: RuleError
    }

    /// - Parameters:
    ///   - base: timeframe of the closed candles that are handed in.
    ///   - defaultSymbols: what `*` means for an owner without subscriptions.
    package init(
        base: Timeframe = .m1, defaultSymbols: [Symbol], symbols: any SymbolResolving, pace: Pace = .live
    ) {
        self.base = base
        self.defaultSymbols = defaultSymbols
        self.pace = pace
        resolver = symbols
    }

    // MARK: Rules

    package mutating func apply(_ change: RuleChange) {
        switch change {
        case .added(let rule):
            remove(rule.id)
            if addThreshold(rule) { return }
            do {
                add(rule, try RuleText.parseStored(rule.text, symbols: resolver))
            } catch {
                unreadable[rule.id] = UnreadableRule(rule: rule, error: error)
            }
        case .removed(let id): remove(id)
        case .paused(let id):
            if pauseThreshold(id) { return }
            unreadable[id]?.rule.paused = true
            guard rules[id] != nil else { return }
            rules[id]?.rule.paused = true
            for slot in rules[id]?.slots ?? [] { free(slot) }
            rules[id]?.slots = []
        case .resumed(let id):
            if resumeThreshold(id) { return }
            unreadable[id]?.rule.paused = false
            guard var watched = rules[id], watched.rule.paused else { return }
            watched.rule.paused = false
            // Nobody saw whether it held meanwhile.
            for key in watched.rule.state.symbols.keys { watched.rule.state.symbols[key]?.heldSince = nil }
            rules[id] = watched
            watch(id)
        case .entries(let owner, let prices): entries[owner] = prices.isEmpty ? nil : prices
        case .subscriptions(let owner, let symbols):
            subscriptions[owner] = symbols
            for (id, watched) in rules where watched.rule.owner == owner && watched.definition.symbols == .all {
                cover(id)
            }
        }
    }

    package var unreadableRules: [UnreadableRule] { unreadable.values.sorted { $0.rule.id < $1.rule.id } }

    /// Rules that are watched or paused.
    package var ruleCount: Int { rules.count + thresholds.count }

    /// The state of a rule as the engine has it.
    package func state(of id: RuleID) -> RuleState? {
        thresholdState(of: id) ?? rules[id]?.rule.state ?? unreadable[id]?.rule.state
    }

    mutating func add(_ rule: Rule, _ definition: RuleDefinition, only symbols: [Symbol]? = nil) {
        rules[rule.id] = WatchedRule(rule: rule, definition: definition, slots: [])
        if let symbols { watch(rule.id, symbols) } else if !rule.paused { watch(rule.id) }
    }

    mutating func remove(_ id: RuleID) {
        if removeThreshold(id) { return }
        if !unreadable.isEmpty { unreadable[id] = nil }
        guard !rules.isEmpty, let watched = rules.removeValue(forKey: id) else { return }
        for slot in watched.slots { free(slot) }
    }

    private func covered(_ watched: WatchedRule) -> [Symbol] {
        switch watched.definition.symbols {
        case .listed(let symbols): return symbols
        case .all:
            let own = subscriptions[watched.rule.owner] ?? []
            return own.isEmpty ? defaultSymbols : own
        }
    }

    private mutating func watch(_ id: RuleID) {
        guard let watched = rules[id] else { return }
        watch(id, covered(watched))
    }

    private mutating func watch(_ id: RuleID, _ symbols: [Symbol]) {
        guard let watched = rules[id] else { return }
        for symbol in symbols { place(watched, symbol) }
        if let until = watched.definition.until, pace == .live, let slot = rules[id]?.slots.first {
            deadlines.add(
                .init(time: until.milliseconds, place: .slot(slot), generation: slots[slot]?.generation ?? 0))
        }
    }

    /// Brings a rule over `*` in line with the owner's subscriptions.
    private mutating func cover(_ id: RuleID) {
        guard let watched = rules[id], !watched.rule.paused else { return }
        let wanted = covered(watched)
        for slot in watched.slots {
            guard let subject = slots[slot]?.subject, !wanted.contains(subject) else { continue }
            free(slot)
            rules[id]?.slots.removeAll { $0 == slot }
            rules[id]?.rule.state.symbols[subject.description] = nil
        }
        let kept = Set(watched.slots.compactMap { slots[$0]?.subject })
        watch(id, wanted.filter { !kept.contains($0) })
    }

    // MARK: Places

    private mutating func place(_ watched: WatchedRule, _ symbol: Symbol) {
        for read in [symbol] + watched.definition.otherSymbols { _ = market(of: read) }
        let binding = RuleBinder.bind(
            watched.definition, subject: symbol, base: base, markets: &markets, index: marketIndex)
        generation += 1
        let stored = watched.rule.state.symbols[symbol.description]
        let slot = RuleSlot(
            rule: watched.rule.id, subject: symbol, binding: binding, generation: generation,
            state: stored ?? RuleState.PerSymbol(), wasUnobserved: (stored?.phase ?? .new) != .new)
        let index: Int
        if let free = freeSlots.popLast() {
            slots[free] = slot
            index = free
        } else {
            slots.append(slot)
            index = slots.count - 1
        }
        rules[watched.rule.id]?.slots.append(index)
        for market in binding.markets {
            readers[market].all.insert(index)
            refresh(.slot(index), in: market)
        }
        if let levels = binding.levels {
            for price in levels.prices { readers[levels.market].levels.insert(price, .slot(index)) }
        } else {
            for market in binding.priceMarkets { readers[market].price.append(index) }
        }
        for market in binding.outsideMarkets { readers[market].outside.append(index) }
        for (market, mask) in binding.frameMasks {
            for ordinal in readers[market].frames.indices where mask & (1 << UInt8(ordinal)) != 0 {
                readers[market].frames[ordinal].append(index)
            }
        }
    }

    /// Has the place looked at with the next event or `advance(to:)`.
    mutating func refresh(_ place: RulePlace, in market: Int) {
        readers[market].fresh.append(place)
        freshMarkets.insert(market)
    }

    /// Where a symbol's data is, or will be.
    mutating func market(of symbol: Symbol) -> Int {
        if let market = marketIndex[symbol] { return market }
        marketIndex[symbol] = markets.count
        markets.append(SymbolMarket(symbol, base: base))
        readers.append(MarketReaders())
        return markets.count - 1
    }

    private mutating func free(_ index: Int) {
        guard let slot = slots[index] else { return }
        for market in slot.binding.markets {
            readers[market].all.remove(index)
            readers[market].fresh.removeAll { $0 == .slot(index) }
            if readers[market].fresh.isEmpty { freshMarkets.remove(market) }
        }
        if let levels = slot.binding.levels {
            for price in levels.prices { readers[levels.market].levels.remove(price, .slot(index)) }
        } else {
            for market in slot.binding.priceMarkets { readers[market].price.removeAll { $0 == index } }
        }
        for market in slot.binding.outsideMarkets { readers[market].outside.removeAll { $0 == index } }
        for (market, mask) in slot.binding.frameMasks {
            for ordinal in readers[market].frames.indices where mask & (1 << UInt8(ordinal)) != 0 {
                readers[market].frames[ordinal].removeAll { $0 == index }
            }
        }
        for (market, reading) in slot.binding.held {
            switch reading {
            case .stream(let timeframe, let stream): markets[market].release(stream: stream, timeframe)
            case .span(let span): markets[market].releaseBack(span)
            case .drawdown(let place): markets[market].releaseDrawdown(place)
            case .window(let place): markets[market].release(window: place)
            case .events(let family, let timeframe): markets[market].release(family, timeframe)
            }
        }
        slots[index] = nil
        freeSlots.append(index)
    }
}
