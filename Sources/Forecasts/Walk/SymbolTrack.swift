import Foundation
import Market

/// Where a walk stands with one symbol.
struct SymbolTrack: Sendable {
    let table: FeatureTable
    /// First row whose outcome was not yet known, and first row not yet forecast.
    private(set) var ended = 0
    var next = 0
    /// Name of the input for which the latest candle got no forecast.
    var unfamiliar: String?
    /// Scale of each row's move, from the model that stood when it was forecast; not a number before the first model.
    var scales: [Double]
    /// Probabilities of up that each direction model gave, model by model; not a number where it gave none.
    var opinions: [[Double]]
    /// Of all that vote together, before and after calibration.
    var joint: [Double]
    var calibrated: [Double]
    private var level50: AdaptiveLevel
    private var level90: AdaptiveLevel
    private var issued50: [ClosedRange<Double>?]
    private var issued90: [ClosedRange<Double>?]
    private(set) var year = MovePool([])

    init(table: FeatureTable, settings: WalkSettings) {
        self.table = table
        let unknown = Array(repeating: Double.nan, count: table.count)
        scales = unknown
        opinions = Array(repeating: unknown, count: DirectionModels.Voice.allCases.count)
        joint = unknown
        calibrated = unknown
        level50 = AdaptiveLevel(target: 0.5, step: settings.adaptiveStep)
        level90 = AdaptiveLevel(target: 0.1, step: settings.adaptiveStep)
        issued50 = Array(repeating: nil, count: table.count)
        issued90 = issued50
    }

    /// Rows whose outcome became known by `time`, and had not been taken before.
    mutating func takeEnded(by time: Timestamp) -> Range<Int> {
        let first = ended
        while ended < table.count, table.endTime(ended) <= time { ended += 1 }
        return first..<ended
    }

    /// Usable rows among the latest `length` that have ended.
    func known(_ length: Int) -> [Int] {
        (max(0, ended - length)..<ended).filter { !table.moves[$0].isNaN }
    }

    mutating func refreshYear() {
        let length = Int(Span.days(365).milliseconds / table.base.span.milliseconds)
        year = MovePool(known(length).map { table.moves[$0] })
    }

    /// Bands at a row, with the correction by what had ended; remembers them for the next correction.
    mutating func bands(_ row: Int, pool: MovePool, scale: Double) -> (half: PriceBand, most: PriceBand) {
        let before = row - table.steps
        if before >= 0, !table.moves[before].isNaN, let half = issued50[before], let most = issued90[before] {
            level50.settle(missed: !half.contains(table.moves[before]))
            level90.settle(missed: !most.contains(table.moves[before]))
        }
        func band(_ level: AdaptiveLevel) -> ClosedRange<Double> {
            // The median is no change, so a band always holds it.
            min(0, pool.quantile(level.value / 2) * scale)...max(0, pool.quantile(1 - level.value / 2) * scale)
        }
        let (half, most) = (band(level50), band(level90))
        issued50[row] = half
        issued90[row] = most
        return (
            PriceBand(low: half.lowerBound, high: half.upperBound),
            PriceBand(low: most.lowerBound, high: most.upperBound)
        )
    }
}
