import Foundation

/// Regression of a positive quantity by its logarithm: log E[y] = x·β, fitted by the likelihood of the gamma
/// distribution, whose deviance is the QLIKE loss of volatility forecasting.
///
/// Fisher scoring: with the log link the information matrix is XᵀX, whatever β is, so it is factored once. A ridge
/// towards `centre`, worth so many rows, keeps it sane while rows are few.
struct GammaRegression: Hashable, Sendable, Codable {
    var coefficients: [Double]

    /// `nil` where the inputs carry nothing to solve.
    static func fit(_ set: TrainingSet, from start: [Double]? = nil, centre: [Double], ridge: Double)
        -> GammaRegression?
    {
        let (width, count) = (set.width, set.count)
        guard count > 0 else { return nil }
        var matrix = [Double](repeating: 0, count: width * width)
        set.inputs.withUnsafeBufferPointer { inputs in
            matrix.withUnsafeMutableBufferPointer { matrix in
                for row in 0..<count {
                    let base = row * width
                    for a in 0..<width {
                        let value = inputs[base + a]
                        for b in 0...a { matrix[a * width + b] += value * inputs[base + b] }
                    }
                }
            }
        }
        for a in 0..<width { matrix[a * width + a] += ridge }
        var beta = start ?? centre
        var gradient = [Double](repeating: 0, count: width)
        for _ in 0..<30 {
            for a in 0..<width { gradient[a] = ridge * (centre[a] - beta[a]) }
            set.inputs.withUnsafeBufferPointer { inputs in
                for row in 0..<count {
                    let base = row * width
                    var linear = 0.0
                    for a in 0..<width { linear += inputs[base + a] * beta[a] }
                    // An outcome far above its mean would throw the step past the goal: it is reached in several steps.
                    let residual = min(3, set.outcomes[row] * exp(-linear) - 1)
                    for a in 0..<width { gradient[a] += residual * inputs[base + a] }
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
        return beta.allSatisfy(\.isFinite) ? GammaRegression(coefficients: beta) : nil
    }

    /// Mean of the quantity at these inputs.
    func mean(_ row: ArraySlice<Double>) -> Double {
        var linear = 0.0
        for (value, coefficient) in zip(row, coefficients) { linear += value * coefficient }
        return exp(linear)
    }
}
