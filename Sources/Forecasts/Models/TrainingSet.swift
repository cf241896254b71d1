/// Rows whose outcome is known, in the order in which it became known. Rows are only ever added.
struct TrainingSet: Sendable {
    let width: Int
    private(set) var inputs: [Double] = []
    private(set) var outcomes: [Double] = []
    /// Smallest and largest value that each input had.
    private(set) var lowest: [Double]
    private(set) var highest: [Double]

    var count: Int { outcomes.count }

    init(width: Int) {
        self.width = width
        lowest = Array(repeating: .infinity, count: width)
        highest = Array(repeating: -.infinity, count: width)
    }

    mutating func append(_ row: ArraySlice<Double>, outcome: Double) {
        inputs.append(contentsOf: row)
        outcomes.append(outcome)
        for (column, value) in row.enumerated() {
            if value < lowest[column] { lowest[column] = value }
            if value > highest[column] { highest[column] = value }
        }
    }

    /// First input that lies outside what the rows had by more than the width of what they had.
    func unfamiliar(_ row: ArraySlice<Double>) -> Int? {
        for (column, value) in row.enumerated() {
            let margin = max(1, highest[column] - lowest[column])
            if !(value >= lowest[column] - margin && value <= highest[column] + margin) { return column }
        }
        return nil
    }
}
