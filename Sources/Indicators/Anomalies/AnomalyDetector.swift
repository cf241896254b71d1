package import Market

/// Anomalies of one symbol's closed candles, fed in order: price, volume, volatility, drift and frozen prices.
///
/// Every kind makes a score in units of what is usual at that hour of the week, and has a threshold that its own past
/// scores set, so that all kinds together raise about as many alarms a week as the settings allow. A candle is judged by
/// earlier ones only.
package struct AnomalyDetector: Sendable {
    package let settings: AnomalySettings
    private let timeframe: Timeframe
    private var returns: SeasonalBaseline
    private var volumes: SeasonalBaseline
    private var activity: ReturnActivity
    private var drift = DriftSum()
    private var frozen: FrozenCandles
    private var thresholds: [Anomaly.Kind: CalibratedThreshold]
    private var latches: [Anomaly.Kind: AlarmLatch] = [:]
    private var quietUntil: [Anomaly.Kind: Timestamp] = [:]
    private var previous: Candle?
    /// Kinds that the newest candle could be judged by; the others know too little of what is usual yet.
    package private(set) var judged: Set<Anomaly.Kind> = []
    private var alarms: [Timestamp] = []
    private var firstJudged: Timestamp?

    /// After an alarm its kind is silent for so long: one event is one alarm.
    private static let silence = Span.hours(12)

    package init(timeframe: Timeframe, settings: AnomalySettings = AnomalySettings()) {
        self.timeframe = timeframe
        self.settings = settings
        let perHour = max(1, Int(Timeframe.h1.span.milliseconds / timeframe.span.milliseconds))
        returns = SeasonalBaseline(candlesPerHour: perHour)
        volumes = SeasonalBaseline(candlesPerHour: perHour)
        activity = ReturnActivity(candlesPerHour: perHour)
        frozen = FrozenCandles(
            candlesPerWeek: Double(Span.days(7).milliseconds / timeframe.span.milliseconds),
            alarmsPerWeek: settings.share(of: .frozen))
        func threshold(_ kind: Anomaly.Kind, lowest: Double, initial: Double) -> CalibratedThreshold {
            CalibratedThreshold(perWeek: settings.share(of: kind), lowest: lowest, initial: initial)
        }
        thresholds = [
            .price: threshold(.price, lowest: 3, initial: 10), .volume: threshold(.volume, lowest: 3, initial: 8),
            .volatility: threshold(.volatility, lowest: 0.3, initial: 1.2),
            .drift: threshold(.drift, lowest: 4, initial: 25),
        ]
    }

    /// What a score of this kind must pass now; `nil` for kinds that are not judged on candles by a score.
    package func threshold(of kind: Anomaly.Kind) -> Double? { thresholds[kind]?.value }

    /// Alarms a week over the last eight weeks, or since the first that could be judged; `nil` in the first week. On a
    /// market without events this is the rate of false ones.
    package var alarmsPerWeek: Double? {
        guard let firstJudged, let previous else { return nil }
        let from = max(firstJudged, previous.openTime - .days(56))
        let weeks = Double((previous.openTime - from).milliseconds) / Double(Span.days(7).milliseconds)
        guard weeks >= 1 else { return nil }
        return Double(alarms.count { $0 > from }) / weeks
    }

    /// Takes the next closed candle; what is wrong with it.
    package mutating func update(_ candle: Candle) -> [Anomaly] {
        defer { previous = candle }
        guard let previous, candle.openTime > previous.openTime else { return [] }
        judged = [.frozen]
        let time = candle.openTime
        var found: [Anomaly] = []
        if let length = frozen.update(candle, previous: previous) {
            found.append(Anomaly(kind: .frozen, at: time, score: Double(length), threshold: frozen.limit))
        }
        // Over a gap a return is of more than one candle: of the size its square root says.
        let gap = Double((time - previous.openTime).milliseconds) / Double(timeframe.span.milliseconds)
        let change = (candle.close / previous.close).logarithm / max(1, gap).squareRoot()
        if let usual = returns.usual(at: time), usual.spread > 0 || usual.centre > 0 {
            if firstJudged == nil { firstJudged = time }
            judged.formUnion([.price, .volatility, .drift])
            let scale = max(usual.centre, 1e-9)
            let level = activity.level
            let score = change / (scale * level * Robust.toDeviation)
            judge(.price, score, at: time, &found)
            activity.add(abs(change) / scale)
            judge(.volatility, activity.shift, at: time, &found, isState: true)
            let lean = drift.add(score)
            if judge(.drift, lean, at: time, &found) { drift = DriftSum() }
        }
        returns.add(abs(change), at: time)
        let volume = (1 + candle.volume).logarithm
        if let usual = volumes.usual(at: time), usual.spread > 0 {
            judged.insert(.volume)
            judge(.volume, max(0, volume - usual.centre) / (Robust.toDeviation * usual.spread), at: time, &found)
        }
        volumes.add(volume, at: time)
        alarms += found.map(\.at)
        alarms.removeAll { $0 < time - .days(56) }
        return found
    }

    /// `isState`: alarms when it begins, not while it lasts.
    @discardableResult
    private mutating func judge(
        _ kind: Anomaly.Kind, _ score: Double, at time: Timestamp, _ found: inout [Anomaly], isState: Bool = false
    ) -> Bool {
        let size = abs(score)
        guard let threshold = thresholds[kind]?.value else { return false }
        thresholds[kind]?.add(size, at: time)
        let passes = isState ? latches[kind, default: AlarmLatch()].passes(size, threshold) : size > threshold
        guard passes, quietUntil[kind].map({ $0 <= time }) ?? true else { return false }
        quietUntil[kind] = time + AnomalyDetector.silence
        found.append(Anomaly(kind: kind, at: time, score: score, threshold: threshold))
        return true
    }
}
