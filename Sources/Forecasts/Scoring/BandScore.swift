import Foundation

/// How bands fared: how often each held, how wide they were, and their interval scores against the trailing year's.
///
/// The interval score (Gneiting and Raftery 2007) of a band for 1 − α is its width plus 2/α times what the outcome lay
/// outside; lower is better, and the honest width has the best mean.
package struct BandScore: Hashable, Sendable, Codable {
    package private(set) var count = 0
    private var held50 = 0
    private var held90 = 0
    private var width50 = 0.0
    private var width90 = 0.0
    private var score50 = 0.0
    private var score90 = 0.0
    private var constantScore50 = 0.0
    private var constantScore90 = 0.0

    private var distance = 0.0

    package init() {}

    mutating func add(_ step: ForecastStep, outcome: Double) {
        count += 1
        if step.band50.contains(outcome) { held50 += 1 }
        if step.band90.contains(outcome) { held90 += 1 }
        width50 += step.band50.high - step.band50.low
        width90 += step.band90.high - step.band90.low
        score50 += step.band50.intervalScore(outcome, missing: 0.5)
        score90 += step.band90.intervalScore(outcome, missing: 0.1)
        distance += abs(outcome)
        constantScore50 += step.constant50.intervalScore(outcome, missing: 0.5)
        constantScore90 += step.constant90.intervalScore(outcome, missing: 0.1)
    }

    package var coverage50: Double { Double(held50) / Double(max(1, count)) }
    package var coverage90: Double { Double(held90) / Double(max(1, count)) }
    /// Mean widths, as log returns.
    package var meanWidth50: Double { width50 / Double(max(1, count)) }
    package var meanWidth90: Double { width90 / Double(max(1, count)) }
    /// 1 − score / score of the trailing year's quantiles; 0 where nothing was judged.
    package var skill50: Double { constantScore50 > 0 ? 1 - score50 / constantScore50 : 0 }
    package var skill90: Double { constantScore90 > 0 ? 1 - score90 / constantScore90 : 0 }
    /// Skill of median and both bands together: 1 − the weighted interval score (Bracher and others 2021) over that of
    /// the trailing year's quantiles. The median is no change in both.
    package var skill: Double {
        let constant = distance / 2 + constantScore50 / 4 + constantScore90 / 20
        return constant > 0 ? 1 - (distance / 2 + score50 / 4 + score90 / 20) / constant : 0
    }

    private enum CodingKeys: String, CodingKey {
        case count
        case held50, held90, width50, width90, score50, score90, constantScore50, constantScore90, distance
    }
}

extension PriceBand {
    package func contains(_ value: Double) -> Bool { low <= value && value <= high }

    /// Width plus 2/α times what `value` lies outside, α being the share that the band may miss.
    package func intervalScore(_ value: Double, missing: Double) -> Double {
        high - low + 2 / missing * (max(0, low - value) + max(0, value - high))
    }
}
