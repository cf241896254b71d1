import Market

/// Replays one rule over closed candles of one symbol: what `RuleEngine` does in the pace of closes, without its events,
/// tables and alerts. A test compares the two over made-up rules.
///
/// The rule is bound and evaluated by the engine's own parts, so that a value means the same in both.
struct RuleReplay {
    private let definition: RuleDefinition
    private let binding: RuleBinding
    private let base: Timeframe
    private var markets: [SymbolMarket] = []
    /// Place of the symbol whose candles come; `nil` where the rule does not read it.
    private let market: Int?

    /// - Parameters:
    ///   - subject: whom the rule is watched for.
    ///   - symbol: whose candles will come.
    init(_ definition: RuleDefinition, subject: Symbol, symbol: Symbol, base: Timeframe) {
        self.definition = definition
        self.base = base
        var places: [Symbol: Int] = [:]
        for read in [subject] + definition.otherSymbols where places[read] == nil {
            places[read] = markets.count
            markets.append(SymbolMarket(read, base: base))
        }
        let binding = RuleBinder.bind(definition, subject: subject, base: base, markets: &markets, index: places)
        self.binding = binding
        market = places[symbol].flatMap { binding.markets.contains($0) ? $0 : nil }
    }

    /// Places in `candles` (oldest first) at whose close it fires.
    ///
    /// - Parameters:
    ///   - leadIn: candles of longer timeframes that lie before, for averages that look far back; nothing fires at them.
    ///   - readings: figures that the candles tell, in order of time.
    mutating func firings(
        over candles: [Candle], after leadIn: [Timeframe: [Candle]] = [:], readings: [MarketReading] = []
    ) -> [Int] {
        guard let market else { return [] }
        var coming = readings[...]
        var memory = [Double](repeating: .nan, count: binding.memoryCount)
        var next = memory
        if leadIn.contains(where: { !$0.value.isEmpty }) { settle(market, leadIn, &memory) }
        let length = base.span.milliseconds
        let until = definition.until?.milliseconds ?? .max
        let (rest, holdFor) = (definition.rest, definition.holdFor)
        var state = RuleState.PerSymbol()
        var firings: [Int] = []
        for index in candles.indices {
            let now = candles[index].openTime.milliseconds + length
            guard now > markets[market].lastClose else { continue }
            while let reading = coming.first, reading.time.milliseconds <= now {
                _ = markets[market].outside.take(reading)
                coming.removeFirst()
            }
            _ = markets[market].close(candles[index], setsPrice: .unlessNewer)
            if now >= until { break }
            let context = EvaluationContext(now: now, anchorTime: state.lastFiredAt?.milliseconds)
            let truth = binding.program.evaluate(markets, context, memory: memory, now: &next)
            // Exchanged, not copied: the sides of this evaluation are those before the next.
            swap(&memory, &next)
            let step = state.advance(truth: truth, at: now, rest: rest, holdFor: holdFor) {
                hasReceded(context, memory)
            }
            guard step == .fire else { continue }
            firings.append(index)
            if definition.once { break }
            state.fired(at: now)
        }
        return firings
    }

    private func hasReceded(_ context: EvaluationContext, _ memory: [Double]) -> Bool {
        guard let receding = binding.receding else { return true }
        var unused = memory
        return receding.evaluate(markets, context, memory: memory, now: &unused) == 0
    }

    /// Crossings start from the values at the end of what lies before.
    private mutating func settle(_ market: Int, _ leadIn: [Timeframe: [Candle]], _ memory: inout [Double]) {
        markets[market].reload(base: [], longer: leadIn)
        let instant = max(markets[market].priceTime, markets[market].lastClose)
        guard instant > .min else { return }
        let before = memory
        _ = binding.program.evaluate(
            markets, EvaluationContext(now: instant, isTimeOnly: true), memory: before, now: &memory)
    }

    /// Timeframes longer than the candles' own that it reads, with how many candles each needs to be settled.
    var leadInNeeded: [Timeframe: Int] {
        market.map { markets[$0].historyNeeded.filter { $0.key > base } } ?? [:]
    }
}
