/// A 95% interval of a median from order statistics: the interval between the r-th lowest and r-th highest value holds the
/// true median unless fewer than r of n fair coins fall on one side; r is the largest for which that chance is at most
/// 2.5% a side.
enum MedianInterval {
    /// - Parameter sorted: lowest first, at least one.
    static func of(_ sorted: [Double]) -> (low: Double, high: Double) {
        let rank = rank(sorted.count)
        return (sorted[rank - 1], sorted[sorted.count - rank])
    }

    /// Largest r with P(X < r) ≤ 0.025 for X ~ Binomial(n, ½); at least 1.
    static func rank(_ n: Int) -> Int {
        // Beyond, 2^−n is no longer a double; the normal limit is exact enough there.
        if n > 1_000 { return Int(Double(n) / 2 - 0.98 * Double(n).squareRoot()) }
        var term = 1.0
        for _ in 0..<n { term /= 2 }
        var below = 0.0
        var rank = 0
        while below + term <= 0.025 {
            below += term
            rank += 1
            term *= Double(n - rank + 1) / Double(rank)
        }
        return max(1, rank)
    }
}
