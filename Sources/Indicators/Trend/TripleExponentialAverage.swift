import Market

/// `tema(n)`: 3·e1 − 3·e2 + e3, each the exponential average of the one before (Mulloy, 1994). Price scale; first
/// value at candle 3n − 2.
struct TripleExponentialAverage: Indicator {
    static let name = "tema"
    static let parameters: [IndicatorParameter] = [.period()]
    static func memory(_ parameters: [Double]) -> Int? { 3 * ExponentialMean.memory(Int(parameters[0])) }
    private var first: ExponentialMean
    private var second: ExponentialMean
    private var third: ExponentialMean
    private var current: Double?

    init(_ parameters: [Double]) {
        first = ExponentialMean(Int(parameters[0]))
        second = first
        third = first
    }

    mutating func update(_ candle: Candle) {
        guard let once = first.update(candle.close), let twice = second.update(once), let thrice = third.update(twice)
        else { return }
        current = thrice + (3 * once - 3 * twice)
    }

    func value(_ part: Int) -> Double? { current }
}
