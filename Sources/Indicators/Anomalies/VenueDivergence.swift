package import Market

/// Prices of the same thing on two venues that stand further apart than they usually do.
///
/// The logarithm of their ratio is measured from its median by its median distance over the latest observations, at
/// least by `floor`; two in a row must pass the threshold, which past scores set.
package struct VenueDivergence: Sendable {
    private static let capacity = 720
    /// Observations before there is a first score.
    package static let minimum = 60
    private static let silence = Span.hours(12)

    private let floor: Double
    private var ratios: [Double] = []
    private var next = 0
    private var usual: (centre: Double, spread: Double)?
    private var age = 0
    private var beyond = 0
    private var threshold: CalibratedThreshold
    private var quietUntil: Timestamp?

    /// `floor` is the smallest spread that counts, as a share of the price: 0.0002 is two basis points.
    package init(settings: AnomalySettings = AnomalySettings(), floor: Double = 0.0002) {
        self.floor = floor
        threshold = CalibratedThreshold(perWeek: settings.share(of: .divergence), lowest: 5, initial: 12)
    }

    /// Two prices of the same time, both above 0.
    package mutating func observe(_ first: Double, _ second: Double, at time: Timestamp) -> Anomaly? {
        let ratio = (first / second).logarithm
        defer { keep(ratio) }
        guard ratio.isFinite, let usual else { return nil }
        let score = (ratio - usual.centre) / max(floor, usual.spread * Robust.toDeviation)
        let limit = threshold.value
        threshold.add(abs(score), at: time)
        beyond = abs(score) > limit ? beyond + 1 : 0
        guard beyond >= 2, quietUntil.map({ $0 <= time }) ?? true else { return nil }
        quietUntil = time + VenueDivergence.silence
        return Anomaly(kind: .divergence, at: time, score: score, threshold: limit)
    }

    private mutating func keep(_ ratio: Double) {
        guard ratio.isFinite else { return }
        if ratios.count < VenueDivergence.capacity {
            ratios.append(ratio)
        } else {
            ratios[next] = ratio
            next = (next + 1) % VenueDivergence.capacity
        }
        age += 1
        // The median moves slowly: it is taken anew every thirtieth time.
        guard ratios.count >= VenueDivergence.minimum, usual == nil || age >= 30 else { return }
        age = 0
        let centre = Robust.median(ratios)
        usual = (centre, Robust.median(ratios.map { abs($0 - centre) }))
    }
}
