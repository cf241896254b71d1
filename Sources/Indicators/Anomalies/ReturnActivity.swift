import Foundation

/// How lively returns are, in units of what is usual at their hour: fading means over half a day and over a week.
struct ReturnActivity: Sendable {
    private let fastWeight: Double
    private let slowWeight: Double
    private var fast = 1.0
    private var slow = 1.0

    init(candlesPerHour: Int) {
        fastWeight = 1 / (12 * Double(candlesPerHour))
        slowWeight = 1 / (168 * Double(candlesPerHour))
    }

    /// One return counts for no more than six usual ones, so that a shock does not hide the next.
    mutating func add(_ size: Double) {
        let size = min(size, 6)
        fast += (size - fast) * fastWeight
        slow += (size - slow) * slowWeight
    }

    /// What a return is measured by: the mean of the fast one, within a half and three times the usual.
    var level: Double { min(3, max(0.5, fast)) }

    /// Natural logarithm of fast over slow: above 0 livelier than in the week before.
    var shift: Double { (max(fast, 0.05) / max(slow, 0.05)).logarithm }
}

/// Page's cumulative sum of scores, both ways: what lies beyond a quarter of a usual return adds up, what does not wears
/// off. The larger of the two, with its sign.
struct DriftSum: Sendable {
    private static let slack = 0.25
    private var up = 0.0
    private var down = 0.0

    /// One score counts for at most three: a jump is no drift.
    mutating func add(_ score: Double) -> Double {
        let score = min(3, max(-3, score))
        up = max(0, up + score - DriftSum.slack)
        down = max(0, down - score - DriftSum.slack)
        return up >= down ? up : -down
    }
}

extension Double {
    /// Natural logarithm.
    var logarithm: Double { Foundation.log(self) }
}
