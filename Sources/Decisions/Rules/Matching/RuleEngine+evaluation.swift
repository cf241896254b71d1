import Market
import People

/// Why rules are looked at.
struct RuleEvent {
    /// Unix milliseconds.
    var now: Int64
    var market: Int
    var isLate: Bool
    /// Price at the evaluation before, for rules that are not looked at with every price.
    var priceBefore: Double
    var firedAfterIsLeft = false
    /// Nothing changed but the time.
    var isTimeOnly = false
}

/// What looking at rules led to, in order.
struct RuleDecisions {
    var alerts: [Alert] = []
    var changed: Set<RuleID> = []
    var ended: [RuleID] = []
    /// Last states of rules that ended.
    var finalStates: [RuleID: RuleState] = [:]
}

extension RuleEngine {
    /// Evaluates the rule in a place once an event, and does what follows.
    mutating func look(at index: Int, _ event: RuleEvent, _ decisions: inout RuleDecisions) {
        guard var slot = slots[index], slot.lastEvent != eventNumber, let watched = rules[slot.rule] else { return }
        slot.lastEvent = eventNumber
        let definition = watched.definition
        if let until = definition.until, event.now >= until.milliseconds {
            end(slot.rule, &decisions)
            return
        }
        if event.firedAfterIsLeft, let fired = slot.state.lastFiredAt, fired.milliseconds >= event.now { return }
        let context = EvaluationContext(
            now: event.now, anchorTime: slot.state.lastFiredAt?.milliseconds,
            entryPrice: definition.sinceEntry ? entries[watched.rule.owner]?[slot.subject] : nil,
            isTimeOnly: event.isTimeOnly)
        var memory = slot.memory
        if let levels = slot.binding.levels, slot.binding.memoryCount == 2, !event.priceBefore.isNaN {
            // Looked at only when its level is touched: the evaluation before was the price before.
            slot.memory = crossingSides(slot, at: levels, priceBefore: event.priceBefore)
        }
        let truth = slot.binding.program.evaluate(markets, context, memory: slot.memory, now: &memory)
        if !event.isTimeOnly { slot.memory = memory }
        let receding = slot.binding.receding
        let scratch = slot.memory
        let before = slot.state
        let step = slot.state.advance(
            truth: truth, at: event.now, rest: definition.rest, holdFor: definition.holdFor
        ) { [markets] in
            guard let receding else { return true }
            var unused = scratch
            return receding.evaluate(markets, context, memory: scratch, now: &unused) == 0
        }
        let wasUnobserved = slot.wasUnobserved
        if !truth.isNaN { slot.wasUnobserved = false }
        slots[index] = slot
        switch step {
        case .nothing: break
        case .changed: store(index, &decisions)
        case .wait(let time, let changed):
            if changed { store(index, &decisions) }
            if pace == .live { deadlines.add(.init(time: time, slot: index, generation: slot.generation)) }
        case .fire:
            fire(index, before, event, isLate: event.isLate || wasUnobserved, &decisions)
            return
        }
        lookAgainIfNeeded(index, slot, truth: truth)
    }

    /// A place that only its levels call for is called by the next event, too: while unknown, and after a crossing, which
    /// is over by then.
    private mutating func lookAgainIfNeeded(_ index: Int, _ slot: RuleSlot, truth: Double) {
        guard pace == .live, let market = slot.binding.levels?.market else { return }
        guard truth.isNaN || (slot.binding.memoryCount == 2 && truth == 1) else { return }
        if !readers[market].fresh.contains(index) { readers[market].fresh.append(index) }
    }

    private func crossingSides(
        _ slot: RuleSlot, at levels: (market: Int, prices: [Double]), priceBefore: Double
    ) -> [Double] {
        guard case .crosses(let left, _, _) = rules[slot.rule]?.definition.condition else { return slot.memory }
        let level = levels.prices[levels.prices.count / 2]
        return left.operands.isEmpty ? [level, priceBefore] : [priceBefore, level]
    }

    /// Copies a place's state into its rule's.
    private mutating func store(_ index: Int, _ decisions: inout RuleDecisions) {
        guard let slot = slots[index] else { return }
        rules[slot.rule]?.rule.state.symbols[slot.subject.description] = slot.state
        decisions.changed.insert(slot.rule)
    }

    private mutating func fire(
        _ index: Int, _ before: RuleState.PerSymbol, _ event: RuleEvent, isLate: Bool, _ decisions: inout RuleDecisions
    ) {
        guard var slot = slots[index], let watched = rules[slot.rule] else { return }
        let definition = watched.definition
        let wasNew = before.phase == .new
        let sequence = watched.rule.state.sequence + 1
        let context = EvaluationContext(
            now: event.now, anchorTime: before.lastFiredAt?.milliseconds,
            entryPrice: definition.sinceEntry ? entries[watched.rule.owner]?[slot.subject] : nil,
            isTimeOnly: event.isTimeOnly)
        let values = slot.binding.shown.compactMap { text, operand -> RuleFiring.Operand? in
            let value = markets[operand.market].value(of: operand.source, context)
            return value.isNaN ? nil : RuleFiring.Operand(text: text, value: value)
        }
        let (symbol, price) = spokenOf(slot, event)
        slot.state.fired(at: event.now)
        slots[index] = slot
        store(index, &decisions)
        rules[slot.rule]?.rule.state.sequence = sequence
        let at = Timestamp(milliseconds: event.now)
        let firing = RuleFiring(
            rule: slot.rule, owner: watched.rule.owner, number: watched.rule.number, text: watched.rule.text,
            symbol: symbol, sequence: sequence, at: at, price: price, values: values, wasAlreadyTrue: wasNew,
            late: isLate && !wasNew, coversSeveral: definition.coversSeveral ? true : nil)
        decisions.alerts.append(
            Alert(
                naturalKey: "rule:\(slot.rule):\(sequence)", symbol: symbol, priority: definition.priority,
                issuedAt: at,
                audience: .owner(watched.rule.owner, via: definition.channels), body: .ruleFired(firing)))
        if definition.once {
            end(slot.rule, &decisions)
        } else {
            lookAgainIfNeeded(index, slot, truth: 1)
        }
    }

    /// Tells a new market to a rule that waits for one; each market once.
    mutating func tell(_ listing: NewListing, to id: RuleID, _ decisions: inout RuleDecisions) {
        let key = listing.symbol.description
        guard let watched = rules[id], watched.rule.state.symbols[key]?.phase != .spent else { return }
        let sequence = watched.rule.state.sequence + 1
        rules[id]?.rule.state.sequence = sequence
        rules[id]?.rule.state.symbols[key] = RuleState.PerSymbol(phase: .spent, lastFiredAt: listing.time)
        decisions.changed.insert(id)
        let firing = RuleFiring(
            rule: id, owner: watched.rule.owner, number: watched.rule.number, text: watched.rule.text,
            symbol: listing.symbol, sequence: sequence, at: listing.time, price: listing.price, values: [],
            wasAlreadyTrue: false, late: false, coversSeveral: true)
        decisions.alerts.append(
            Alert(
                naturalKey: "rule:\(id):\(sequence)", symbol: listing.symbol, priority: watched.definition.priority,
                issuedAt: listing.time, audience: .owner(watched.rule.owner, via: watched.definition.channels),
                body: .ruleFired(firing)))
        if watched.definition.once { end(id, &decisions) }
    }

    /// The symbol whose event it was, where the rule's own is only one of those it names; with its price.
    private func spokenOf(_ slot: RuleSlot, _ event: RuleEvent) -> (Symbol, Double) {
        let own = marketIndex[slot.subject] ?? event.market
        var order = [event.market, own] + slot.binding.markets.sorted()
        if event.isTimeOnly { order.swapAt(0, 1) }
        let market = order.first { slot.binding.markets.contains($0) && !markets[$0].price.isNaN } ?? own
        return (markets[market].symbol, markets[market].price)
    }

    private mutating func end(_ id: RuleID, _ decisions: inout RuleDecisions) {
        decisions.finalStates[id] = rules[id]?.rule.state
        decisions.ended.append(id)
        remove(id)
    }
}
