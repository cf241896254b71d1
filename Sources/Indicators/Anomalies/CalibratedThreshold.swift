import Market

/// The threshold that would have given so many alarms a week on the past.
///
/// The largest score of each of the latest days is kept; the threshold is the quantile of these that a day passes with
/// the wanted probability, taken anew each day from the days before it. Tails of prices are much heavier than any bell
/// curve, so nothing is assumed of them. Until enough days are known it is a fixed number of usual sizes.
struct CalibratedThreshold: Sendable {
    /// Days kept: half a year.
    private static let days = 182
    /// Days needed.
    private static let minimum = 28

    private let perDay: Double
    private let lowest: Double
    private let initial: Double
    private var maxima: [Double] = []
    private var today: Int64?
    private var best = 0.0
    private(set) var value: Double

    /// `initial` counts until enough is known, `lowest` always.
    init(perWeek: Double, lowest: Double, initial: Double) {
        perDay = min(0.99, perWeek / 7)
        self.lowest = lowest
        self.initial = initial
        value = initial
    }

    /// Takes the size of a score at a time that does not go back. The threshold of a day does not depend on its scores.
    mutating func add(_ size: Double, at time: Timestamp) {
        let day = time.milliseconds / 86_400_000
        if let today, day != today {
            maxima.append(best)
            if maxima.count > CalibratedThreshold.days { maxima.removeFirst() }
            best = 0
            settle()
        }
        today = day
        best = max(best, size)
    }

    private mutating func settle() {
        guard maxima.count >= CalibratedThreshold.minimum else { return }
        let ordered = maxima.sorted()
        // Between the two days around the rank; beyond the largest there is nothing to go by, so a quarter more.
        let rank = (1 - perDay) * Double(ordered.count + 1) - 1
        let below = Int(rank.rounded(.down))
        guard below + 1 < ordered.count else {
            value = max(lowest, ordered[ordered.count - 1] * 1.25)
            return
        }
        let lower = ordered[max(0, below)]
        value = max(lowest, lower + (rank - Double(below)) * (ordered[max(0, below) + 1] - lower))
    }
}

/// Says a state once: an alarm when the size passes the threshold, the next when it has been below half of it.
struct AlarmLatch: Sendable {
    private var isArmed = true

    mutating func passes(_ size: Double, _ threshold: Double) -> Bool {
        if size <= threshold / 2 { isArmed = true }
        guard isArmed, size > threshold else { return false }
        isArmed = false
        return true
    }
}
