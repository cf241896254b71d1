import Foundation
import Market

/// Walks over the candles and keeps the moves that had ended so far in order of size: a step enters one and drops one.
struct BandWalk: Sendable {
    struct Bands: Sendable {
        var band50: PriceBand
        var band90: PriceBand
        var sigma: Double
        var poolSize: Int
    }

    /// Moves that began at so many candles make the pool.
    private static let poolLength = 5_000

    private let moves: StandardizedMoves
    /// Rising.
    private var pool: [Double] = []
    private var sumOfSquares = 0.0
    private(set) var index: Int

    /// Stands at candle `first`, or the first one of all if that is negative.
    init(moves: StandardizedMoves, from first: Int) {
        self.moves = moves
        index = max(0, first)
        let newest = index - moves.steps
        if newest >= 0 {
            pool = moves.moves[max(0, newest - Self.poolLength + 1)...newest].filter { !$0.isNaN }
            pool.sort()
            sumOfSquares = pool.reduce(0) { $0 + $1 * $1 }
        }
    }

    mutating func advance() {
        index += 1
        let entering = index - moves.steps
        guard entering >= 0, entering < moves.moves.count else { return }
        let value = moves.moves[entering]
        if !value.isNaN {
            pool.insert(value, at: pool.firstIndex(notLessThan: value))
            sumOfSquares += value * value
        }
        let leaving = entering - Self.poolLength
        if leaving >= 0, !moves.moves[leaving].isNaN {
            let value = moves.moves[leaving]
            pool.remove(at: pool.firstIndex(notLessThan: value))
            sumOfSquares -= value * value
        }
    }

    /// `nil` without a pool.
    var bands: Bands? {
        guard !pool.isEmpty, index < moves.closes.count else { return nil }
        let price = moves.closes[index]
        let scale = self.scale
        func band(_ low: Double, _ high: Double) -> PriceBand {
            // The median is no change, so a band always holds it.
            PriceBand(
                low: price * exp(min(0, pool.quantile(low)) * scale),
                high: price * exp(max(0, pool.quantile(high)) * scale))
        }
        return Bands(
            band50: band(0.25, 0.75), band90: band(0.05, 0.95),
            sigma: scale * (max(0, sumOfSquares) / Double(pool.count)).squareRoot(), poolSize: pool.count)
    }

    /// Share of the pool that, at the deviation now, moves the price by at least this fraction, either way.
    func chance(ofMove move: Double) -> Double {
        guard !pool.isEmpty, scale > 0 else { return 0 }
        let up = pool.count - pool.firstIndex(notLessThan: log(1 + move) / scale)
        let down = pool.firstIndex(notLessThan: (log(1 - move) / scale).nextUp)
        return Double(up + down) / Double(pool.count)
    }

    /// Deviation of the log return over the horizon, before the pool corrects it.
    private var scale: Double { moves.deviations[index] * Double(moves.steps).squareRoot() }
}

extension [Double] {
    /// Of a rising array: where the first element stands that is not less than `value`, or the end.
    fileprivate func firstIndex(notLessThan value: Double) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Of a rising array that is not empty: the quantile, between neighbours in proportion.
    fileprivate func quantile(_ share: Double) -> Double {
        let position = share * Double(count - 1)
        let index = Int(position)
        guard index + 1 < count else { return self[count - 1] }
        return self[index] + (position - Double(index)) * (self[index + 1] - self[index])
    }
}
