import Foundation

/// Moves in order of size: their quantiles make bands, their shares chances.
struct MovePool: Hashable, Sendable, Codable {
    /// Rising.
    private(set) var sorted: [Double]
    /// Root of the mean square.
    private(set) var deviation: Double

    init(_ moves: [Double]) {
        sorted = moves.sorted()
        deviation =
            moves.isEmpty ? 0 : (moves.reduce(0) { $0 + $1 * $1 } / Double(moves.count)).squareRoot()
    }

    var count: Int { sorted.count }

    /// Quantile, between neighbours in proportion; 0 for an empty pool.
    func quantile(_ share: Double) -> Double {
        guard let last = sorted.last else { return 0 }
        let position = max(0, share) * Double(sorted.count - 1)
        let index = Int(position)
        guard index + 1 < sorted.count else { return last }
        return sorted[index] + (position - Double(index)) * (sorted[index + 1] - sorted[index])
    }

    /// Share of the moves that, times `scale`, change the price by at least this fraction, either way.
    func chance(ofMove move: Double, scale: Double) -> Double {
        guard !sorted.isEmpty, scale > 0 else { return 0 }
        let up = sorted.count - index(notLessThan: log(1 + move) / scale)
        let down = index(notLessThan: (log(1 - move) / scale).nextUp)
        return Double(up + down) / Double(sorted.count)
    }

    private func index(notLessThan value: Double) -> Int {
        var (low, high) = (0, sorted.count)
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The pool as so many quantiles, for keeping in a file.
    func thinned(to count: Int) -> MovePool {
        guard sorted.count > count else { return self }
        var thin = MovePool((0..<count).map { quantile((Double($0) + 0.5) / Double(count)) })
        thin.deviation = deviation
        return thin
    }
}
