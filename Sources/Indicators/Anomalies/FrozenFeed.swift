package import Market

/// Candles whose price stands still for longer than they do by themselves.
///
/// How often a candle repeats the last close without any range is learned with a fading memory of about two thousand
/// candles; a run is too long when one of its length comes by chance less often than the alarms allowed.
struct FrozenCandles: Sendable {
    private static let shortest = 3.0
    private let rare: Double
    private var share = 0.001
    private var run = 0

    init(candlesPerWeek: Double, alarmsPerWeek: Double) {
        rare = (max(2, candlesPerWeek / alarmsPerWeek)).logarithm
    }

    /// Length of run that is an alarm.
    var limit: Double { max(FrozenCandles.shortest, (rare / -share.logarithm).rounded(.up)) }

    /// The run's length at the candle at which it becomes too long, once a run.
    mutating func update(_ candle: Candle, previous: Candle) -> Int? {
        let stands = candle.high == candle.low && candle.close == previous.close
        let limit = limit
        run = stands ? run + 1 : 0
        // What an alarm is about does not teach what is usual.
        if Double(run) < limit { share = min(0.9, max(1e-4, share + ((stands ? 1 : 0) - share) / 2000)) }
        return Double(run) == limit ? run : nil
    }
}

/// A feed that sends nothing, or the same price again and again, by the wall clock.
package struct FrozenFeed: Sendable {
    private let silence: Span
    private let standstill: Span
    private var lastSeen: Timestamp?
    private var lastMoved: Timestamp?
    private var price: Double?
    private var isAlarmed = false

    /// Nothing at all for `silence`, or no change of price for `standstill`.
    package init(silence: Span, standstill: Span) {
        self.silence = silence
        self.standstill = standstill
    }

    /// A price came.
    package mutating func observe(_ price: Double, at time: Timestamp) {
        lastSeen = max(lastSeen ?? time, time)
        guard price != self.price else { return }
        self.price = price
        lastMoved = max(lastMoved ?? time, time)
        isAlarmed = false
    }

    /// Whether it is frozen at this time; said once until the price moves again.
    package mutating func check(at now: Timestamp) -> Anomaly? {
        guard !isAlarmed, let lastSeen, let lastMoved else { return nil }
        let quiet = Double((now - lastSeen).milliseconds) / Double(max(1, silence.milliseconds))
        let still = Double((now - lastMoved).milliseconds) / Double(max(1, standstill.milliseconds))
        guard quiet >= 1 || still >= 1 else { return nil }
        isAlarmed = true
        return Anomaly(kind: .frozen, at: now, score: max(quiet, still), threshold: 1)
    }
}
