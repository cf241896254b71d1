/// A quantile of the last `window` values, with linear interpolation between the two ranks that enclose it (rank
/// `p·(n − 1)`, as numpy's default). A new value costs a binary search and a move of at most `window` numbers.
struct TrailingQuantile: Sendable {
    let window: Int
    /// Fewer values than this have no quantile.
    let minimum: Int
    let probability: Double
    private var sorted: [Double] = []
    private var ring: [Double] = []
    private var next = 0

    init(window: Int, minimum: Int, probability: Double) {
        precondition(window > 0 && minimum > 0 && (0...1).contains(probability))
        self.window = window
        self.minimum = minimum
        self.probability = probability
    }

    mutating func add(_ value: Double) {
        if ring.count < window {
            ring.append(value)
        } else {
            sorted.remove(at: place(of: ring[next]))
            ring[next] = value
        }
        next = (next + 1) % window
        sorted.insert(value, at: place(of: value))
    }

    /// Index of the first value that is at least `value`.
    private func place(of value: Double) -> Int {
        var low = 0
        var high = sorted.count
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }

    var value: Double? {
        guard sorted.count >= minimum else { return nil }
        let rank = probability * Double(sorted.count - 1)
        let below = Int(rank)
        let above = min(below + 1, sorted.count - 1)
        return sorted[below] + (sorted[above] - sorted[below]) * (rank - Double(below))
    }
}
