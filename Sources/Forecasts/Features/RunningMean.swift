/// Exponentially weighted mean. While few values came their plain mean stands in: the weight of the newest is never
/// under 1/n.
struct RunningMean: Sendable {
    private let weight: Double
    private var count = 0.0
    private(set) var value = 0.0

    /// A span of n weighs as an n-value average does: the newest has 2/(n + 1).
    init(span: Double) { weight = 2 / (span + 1) }

    mutating func add(_ next: Double) {
        count += 1
        value += max(weight, 1 / count) * (next - value)
    }
}
