import Foundation

/// Probability of an event by the logistic function of x·β, fitted by Newton's method with a ridge towards
/// zero or another centre.
struct LogisticRegression: Hashable, Sendable, Codable {
    var coefficients: [Double]

    /// Outcomes are 0 or 1. `ridge` is in rows: that many rows of unit inputs that say nothing.
    static func fit(_ set: TrainingSet, from start: [Double]? = nil, centre: [Double]? = nil, ridge: Double)
        -> LogisticRegression?
    {
        let (width, count) = (set.width, set.count)
        guard count > 0 else { return nil }
        let centre = centre ?? Array(repeating: 0, count: width)
        var beta = start ?? centre
        for _ in 0..<8 {
            var matrix = [Double](repeating: 0, count: width * width)
            var gradient = [Double](repeating: 0, count: width)
            for a in 0..<width {
                matrix[a * width + a] = ridge / 4
                gradient[a] = ridge / 4 * (centre[a] - beta[a])
            }
            set.inputs.withUnsafeBufferPointer { inputs in
                matrix.withUnsafeMutableBufferPointer { matrix in
                    for row in 0..<count {
                        let base = row * width
                        var linear = 0.0
                        for a in 0..<width { linear += inputs[base + a] * beta[a] }
                        let p = 1 / (1 + exp(-linear))
                        let (weight, residual) = (p * (1 - p), set.outcomes[row] - p)
                        for a in 0..<width {
                            let value = inputs[base + a]
                            gradient[a] += residual * value
                            for b in 0...a { matrix[a * width + b] += weight * value * inputs[base + b] }
                        }
                    }
                }
            }
            guard let step = LinearSystem.solve(matrix, gradient) else { return nil }
            var largest = 0.0
            for a in 0..<width {
                beta[a] += step[a]
                largest = max(largest, abs(step[a]))
            }
            if largest < 1e-5 { break }
        }
        return beta.allSatisfy(\.isFinite) ? LogisticRegression(coefficients: beta) : nil
    }

    func probability(_ row: ArraySlice<Double>) -> Double {
        var linear = 0.0
        for (value, coefficient) in zip(row, coefficients) { linear += value * coefficient }
        return 1 / (1 + exp(-linear))
    }
}

/// Platt's calibration: the log odds of a forecast, stretched and shifted so that past ones would have been right.
struct PlattScaling: Hashable, Sendable, Codable {
    var regression: LogisticRegression

    /// `nil` for no forecasts. The ridge, in rows, holds it to leaving them as they are.
    static func fit(probabilities: [Double], outcomes: [Double], ridge: Double) -> PlattScaling? {
        var set = TrainingSet(width: 2)
        for (p, outcome) in zip(probabilities, outcomes) { set.append([1, logit(p)], outcome: outcome) }
        return LogisticRegression.fit(set, centre: [0, 1], ridge: ridge).map(PlattScaling.init)
    }

    func calibrated(_ probability: Double) -> Double { regression.probability([1, Self.logit(probability)]) }

    private static func logit(_ p: Double) -> Double {
        let p = min(max(p, 0.001), 0.999)
        return log(p / (1 - p))
    }
}
