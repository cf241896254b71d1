/// The share of outcomes that a band is meant to miss, corrected slowly by what it did miss (adaptive conformal
/// inference, Gibbs and Candès 2021): after a miss the band is made for fewer misses, after a hit for more.
///
/// The step is small on purpose. A large one gives bands that look right on the whole and are wide and blind to the
/// regime.
struct AdaptiveLevel: Hashable, Sendable, Codable {
    let target: Double
    let step: Double
    private(set) var value: Double

    init(target: Double, step: Double) {
        self.target = target
        self.step = step
        value = target
    }

    mutating func settle(missed: Bool) {
        value += step * (target - (missed ? 1 : 0))
        value = min(max(value, target * 0.4), min(0.95, target * 1.8))
    }
}
