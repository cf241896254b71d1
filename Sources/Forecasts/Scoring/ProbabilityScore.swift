import Foundation
import Market

/// How probabilities of up fared against a coin toss. A price that did not change says nothing and is left out.
package struct ProbabilityScore: Hashable, Sendable, Codable {
    package var count: Int
    /// Share of the steps at which a probability was told.
    package var told: Double
    package var hitRate: MeanInterval?
    /// 1 − Brier score / 0.25.
    package var brierSkill: MeanInterval?
    /// Mean distance of probability and share of ups over ten bins of equal width, by their counts.
    package var calibrationError: Double
    package var reliability: [ReliabilityBin]

    init(_ steps: [ForecastStep], probability: (ForecastStep) -> Double?) {
        var hits = BlockBootstrap()
        var gains = BlockBootstrap()
        var bins: [Int: (p: Double, ups: Double, count: Int)] = [:]
        var (told, judged) = (0, 0)
        for step in steps {
            guard let outcome = step.outcome, outcome != 0 else { continue }
            judged += 1
            guard let p = probability(step) else { continue }
            told += 1
            let up: Double = outcome > 0 ? 1 : 0
            hits.add((p > 0.5) == (up > 0.5) ? 1 : 0, at: step.at)
            gains.add(1 - (p - up) * (p - up) / 0.25, at: step.at)
            // Bins of 2.5 points: most honest probabilities stand close to one half.
            let bin = Int((p * 40).rounded(.down))
            var held = bins[bin] ?? (0, 0, 0)
            held.p += p
            held.ups += up
            held.count += 1
            bins[bin] = held
        }
        count = told
        self.told = judged > 0 ? Double(told) / Double(judged) : 0
        hitRate = hits.interval()
        brierSkill = gains.interval()
        reliability = bins.sorted { $0.key < $1.key }.map {
            ReliabilityBin(
                from: Double($0.key) / 40, count: $0.value.count, probability: $0.value.p / Double($0.value.count),
                ups: $0.value.ups / Double($0.value.count))
        }
        let tenths = Dictionary(grouping: reliability) { Int(($0.from * 10 + 1e-9).rounded(.down)) }
        let distances = tenths.values.map { bins in
            abs(bins.reduce(0) { $0 + ($1.probability - $1.ups) * Double($1.count) })
        }
        calibrationError = distances.reduce(0, +) / Double(max(1, told))
    }
}

package struct ReliabilityBin: Hashable, Sendable, Codable {
    /// Least probability of the bin, which is 0.025 wide.
    package var from: Double
    package var count: Int
    /// Means of what was said and of what came.
    package var probability: Double
    package var ups: Double
}

/// How chances of a move of at least `move` fared against the trailing year's own rate.
package struct ChanceScore: Hashable, Sendable, Codable {
    package var move: Double
    package var rate: Double
    /// 1 − Brier score / that of the trailing year's rate.
    package var skill: Double
    /// Chance that a case with such a move had been given the larger chance: 0.5 is blind.
    package var areaUnderCurve: Double

    init(_ steps: [ForecastStep], index: Int, move: Double) {
        var (score, constant, hits, count) = (0.0, 0.0, 0.0, 0.0)
        // Ranks by chance to three digits are enough for the area.
        var (yes, no) = (Array(repeating: 0.0, count: 1_001), Array(repeating: 0.0, count: 1_001))
        for step in steps {
            guard let outcome = step.outcome else { continue }
            let came: Double = outcome >= log(1 + move) || outcome <= log(1 - move) ? 1 : 0
            let (p, q) = (step.chances[index], step.constantChances[index])
            score += (p - came) * (p - came)
            constant += (q - came) * (q - came)
            hits += came
            count += 1
            if came > 0 { yes[Int(p * 1_000)] += 1 } else { no[Int(p * 1_000)] += 1 }
        }
        var (below, area) = (0.0, 0.0)
        for (yes, no) in zip(yes, no) {
            area += yes * (below + no / 2)
            below += no
        }
        self.move = move
        rate = hits / max(1, count)
        skill = constant > 0 ? 1 - score / constant : 0
        areaUnderCurve = hits > 0 && below > 0 ? area / (hits * below) : 0.5
    }
}
