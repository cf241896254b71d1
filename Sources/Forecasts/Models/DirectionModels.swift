import Foundation
import Market

/// The models of direction and the naive forecasts that they must beat.
struct DirectionModels: Sendable {
    /// Who says something about direction. The naive ones never vote: they are the measure.
    enum Voice: Int, CaseIterable, Sendable {
        case ridge, logistic, drift, seasonal

        var name: String { "\(self)" }
        static let learned: [Voice] = [.ridge, .logistic]
        static let naive: [Voice] = [.drift, .seasonal]
    }

    private(set) var ridge: RidgeRegression?
    private(set) var logistic: LogisticRegression?
    private(set) var drift = 0.5
    /// Share of ups by hour of the week.
    private(set) var season: [Double] = Array(repeating: 0.5, count: 168)
    private(set) var weights: [Voice: Double] = [:]
    private(set) var platt: PlattScaling?
    private(set) var isEarned = false
    private var moves: TrainingSet
    private var signs: TrainingSet
    private let voters: [Voice]
    private let settings: WalkSettings

    init(width: Int, models: ForecastModels, settings: WalkSettings) {
        self.settings = settings
        moves = TrainingSet(width: width)
        signs = TrainingSet(width: width)
        voters = Voice.learned.filter { voice in models.names.contains { $0.rawValue == voice.name } }
    }

    /// A row whose outcome became known. A price that did not change is no lesson about direction.
    mutating func learn(_ row: ArraySlice<Double>, move: Double, scale: Double) {
        guard move != 0, !voters.isEmpty else { return }
        if voters.contains(.ridge) { moves.append(row, outcome: max(-4, min(4, move / scale))) }
        if voters.contains(.logistic) { signs.append(row, outcome: move > 0 ? 1 : 0) }
    }

    mutating func refit() {
        ridge = RidgeRegression.fit(moves, ridge: settings.directionRidge) ?? ridge
        logistic =
            LogisticRegression.fit(signs, from: logistic?.coefficients, ridge: settings.directionRidge) ?? logistic
    }

    /// Shares of ups in the trailing year, on the whole and by hour of the week.
    mutating func learnNaive(_ tracks: [SymbolTrack], rows: [[Int]]) {
        var (ups, count) = (0.0, 0.0)
        // A thousand rows of a coin toss stand before the first, 50 for an hour of the week.
        var (upsAt, countAt) = (Array(repeating: 25.0, count: 168), Array(repeating: 50.0, count: 168))
        for (track, rows) in zip(tracks, rows) {
            for row in rows where track.table.moves[row] != 0 {
                let up: Double = track.table.moves[row] > 0 ? 1 : 0
                let hour = Self.hourOfWeek(track.table.closeTimes[row])
                ups += up
                count += 1
                upsAt[hour] += up
                countAt[hour] += 1
            }
        }
        drift = (ups + 500) / (count + 1_000)
        season = zip(upsAt, countAt).map { $0 / $1 }
    }

    func opinion(_ voice: Voice, _ row: ArraySlice<Double>, at time: Timestamp) -> Double {
        switch voice {
        case .ridge: ridge.map { 0.5 * erfc(-$0.value(row) / 2.0.squareRoot()) } ?? .nan
        case .logistic: logistic?.probability(row) ?? .nan
        case .drift: drift
        case .seasonal: season[Self.hourOfWeek(time)]
        }
    }

    /// What the voters say together; not a number when none votes.
    func joint(_ opinions: (Voice) -> Double) -> Double {
        guard !weights.isEmpty else { return .nan }
        return weights.reduce(0) { $0 + $1.value * opinions($1.key) }
    }

    func calibrated(_ joint: Double) -> Double { joint.isNaN ? .nan : platt?.calibrated(joint) ?? .nan }

    /// Weights from the Brier losses of the trailing year: who loses to a naive forecast (a coin toss, the drift, the
    /// hour of the week) gets none, the others in proportion to what they gain on it.
    mutating func weigh(_ tracks: [SymbolTrack], rows: [[Int]]) {
        var losses = Array(repeating: 0.0, count: Voice.allCases.count)
        var (coin, count) = (0.0, 0.0)
        for (track, rows) in zip(tracks, rows) {
            for row in rows where track.table.moves[row] != 0 {
                let up: Double = track.table.moves[row] > 0 ? 1 : 0
                guard voters.allSatisfy({ !track.opinions[$0.rawValue][row].isNaN }) else { continue }
                for voice in Voice.allCases where voters.contains(voice) || Voice.naive.contains(voice) {
                    let miss = track.opinions[voice.rawValue][row] - up
                    losses[voice.rawValue] += miss * miss
                }
                coin += 0.25
                count += 1
            }
        }
        weights = [:]
        guard count >= 1_000 else { return }
        let naive = min(coin, losses[Voice.drift.rawValue], losses[Voice.seasonal.rawValue])
        let gains = voters.map { ($0, max(0, naive - losses[$0.rawValue])) }
        let sum = gains.reduce(0) { $0 + $1.1 }
        guard sum > 0 else { return }
        for (voice, gain) in gains where gain > 0 { weights[voice] = gain / sum }
    }

    mutating func calibrate(_ tracks: [SymbolTrack], rows: [[Int]]) {
        var (probabilities, outcomes): ([Double], [Double]) = ([], [])
        for (track, rows) in zip(tracks, rows) {
            for row in rows where track.table.moves[row] != 0 && !track.joint[row].isNaN {
                probabilities.append(track.joint[row])
                outcomes.append(track.table.moves[row] > 0 ? 1 : 0)
            }
        }
        platt =
            probabilities.count >= 1_000
            ? PlattScaling.fit(probabilities: probabilities, outcomes: outcomes, ridge: settings.directionRidge / 16)
            : nil
    }

    /// Whether what would have been said in the trailing year beat a coin toss, in hits and in Brier score, each by more
    /// than chance: over weeks as blocks the mean gain is several of its deviations above 0.
    mutating func examine(_ tracks: [SymbolTrack], rows: [[Int]]) {
        var blocks: [Int64: (brier: Double, hits: Double, count: Double)] = [:]
        for (track, rows) in zip(tracks, rows) {
            for row in rows where track.table.moves[row] != 0 && !track.calibrated[row].isNaN {
                let up: Double = track.table.moves[row] > 0 ? 1 : 0
                let p = track.calibrated[row]
                var block = blocks[track.table.closeTimes[row].milliseconds / 604_800_000] ?? (0, 0, 0)
                block.brier += 0.25 - (p - up) * (p - up)
                block.hits += (p > 0.5) == (up > 0.5) ? 0.5 : -0.5
                block.count += 1
                blocks[track.table.closeTimes[row].milliseconds / 604_800_000] = block
            }
        }
        // In order, so that sums come out the same in every run.
        let weeks = blocks.sorted { $0.key < $1.key }.map(\.value)
        isEarned =
            settings.mayTell && weeks.count >= settings.neededWeeks
            && exceedsChance(weeks.map { ($0.brier, $0.count) })
            && exceedsChance(weeks.map { ($0.hits, $0.count) })
    }

    private func exceedsChance(_ blocks: [(sum: Double, count: Double)]) -> Bool {
        let count = blocks.reduce(0) { $0 + $1.count }
        let mean = blocks.reduce(0) { $0 + $1.sum } / count
        let squares = blocks.reduce(0) { $0 + ($1.sum - mean * $1.count) * ($1.sum - mean * $1.count) }
        return mean > settings.neededEvidence * squares.squareRoot() / count
    }

    private static func hourOfWeek(_ time: Timestamp) -> Int {
        Int((time.milliseconds / 3_600_000 % 168 + 168) % 168)
    }
}
