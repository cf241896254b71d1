import Foundation
import Market

/// Moves over a horizon, each divided by the deviation that was known when it began.
struct StandardizedMoves: Sendable {
    /// Candles a horizon.
    let steps: Int
    let closes: [Double]
    /// Deviation of the log return of one step, known at the candle's close.
    let deviations: [Double]
    /// The move that begins at the candle's close, standardized; not a number where it has not ended, a candle is
    /// missing on the way, or nothing had ever moved.
    let moves: [Double]
    /// How many of the moves before the index are usable.
    private let usableBefore: [Int]

    init(candles: [Candle], base: Timeframe, horizon: Timeframe) {
        let steps = max(1, Int(horizon.span.milliseconds / base.span.milliseconds))
        let length = base.span.milliseconds
        let logs = candles.map { log($0.close) }
        let halfLife = base == .d1 ? 15.0 : 36
        let decay = pow(0.5, 1 / halfLife)
        var deviations: [Double] = []
        deviations.reserveCapacity(candles.count)
        // While few returns came, their plain mean stands in: the weight of the newest is never under 1/n.
        var variance = 0.0
        for index in candles.indices {
            if index > 0 {
                let elapsed = candles[index].openTime.milliseconds - candles[index - 1].openTime.milliseconds
                let change = logs[index] - logs[index - 1]
                // Over a hole the variance is spread over the steps that it spans.
                let squared = change * change * Double(length) / Double(max(length, elapsed))
                variance += max(1 - decay, 1 / Double(index)) * (squared - variance)
            }
            deviations.append(variance.squareRoot())
        }
        let root = Double(steps).squareRoot()
        let span = length * Int64(steps)
        var usable = 0
        var usableBefore: [Int] = []
        usableBefore.reserveCapacity(candles.count + 1)
        let moves = candles.indices.map { index -> Double in
            usableBefore.append(usable)
            // The first deviations rest on too few returns.
            guard index >= 30, index + steps < candles.count, deviations[index] > 0,
                candles[index + steps].openTime.milliseconds - candles[index].openTime.milliseconds == span
            else { return .nan }
            usable += 1
            return (logs[index + steps] - logs[index]) / (deviations[index] * root)
        }
        usableBefore.append(usable)
        self.steps = steps
        self.closes = candles.map(\.close)
        self.deviations = deviations
        self.moves = moves
        self.usableBefore = usableBefore
    }

    /// How many usable moves had ended at this candle's close.
    func usable(at index: Int) -> Int { index >= steps ? usableBefore[index - steps + 1] : 0 }

    /// Whether the move that begins at `index` is usable and had ended at `last`.
    func hasEnded(_ index: Int, by last: Int) -> Bool { index >= 0 && index + steps <= last && !moves[index].isNaN }
}
