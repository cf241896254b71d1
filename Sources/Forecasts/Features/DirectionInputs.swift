import Foundation
import Market

/// Inputs of the direction models at the close of a candle, each in deviations of such moves: what the price did over
/// several lengths, where in its range the candle closed, how much volume stood behind it, relative strength.
struct DirectionInputs: Sendable {
    private static let lengths = [1, 2, 3, 6, 12, 24, 72, 168]
    let names =
        ["constant"] + lengths.map { "move of \($0)" } + [
            "sign of the last move", "close in its range", "closes in their ranges", "move with volume",
            "relative strength",
        ]
    private(set) var row: [Double] = []
    private var ranges = RunningMean(span: 4)
    private var volume = RunningMean(span: 48)
    private var gains = RunningMean(span: 27)
    private var losses = RunningMean(span: 27)

    mutating func add(_ candle: Candle, logs: [Double], index: Int, variance: Double) {
        let deviation = variance.squareRoot()
        func move(_ length: Int) -> Double {
            guard index >= length else { return 0 }
            let change = logs[index] - logs[index - length]
            return max(-4, min(4, change / (deviation * Double(length).squareRoot())))
        }
        let last = move(1)
        let range = candle.high - candle.low
        let position = range > 0 ? 2 * (candle.close - candle.low) / range - 1 : 0
        ranges.add(position)
        volume.add(candle.volume)
        let change = index > 0 ? logs[index] - logs[index - 1] : 0
        gains.add(max(0, change))
        losses.add(max(0, -change))
        let sum = gains.value + losses.value
        row = [1] + Self.lengths.map(move)
        row.append(max(-0.5, min(0.5, last)))
        row.append(position)
        row.append(ranges.value)
        row.append(volume.value > 0 ? last * min(4, candle.volume / volume.value) / 2 : 0)
        row.append(sum > 0 ? 2 * (gains.value / sum - 0.5) : 0)
    }
}
