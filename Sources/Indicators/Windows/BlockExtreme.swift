/// Highest or lowest of the latest n numbers, without asking which of them it is.
///
/// Numbers come in blocks of n. `suffixes` holds, for the block before, the extreme from each place to its end; `prefix`
/// the extreme of the block that is filling. A window is the tail of one and all of the other. No step depends on how
/// the numbers lie, so no branch is guessed wrong.
struct BlockExtreme: Sendable {
    private let sign: Double
    private let count: Int
    /// Numbers times `sign`.
    private var block: [Double]
    /// One more than a block: the last is worse than any number.
    private var suffixes: [Double]
    private var filled = 0
    private var prefix = -Double.infinity
    private var seen = 0
    private var latest = 0.0

    init(_ kind: Extreme.Kind, of count: Int) {
        sign = kind.rawValue
        self.count = count
        block = [Double](repeating: 0, count: count)
        suffixes = [Double](repeating: -.infinity, count: count + 1)
    }

    mutating func push(_ value: Double) {
        let value = value * sign
        block[filled] = value
        filled += 1
        prefix = value > prefix ? value : prefix
        let tail = suffixes[filled]
        latest = tail > prefix ? tail : prefix
        if seen < count { seen += 1 }
        guard filled == count else { return }
        var best = -Double.infinity
        for index in stride(from: count - 1, through: 0, by: -1) {
            let number = block[index]
            best = number > best ? number : best
            suffixes[index] = best
        }
        filled = 0
        prefix = -.infinity
    }

    /// `nil` until n numbers came.
    var value: Double? { seen == count ? latest * sign : nil }
}
