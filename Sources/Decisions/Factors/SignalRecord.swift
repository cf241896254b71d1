import Market

/// A symbol's own opportunities of the trailing 365 days: what strength is measured against, and how such calls turned
/// out. An outcome is known only once its outlook has ended; until then it counts for nothing.
struct SignalRecord: Sendable {
    static let memory = Span.days(365)
    /// Fewer opportunities of the kind than this, and strength is provisional.
    static let enoughForStrength = 30
    /// Fewer outcomes than this are not shown.
    static let enoughForOutcome = 10

    private struct Signal: Sendable {
        let at: Timestamp
        let kind: Opportunity.Kind
        let side: Opportunity.Side
        /// Unclamped |score|.
        let magnitude: Double
        let price: Double
        let dueAt: Timestamp
        /// Return in the called direction, once due.
        var outcome: Double?
    }

    /// Oldest first.
    private var signals: [Signal] = []
    private var openCount = 0

    /// Takes the newest close: outcomes that are due become known, what is a year old is forgotten.
    mutating func settle(at now: Timestamp, close: Double) {
        let old = signals.prefix { $0.at <= now - SignalRecord.memory }
        if !old.isEmpty {
            openCount -= old.count { $0.outcome == nil }
            signals.removeFirst(old.count)
        }
        guard openCount > 0 else { return }
        for index in signals.indices where signals[index].outcome == nil && signals[index].dueAt <= now {
            let change = close / signals[index].price - 1
            signals[index].outcome = signals[index].side == .buy ? change : -change
            openCount -= 1
        }
    }

    mutating func add(
        at: Timestamp, kind: Opportunity.Kind, side: Opportunity.Side, magnitude: Double, price: Double,
        dueAt: Timestamp
    ) {
        signals.append(
            Signal(at: at, kind: kind, side: side, magnitude: magnitude, price: price, dueAt: dueAt, outcome: nil))
        openCount += 1
    }

    /// Latest signal of this side, of either kind.
    func last(_ side: Opportunity.Side) -> Timestamp? { signals.last { $0.side == side }?.at }

    /// Share of the year's own opportunities of this kind that were weaker; `nil` with fewer than thirty. Kinds are
    /// ranked apart, because their scores are readings of different things on different scales.
    func strength(of magnitude: Double, kind: Opportunity.Kind) -> Double? {
        var count = 0
        var weaker = 0
        for signal in signals where signal.kind == kind {
            count += 1
            if signal.magnitude < magnitude { weaker += 1 }
        }
        return count >= SignalRecord.enoughForStrength ? Double(weaker) / Double(count) : nil
    }

    /// Median outcome of signals of this kind and side with its 95% interval.
    func outcome(kind: Opportunity.Kind, side: Opportunity.Side) -> MeasuredOutcome? {
        let outcomes = signals.filter { $0.kind == kind && $0.side == side }.compactMap(\.outcome).sorted()
        let count = outcomes.count
        guard count >= SignalRecord.enoughForOutcome else { return nil }
        let median = (outcomes[(count - 1) / 2] + outcomes[count / 2]) / 2
        let (low, high) = MedianInterval.of(outcomes)
        return MeasuredOutcome(
            median: median, low: low, high: high, count: count,
            hits: outcomes.count { $0 > 0 })
    }
}
