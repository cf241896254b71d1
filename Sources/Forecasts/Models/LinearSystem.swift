/// A symmetric positive system of linear equations, solved by Cholesky's factorisation.
enum LinearSystem {
    /// `matrix` row by row, of which the lower triangle is read. `nil` where it is not positive definite.
    static func solve(_ matrix: [Double], _ right: [Double]) -> [Double]? {
        let size = right.count
        var factor = matrix
        for column in 0..<size {
            var diagonal = factor[column * size + column]
            for k in 0..<column { diagonal -= factor[column * size + k] * factor[column * size + k] }
            guard diagonal > 0, diagonal.isFinite else { return nil }
            let root = diagonal.squareRoot()
            factor[column * size + column] = root
            for row in (column + 1)..<max(size, column + 1) {
                var value = factor[row * size + column]
                for k in 0..<column { value -= factor[row * size + k] * factor[column * size + k] }
                factor[row * size + column] = value / root
            }
        }
        var answer = right
        for row in 0..<size {
            for k in 0..<row { answer[row] -= factor[row * size + k] * answer[k] }
            answer[row] /= factor[row * size + row]
        }
        for row in stride(from: size - 1, through: 0, by: -1) {
            for k in (row + 1)..<max(size, row + 1) { answer[row] -= factor[k * size + row] * answer[k] }
            answer[row] /= factor[row * size + row]
        }
        return answer
    }
}
