import Indicators
import Market

/// Something that may be seen at the close of a candle.
enum CandleEvent: Hashable, Sendable {
    case candles(CandlePattern, PatternName.Side)
    case chart(ChartPattern.Kind)
    case anomaly(Anomaly.Kind)

    var family: Family {
        switch self {
        case .candles: .candles
        case .chart: .charts
        case .anomaly: .anomalies
        }
    }

    /// What is looked for together.
    enum Family: Int, Hashable, Sendable, CaseIterable { case candles, charts, anomalies }
}

/// Patterns and anomalies of the closed candles of one timeframe; each family is looked for only while somebody reads it.
struct CandleEvents: Sendable {
    /// Candles before the first chart pattern can be told.
    private static let chartLeadIn = 15

    private let timeframe: Timeframe
    private var readers = [0, 0, 0]
    private var candles: CandlePatternStream?
    private var charts: ChartPatternStream?
    private var chartCount = 0
    private var shapes: Set<ChartPattern.Kind> = []
    private var anomalies: AnomalyDetector?
    private var raised: Set<Anomaly.Kind> = []

    init(_ timeframe: Timeframe) { self.timeframe = timeframe }

    /// True when it has seen no candle yet.
    mutating func read(_ family: CandleEvent.Family) -> Bool {
        readers[family.rawValue] += 1
        guard readers[family.rawValue] == 1 else { return false }
        begin(family)
        return true
    }

    mutating func release(_ family: CandleEvent.Family) {
        readers[family.rawValue] -= 1
        guard readers[family.rawValue] == 0 else { return }
        switch family {
        case .candles: candles = nil
        case .charts: charts = nil
        case .anomalies: anomalies = nil
        }
    }

    private mutating func begin(_ family: CandleEvent.Family) {
        switch family {
        case .candles: candles = CandlePatternStream()
        case .charts:
            charts = ChartPatternStream()
            chartCount = 0
            shapes = []
        case .anomalies:
            anomalies = AnomalyDetector(timeframe: timeframe)
            raised = []
        }
    }

    /// Forgets all candles.
    mutating func reset() {
        for family in CandleEvent.Family.allCases where readers[family.rawValue] > 0 { begin(family) }
    }

    mutating func update(_ candle: Candle) {
        candles?.update(candle)
        if charts != nil {
            chartCount += 1
            shapes = Set((charts?.update(candle) ?? []).map(\.kind))
        }
        if anomalies != nil { raised = Set((anomalies?.update(candle) ?? []).map(\.kind)) }
    }

    /// At the newest candle: 1, 0, or not a number while it cannot be told.
    func value(of event: CandleEvent) -> Double {
        switch event {
        case .candles(let pattern, let side):
            guard let value = candles?.value(pattern) else { return .nan }
            switch side {
            case .either: return value != 0 ? 1 : 0
            case .bullish: return value > 0 ? 1 : 0
            case .bearish: return value < 0 ? 1 : 0
            }
        case .chart(let kind): return chartCount > CandleEvents.chartLeadIn ? (shapes.contains(kind) ? 1 : 0) : .nan
        case .anomaly(let kind):
            if raised.contains(kind) { return 1 }
            return anomalies?.judged.contains(kind) == true ? 0 : .nan
        }
    }

    /// Candles that settle what is read.
    var historyNeeded: Int {
        var needed = 0
        if candles != nil { needed = 70 }
        if charts != nil { needed = 600 }
        // Half a year of daily extremes sets the thresholds, after weeks that say what is usual.
        if anomalies != nil {
            needed = Int(Span.days(250).milliseconds / max(timeframe, .m15).span.milliseconds)
        }
        return needed
    }
}
