/// Exponential average with smoothing 2/(n+1), seeded with the mean of the first n numbers.
struct ExponentialMean: Sendable {
    private let smoothing: Double
    private let count: Int
    private var seen = 0
    private var average = 0.0

    init(_ count: Int) {
        self.count = count
        smoothing = ExponentialMean.smoothing(count)
    }

    /// `nil` until n numbers came.
    mutating func update(_ number: Double) -> Double? {
        if seen >= count {
            average = ExponentialMean.step(average, number, smoothing)
            return average
        }
        seen += 1
        average += number
        guard seen == count else { return nil }
        average /= Double(count)
        return average
    }

    /// After so many numbers what came before weighs less than 1e-10.
    static func memory(_ count: Int) -> Int { count + 12 * (count + 1) }
}

/// Wilder's average: smoothing 1/n, seeded with the mean of the first n numbers.
struct WilderMean: Sendable {
    private let count: Int
    /// What the average keeps of itself, and what it takes of a new number.
    private let kept: Double
    private let taken: Double
    private var seen = 0
    private(set) var value = 0.0

    init(_ count: Int) {
        self.count = count
        (kept, taken) = WilderMean.weights(count)
    }

    /// What an average of n keeps of itself and takes of a new number.
    @inline(__always) static func weights(_ count: Int) -> (kept: Double, taken: Double) {
        (Double(count - 1) / Double(count), 1 / Double(count))
    }

    /// True once n numbers came.
    var isReady: Bool { seen == count }

    mutating func update(_ number: Double) {
        if seen == count {
            value = value * kept + number * taken
            return
        }
        seen += 1
        value += number
        if seen == count { value /= Double(count) }
    }

    /// After so many numbers what came before weighs less than 1e-10.
    static func memory(_ count: Int) -> Int { count + 24 * count }
}
