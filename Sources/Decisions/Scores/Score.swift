package import Forecasts
package import Market

/// What is looked at again once its horizon has passed.
package enum ScoreKind: String, Hashable, Sendable, CaseIterable { case forecast, opportunity, firing }

/// Something that was said and is not scored yet, as a store keeps it. Prices in the quote asset.
package struct OpenScore: Hashable, Sendable {
    package var id: Int64
    package var kind: ScoreKind
    package var symbol: Symbol
    package var issuedAt: Timestamp
    /// When it is judged: the end of the horizon, of the outlook, or 1 h, 24 h, 7 d after a firing.
    package var dueAt: Timestamp
    package var price: Double
    /// The side of an opportunity; `nil` for what called none, whose moves count as they are.
    package var side: Opportunity.Side?
    package var median: Double?
    package var band50: PriceBand?
    package var band90: PriceBand?
    package var probabilityUp: Double?

    package init(
        id: Int64, kind: ScoreKind, symbol: Symbol, issuedAt: Timestamp, dueAt: Timestamp, price: Double,
        side: Opportunity.Side? = nil, median: Double? = nil, band50: PriceBand? = nil, band90: PriceBand? = nil,
        probabilityUp: Double? = nil
    ) {
        self.id = id
        self.kind = kind
        self.symbol = symbol
        self.issuedAt = issuedAt
        self.dueAt = dueAt
        self.price = price
        self.side = side
        self.median = median
        self.band50 = band50
        self.band90 = band90
        self.probabilityUp = probabilityUp
    }
}

/// How it turned out. Moves and errors are fractions of the price at the issue.
package struct Score: Hashable, Sendable {
    package var outcome: Double
    /// Outcome over price − 1; of an opportunity in the called direction.
    package var move: Double
    /// It went the called way; of a forecast, the side that its probability leaned to. `nil` where no side was called
    /// or the price did not change.
    package var hit: Bool?
    package var held50: Bool?
    package var held90: Bool?
    /// (p − came)² of the probability of up.
    package var brier: Double?
    /// Distance of median and outcome.
    package var error: Double?
    /// Weighted interval score (Bracher and others 2021) of median and both bands; lower is better.
    package var intervalScore: Double?
    package var base = Base()

    /// The same of somebody who knows nothing but how such moves went in the trailing year, with no change as median.
    package struct Base: Hashable, Sendable {
        /// Share of the year's moves that went the called way (up, where none was called).
        package var rate: Double?
        /// Median of the year's moves in the called direction.
        package var median: Double?
        package var held50: Bool?
        package var held90: Bool?
        package var brier: Double?
        /// Distance of no change and outcome.
        package var error: Double?
        package var intervalScore: Double?

        package init() {}
    }

    /// - Parameter baseline: moves over the same span in the year before the issue; `nil` where too little is stored.
    package init(_ open: OpenScore, outcome: Double, baseline: MoveBaseline?) {
        self.outcome = outcome
        let raw = outcome / open.price - 1
        let direction: Double = open.side == .sell ? -1 : 1
        move = direction * raw
        base.rate = baseline.map { open.side == .sell ? $0.down : $0.up }
        base.median = baseline.map { direction * $0.median }
        switch open.kind {
        case .opportunity: hit = move > 0
        case .firing: hit = raw > 0
        case .forecast: judgeForecast(open, raw, baseline)
        }
    }

    private mutating func judgeForecast(_ open: OpenScore, _ raw: Double, _ baseline: MoveBaseline?) {
        if raw != 0 {
            let came: Double = raw > 0 ? 1 : 0
            if let p = open.probabilityUp {
                brier = (p - came) * (p - came)
                if p != 0.5 { hit = (p > 0.5) == (raw > 0) }
            }
            base.brier = baseline.map { ($0.up - came) * ($0.up - came) }
        }
        func relative(_ band: PriceBand) -> PriceBand {
            PriceBand(low: band.low / open.price - 1, high: band.high / open.price - 1)
        }
        error = open.median.map { abs(raw - ($0 / open.price - 1)) }
        base.error = abs(raw)
        held50 = open.band50.map { $0.contains(outcome) }
        held90 = open.band90.map { $0.contains(outcome) }
        if let error, let band50 = open.band50, let band90 = open.band90 {
            intervalScore = Score.interval(error, relative(band50), relative(band90), raw)
        }
        if let baseline {
            base.held50 = baseline.band50.contains(raw)
            base.held90 = baseline.band90.contains(raw)
            base.intervalScore = Score.interval(abs(raw), baseline.band50, baseline.band90, raw)
        }
    }

    private static func interval(_ error: Double, _ band50: PriceBand, _ band90: PriceBand, _ move: Double) -> Double {
        error / 2 + band50.intervalScore(move, missing: 0.5) / 4 + band90.intervalScore(move, missing: 0.1) / 20
    }
}

/// What became of looking at something that was due.
package enum ScoreVerdict: Hashable, Sendable {
    case scored(Score)
    /// `no_price` at the issue, or `no_candle` at the horizon.
    case unscorable(reason: String)
    /// No candle yet: it is looked at again then.
    case waiting(until: Timestamp)
}
