/// Least squares with a ridge towards zero, worth so many rows of unit inputs.
struct RidgeRegression: Hashable, Sendable, Codable {
    var coefficients: [Double]

    static func fit(_ set: TrainingSet, ridge: Double) -> RidgeRegression? {
        let (width, count) = (set.width, set.count)
        guard count > 0 else { return nil }
        var matrix = [Double](repeating: 0, count: width * width)
        var right = [Double](repeating: 0, count: width)
        set.inputs.withUnsafeBufferPointer { inputs in
            for row in 0..<count {
                let base = row * width
                for a in 0..<width {
                    let value = inputs[base + a]
                    right[a] += value * set.outcomes[row]
                    for b in 0...a { matrix[a * width + b] += value * inputs[base + b] }
                }
            }
        }
        for a in 0..<width { matrix[a * width + a] += ridge }
        return LinearSystem.solve(matrix, right).map(RidgeRegression.init)
    }

    func value(_ row: ArraySlice<Double>) -> Double {
        var sum = 0.0
        for (value, coefficient) in zip(row, coefficients) { sum += value * coefficient }
        return sum
    }
}
