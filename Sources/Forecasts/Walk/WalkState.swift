import Foundation
import Market

/// What a walk has learned so far.
struct WalkState: Sendable {
    private(set) var tracks: [SymbolTrack]
    private(set) var volatility: VolatilityModel
    private(set) var direction: DirectionModels
    /// Past moves in units of the scales that were forecast for them, and their mirror images: the median is no change,
    /// and a trend of the past year is no promise for the next week.
    private(set) var pool = MovePool([])
    private(set) var trainedAt: Timestamp?
    private let settings: WalkSettings
    private let given: TrainedModel?
    private let year: Int
    /// Rows that ended before there was a scale for them.
    private var unscaled: [[Int]]
    private var trainedRows = 0
    private var refittedAt: Timestamp?
    private var hasAdopted = false

    init(
        tables: [FeatureTable], base: Timeframe, horizon: Timeframe, settings: WalkSettings, models: ForecastModels,
        given: TrainedModel? = nil
    ) {
        self.given = given
        self.settings = settings
        tracks = tables.map { SymbolTrack(table: $0, settings: settings) }
        volatility = VolatilityModel(base: base, horizon: horizon, settings: settings, name: models.volatility)
        direction = DirectionModels(width: DirectionInputs().names.count, models: models, settings: settings)
        unscaled = tables.map { _ in [] }
        year = Int(Span.days(365).milliseconds / base.span.milliseconds)
    }

    /// Takes in what became known by `monday`, refits what is due and refreshes the quantiles.
    mutating func learn(by monday: Timestamp) {
        for index in tracks.indices {
            let ended = tracks[index].takeEnded(by: monday)
            let table = tracks[index].table
            // The windows of the first day rest on too little.
            for row in ended where row >= 24 && !table.moves[row].isNaN {
                volatility.learn(table, row)
                if tracks[index].scales[row].isNaN {
                    unscaled[index].append(row)
                } else {
                    direction.learn(table.directionRow(row), move: table.moves[row], scale: tracks[index].scales[row])
                }
            }
        }
        guard volatility.count >= settings.neededRows * tracks.count || trainedAt != nil else { return }
        let isNewMonth = refittedAt.map { Self.month($0) != Self.month(monday) } ?? true
        let isGivenNow = !hasAdopted && given.map { $0.to <= monday } ?? false
        let isDue = isNewMonth || isGivenNow || volatility.count * 4 >= trainedRows * 5
        if isDue { refit(monday) }
        pool = scaledMoves()
        for index in tracks.indices { tracks[index].refreshYear() }
        let rows = tracks.map { $0.known(year) }
        direction.learnNaive(tracks, rows: rows)
        direction.weigh(tracks, rows: rows)
        if isDue { direction.calibrate(tracks, rows: rows) }
        direction.examine(tracks, rows: rows)
    }

    private func scaledMoves() -> MovePool {
        var moves: [Double] = []
        for track in tracks {
            for row in track.known(settings.poolLength) where !track.scales[row].isNaN {
                let move = track.table.moves[row] / track.scales[row]
                moves.append(move)
                moves.append(-move)
            }
        }
        return MovePool(moves)
    }

    private mutating func refit(_ monday: Timestamp) {
        if let given, given.to <= monday, volatility.adopt(given) {
            if !hasAdopted { rescale() }
            hasAdopted = true
            trainedAt = given.to
        } else {
            volatility.refit()
            trainedAt = monday
        }
        refittedAt = monday
        trainedRows = volatility.count
        for index in tracks.indices {
            let table = tracks[index].table
            for row in unscaled[index] {
                let scale = volatility.scale(table, row)
                tracks[index].scales[row] = scale
                direction.learn(table.directionRow(row), move: table.moves[row], scale: scale)
            }
            unscaled[index] = []
        }
        direction.refit()
    }

    /// Past moves in units of the model that is in force from now on: bands are quantiles of them times its scale, so a
    /// model that is wide of the other by a constant must not widen them.
    private mutating func rescale() {
        for index in tracks.indices {
            let table = tracks[index].table
            for row in tracks[index].scales.indices where !tracks[index].scales[row].isNaN {
                tracks[index].scales[row] = volatility.scale(table, row)
            }
        }
    }

    /// The regressions fitted on everything learned so far; `nil` where there are none.
    func fittedAnew() -> (regression: GammaRegression, spreads: GammaRegression?, count: Int, names: [String])? {
        var fresh = volatility
        fresh.refit()
        return fresh.variances.map { ($0, fresh.spreads, fresh.count, fresh.names) }
    }

    /// Forecasts of a symbol at the candles that close before `end`.
    mutating func forecast(symbol index: Int, before end: Timestamp) -> [ForecastStep] {
        var steps: [ForecastStep] = []
        let table = tracks[index].table
        while tracks[index].next < table.count, table.closeTimes[tracks[index].next] < end {
            let row = tracks[index].next
            tracks[index].next += 1
            // Other symbols may have taught the models; this one needs a week of its own, for the windows.
            guard trainedAt != nil, pool.count >= 100, row >= settings.neededRows / 4 else { continue }
            tracks[index].unfamiliar = volatility.unfamiliar(table, row)
            if tracks[index].unfamiliar == nil { steps.append(step(index, table, row)) }
        }
        return steps
    }

    private mutating func step(_ index: Int, _ table: FeatureTable, _ row: Int) -> ForecastStep {
        let scale = volatility.scale(table, row)
        tracks[index].scales[row] = scale
        let bands = tracks[index].bands(row, pool: pool, scale: scale)
        let up = opinion(index, table, row)
        let past = tracks[index].year
        let isTold = direction.isEarned && !up.isNaN && abs(up - 0.5) >= settings.leastLean
        return ForecastStep(
            at: table.closeTimes[row], price: table.closes[row], band50: bands.half, band90: bands.most,
            sigma: scale * pool.deviation, chances: Self.moves.map { pool.chance(ofMove: $0, scale: scale) },
            probabilityUp: isTold ? up : nil, unearnedUp: up.isNaN ? nil : up,
            weights: Dictionary(uniqueKeysWithValues: direction.weights.map { ($0.key.name, $0.value) }),
            trainedAt: trainedAt,
            constant50: PriceBand(low: past.quantile(0.25), high: past.quantile(0.75)),
            constant90: PriceBand(low: past.quantile(0.05), high: past.quantile(0.95)),
            constantChances: Self.moves.map { past.chance(ofMove: $0, scale: 1) },
            variance: volatility.variance(table, row), ewmaVariance: table.ewmaVariances[row],
            constantVariance: table.constantVariances[row],
            outcome: table.moves[row].isNaN ? nil : table.moves[row],
            realized: table.realized[row].isNaN ? nil : table.realized[row])
    }

    private mutating func opinion(_ index: Int, _ table: FeatureTable, _ row: Int) -> Double {
        let inputs = table.directionRow(row)
        for voice in DirectionModels.Voice.allCases {
            tracks[index].opinions[voice.rawValue][row] = direction.opinion(voice, inputs, at: table.closeTimes[row])
        }
        let joint = direction.joint { tracks[index].opinions[$0.rawValue][row] }
        tracks[index].joint[row] = joint
        tracks[index].calibrated[row] = direction.calibrated(joint)
        return tracks[index].calibrated[row]
    }

    /// Moves whose chance is told, as fractions of the price.
    static let moves = [0.01, 0.02, 0.05]

    /// Months since year 0.
    private static func month(_ time: Timestamp) -> Int {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let parts = calendar.dateComponents([.year, .month], from: time.date)
        return (parts.year ?? 0) * 12 + (parts.month ?? 0)
    }
}
