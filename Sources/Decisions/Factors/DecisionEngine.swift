package import Market

/// What the engine made of one closed 1h candle: the factors and, for each kind, an opportunity or why there is none.
package struct Assessment: Hashable, Sendable {
    package struct Reading: Hashable, Sendable {
        package var kind: Opportunity.Kind
        /// In [−1, 1]; `nil` when unknown.
        package var score: Double?
        package var decision: Decision
    }

    package enum Decision: Hashable, Sendable {
        case opportunity(Opportunity)
        case quiet(QuietReason)
    }

    package var factors: FactorSnapshot
    /// How much stands out, whichever way: the larger strength of the readings, 0 to 1; `nil` while both are unknown.
    package var strength: Double?
    /// Trend, then reversal.
    package var readings: [Reading]

    package var opportunities: [Opportunity] {
        readings.compactMap { if case .opportunity(let opportunity) = $0.decision { opportunity } else { nil } }
    }
}

/// Decides at each closed 1h candle of one symbol whether something stands out. A plain value: candles in, decisions
/// out; no clock, no store. Replay and live feed are the same calls, so stored candles bring it to the state that
/// living through them would have.
///
/// What the candles alone decide (score, rests, RSI, volume, holes) is remembered; what only the moment decides (spread
/// of the book, age of the candle) silences an opportunity without changing what is remembered, because it could not
/// be replayed.
package struct DecisionEngine: Sendable {
    /// The constant of the trend score, chosen by `OpportunityStudy`: over five symbols and three separate years it
    /// gives 3 to 20 opportunities in every week, buys and sells within 45% to 55%.
    package static let standardK = 1.4
    /// |score| from which something stands out.
    package static let threshold = 0.6
    /// 1h candles that bring a fresh engine to the state of one that always ran: a year of own opportunities on top of
    /// ninety days of own scale and the lead-ins.
    package static let historyNeeded = (365 + 90 + 10) * 24

    package let symbol: Symbol
    package let k: Double
    package let rules: TradingRules
    package private(set) var lastCloseTime: Timestamp?

    private var factors = FactorStream()
    private var moveSize = MoveSize()
    private var record = SignalRecord()
    private var standing: [Opportunity.Kind: StandingSides] = [:]

    /// When each side of a kind last passed the threshold, told or not.
    private struct StandingSides: Sendable {
        var buy: Timestamp?
        var sell: Timestamp?

        subscript(side: Opportunity.Side) -> Timestamp? {
            get { side == .buy ? buy : sell }
            set { if side == .buy { buy = newValue } else { sell = newValue } }
        }
    }

    package init(symbol: Symbol, k: Double = DecisionEngine.standardK, rules: TradingRules = TradingRules()) {
        self.symbol = symbol
        self.k = k
        self.rules = rules
    }

    /// Takes the next closed 1h candle. `nil` for one that is not newer than the last.
    @discardableResult
    package mutating func assess(
        _ candle: Candle, fundamentals: Fundamentals? = nil, circumstances: Circumstances? = nil
    ) -> Assessment? {
        let now = candle.closeTime(.h1)
        if let lastCloseTime, now <= lastCloseTime { return nil }
        let hole = lastCloseTime.map { now - $0 } ?? .hours(1)
        lastCloseTime = now

        let snapshot = factors.update(candle, fundamentals: fundamentals)
        moveSize.add(close: candle.close)
        record.settle(at: now, close: candle.close)

        let trend = FactorFormulas.score(
            trend: snapshot.trend, momentum: snapshot.momentum, risk: snapshot.risk, volume: snapshot.volume, k: k)
        let scores = [(Opportunity.Kind.trend, trend), (.reversal, snapshot.reversal)]
        // Before this hour's own opportunities join the record that they are measured by.
        let strengths = scores.compactMap { kind, unclamped in
            unclamped.map { record.strength(of: abs($0), kind: kind) ?? abs(FactorFormulas.clamp($0)) }
        }
        return Assessment(
            factors: snapshot, strength: strengths.max(),
            readings: scores.map { kind, unclamped in
                Assessment.Reading(
                    kind: kind, score: unclamped.map(FactorFormulas.clamp),
                    decision: decide(kind, unclamped, snapshot, hole: hole, circumstances: circumstances))
            })
    }

    private mutating func decide(
        _ kind: Opportunity.Kind, _ unclamped: Double?, _ snapshot: FactorSnapshot, hole: Span,
        circumstances: Circumstances?
    ) -> Assessment.Decision {
        guard let unclamped else { return .quiet(.unknown) }
        guard abs(unclamped) >= DecisionEngine.threshold else { return .quiet(.weak) }
        let side: Opportunity.Side = unclamped > 0 ? .buy : .sell
        let objection = veto(kind, side, snapshot, hole: hole)
        standing[kind, default: StandingSides()][side] = snapshot.at
        if let objection { return .quiet(objection) }

        let found = opportunity(kind, side, unclamped, snapshot)
        record.add(
            at: snapshot.at, kind: kind, side: side, magnitude: abs(unclamped), price: snapshot.close,
            dueAt: snapshot.at + found.outlook.end)
        if let circumstances, let objection = veto(of: circumstances, at: snapshot.at) { return .quiet(objection) }
        return .opportunity(found)
    }

    /// What the candles say against it.
    private func veto(
        _ kind: Opportunity.Kind, _ side: Opportunity.Side, _ snapshot: FactorSnapshot, hole: Span
    ) -> QuietReason? {
        let now = snapshot.at
        if hole > rules.staleAfter { return .staleData(age: hole) }
        if let turnover = snapshot.turnover24h, symbol.quote == nil, turnover < rules.turnoverFloor {
            return .thinVolume(turnover)
        }
        if let rsi = snapshot.rsi, side == .buy ? rsi > rules.highestRSI : rsi < 100 - rules.highestRSI {
            return .extremeRSI(rsi)
        }
        if let told = record.last(side == .buy ? .sell : .buy), now - told < rules.oppositeRest {
            return .oppositeSignal(told)
        }
        if let stood = standing[kind]?[side], now - stood < rules.sameSideRest { return .sameSide(stood) }
        return nil
    }

    /// What the moment says against it.
    private func veto(of circumstances: Circumstances, at time: Timestamp) -> QuietReason? {
        let age = circumstances.now - time
        if age > rules.staleAfter { return .staleData(age: age) }
        if let spread = circumstances.spread, spread > rules.widestSpread { return .wideSpread(spread) }
        return nil
    }

    private func opportunity(
        _ kind: Opportunity.Kind, _ side: Opportunity.Side, _ unclamped: Double, _ snapshot: FactorSnapshot
    ) -> Opportunity {
        let score = FactorFormulas.clamp(unclamped)
        let strength = record.strength(of: abs(unclamped), kind: kind)
        let outlook = Opportunity.Outlook(momentum: snapshot.momentum, trend: snapshot.trend)
        let expected = moveSize.expected(over: outlook)
        return Opportunity(
            symbol: symbol, kind: kind, side: side, score: score, strength: strength ?? abs(score),
            strengthIsProvisional: strength == nil, price: snapshot.close, at: snapshot.at, outlook: outlook,
            factors: snapshot.readings, reasons: Reasons.of(snapshot, kind: kind, side: side),
            riskLevel: snapshot.risk.map { 1 - $0 }, expectedMove: expected.move, moveRatio: expected.ratio,
            measured: record.outcome(kind: kind, side: side))
    }
}
