import Foundation
import Market

/// Interval of a mean over forecasts that depend on each other: whole weeks are drawn, not single ones.
struct BlockBootstrap: Sendable {
    private var sums: [Int64: (value: Double, count: Double)] = [:]

    mutating func add(_ value: Double, at time: Timestamp) {
        let week = time.milliseconds / 604_800_000
        var block = sums[week] ?? (0, 0)
        block.value += value
        block.count += 1
        sums[week] = block
    }

    /// 95% interval by 2,000 draws, the same in every run; `nil` for fewer than ten weeks.
    func interval() -> MeanInterval? {
        guard sums.count >= 10 else { return nil }
        let blocks = sums.sorted { $0.key < $1.key }.map(\.value)
        var state: UInt64 = 0x5_DEEC_E66D
        // Marsaglia's xorshift64: draws must be even-handed and repeatable, no more.
        func draw() -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(blocks.count))
        }
        let means = (0..<2_000).map { _ -> Double in
            var (value, count) = (0.0, 0.0)
            for _ in blocks {
                let block = blocks[draw()]
                value += block.value
                count += block.count
            }
            return value / count
        }.sorted()
        let total = blocks.reduce((0.0, 0.0)) { ($0.0 + $1.value, $0.1 + $1.count) }
        return MeanInterval(mean: total.0 / total.1, low: means[50], high: means[1949])
    }
}

/// A mean and its 95% interval.
package struct MeanInterval: Hashable, Sendable, Codable {
    package var mean: Double
    package var low: Double
    package var high: Double
}
