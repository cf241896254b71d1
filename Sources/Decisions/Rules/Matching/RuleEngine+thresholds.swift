import Market
import People

/// Plain thresholds in the engine: the same life as any other rule's, in a compact form.
extension RuleEngine {
    /// Takes a rule of the plain form. False, and nothing taken, for any other.
    mutating func addThreshold(_ rule: Rule) -> Bool {
        // A replay looks at every rule at each close, which is the general way.
        guard pace == .live, let (name, threshold) = PlainThreshold.read(rule.text),
            let market = spelledMarkets[name] ?? learnMarket(name, rule.text),
            let record = ThresholdRecord(rule, threshold, market: market, of: markets[market].symbol)
        else { return false }
        let index = thresholds.insert(record)
        if !rule.paused { watchThreshold(index) }
        return true
    }

    /// The market that a name stands for, as the parser understands it in this rule.
    private mutating func learnMarket(_ name: String, _ text: String) -> Int? {
        guard let definition = try? RuleText.parseStored(text, symbols: resolver),
            case .listed(let symbols) = definition.symbols, symbols.count == 1,
            RulePrinter.spelled(symbols[0]) == name
        else { return nil }
        let market = market(of: symbols[0])
        spelledMarkets[name] = market
        return market
    }

    mutating func removeThreshold(_ id: RuleID) -> Bool {
        guard let index = thresholds.index(of: id) else { return false }
        if !thresholds[index].isPaused { unwatchThreshold(index) }
        thresholds.remove(at: index)
        return true
    }

    mutating func pauseThreshold(_ id: RuleID) -> Bool {
        guard let index = thresholds.index(of: id) else { return false }
        if !thresholds[index].isPaused {
            unwatchThreshold(index)
            thresholds[index].isPaused = true
            // A rest that ends in the pause is not looked at, as if the rule had gone.
            thresholds[index].generation &+= 1
        }
        return true
    }

    mutating func resumeThreshold(_ id: RuleID) -> Bool {
        guard let index = thresholds.index(of: id) else { return false }
        if thresholds[index].isPaused {
            thresholds[index].isPaused = false
            thresholds[index].wasUnobserved = thresholds[index].phase != .new
            watchThreshold(index)
        }
        return true
    }

    private mutating func watchThreshold(_ index: Int) {
        let record = thresholds[index]
        let market = Int(record.market)
        readers[market].levels.insert(record.level, .threshold(index))
        readers[market].thresholdCount += 1
        refresh(.threshold(index), in: market)
    }

    private mutating func unwatchThreshold(_ index: Int) {
        let record = thresholds[index]
        readers[Int(record.market)].levels.remove(record.level, .threshold(index))
        readers[Int(record.market)].thresholdCount -= 1
    }

    func thresholdState(of id: RuleID) -> RuleState? {
        thresholds.index(of: id).map { state(of: thresholds[$0]) }
    }

    private func state(of record: ThresholdRecord) -> RuleState {
        let state = record.state
        // A rule that was never known is stored as it was made.
        let isUntouched = state.phase == .new && state.lastFiredAt == nil
        return RuleState(
            sequence: Int(record.sequence),
            symbols: isUntouched ? [:] : [markets[Int(record.market)].symbol.description: state])
    }

    /// Evaluates a threshold, and does what follows. Again in the same event it finds nothing more to do.
    mutating func lookAtThreshold(_ index: Int, _ event: RuleEvent, _ decisions: inout RuleDecisions) {
        let record = thresholds[index]
        // It may have gone since it was entered as fresh, and its place have been taken by another.
        guard record.isWatched, Int(record.market) == event.market else { return }
        if event.firedAfterIsLeft, record.lastFiredAt > .min, record.lastFiredAt >= event.now {
            // The move of which this candle was an end is not judged for it yet.
            readers[event.market].fresh.append(.threshold(index))
            return
        }
        let price = markets[event.market].value(of: .price, EvaluationContext(now: event.now))
        let truth = RuleArithmetic.compare(record.comparison, price, record.level, slack: 0)
        if truth.isNaN {
            // Its level alone does not call for it again.
            readers[event.market].fresh.append(.threshold(index))
            return
        }
        if record.wasUnobserved { thresholds[index].wasUnobserved = false }
        var state = record.state
        let step = state.advance(
            truth: truth, at: event.now, rest: .seconds(Int64(record.rest)), holdFor: nil
        ) { true }
        switch step {
        case .nothing: break
        case .changed:
            thresholds[index].state = state
            decisions.changed.insert(record.id)
        case .wait(let time, _):
            deadlines.add(.init(time: time, place: .threshold(index), generation: Int(record.generation)))
        case .fire: fireThreshold(index, record, event, &decisions)
        }
    }

    private mutating func fireThreshold(
        _ index: Int, _ record: ThresholdRecord, _ event: RuleEvent, _ decisions: inout RuleDecisions
    ) {
        let wasNew = record.phase == .new
        let symbol = markets[event.market].symbol
        let price = markets[event.market].price
        var state = record.state
        state.fired(at: event.now)
        thresholds[index].state = state
        thresholds[index].sequence = record.sequence + 1
        decisions.changed.insert(record.id)
        let at = Timestamp(milliseconds: event.now)
        let firing = RuleFiring(
            rule: record.id, owner: record.owner, number: Int(record.number),
            text: record.plain.text(of: RulePrinter.spelled(symbol)), symbol: symbol,
            sequence: Int(record.sequence) + 1, at: at, price: price,
            values: [RuleFiring.Operand(text: "price", value: price)], wasAlreadyTrue: wasNew,
            late: (event.isLate || record.wasUnobserved) && !wasNew)
        decisions.alerts.append(
            Alert(
                naturalKey: "rule:\(record.id):\(firing.sequence)", symbol: symbol, priority: record.priority,
                issuedAt: at, audience: .owner(record.owner, via: []), body: .ruleFired(firing)))
        if record.once { end(record.id, &decisions) }
    }
}
