import Market

/// `dema(n)`: 2·e1 − e2, where e1 is the exponential average of closes and e2 that of e1 (Mulloy, 1994). Price scale;
/// first value at candle 2n − 1.
struct DoubleExponentialAverage: Indicator {
    static let name = "dema"
    static let parameters: [IndicatorParameter] = [.period()]
    static func memory(_ parameters: [Double]) -> Int? { 2 * ExponentialMean.memory(Int(parameters[0])) }
    private var first: ExponentialMean
    private var second: ExponentialMean
    private var current: Double?

    init(_ parameters: [Double]) {
        first = ExponentialMean(Int(parameters[0]))
        second = first
    }

    mutating func update(_ candle: Candle) {
        guard let once = first.update(candle.close), let twice = second.update(once) else { return }
        current = 2 * once - twice
    }

    func value(_ part: Int) -> Double? { current }
}
