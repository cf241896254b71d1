import Market

/// `trix(n)`: change of the three times exponentially averaged close from candle to candle, in percent; first value at
/// candle 3n − 1.
struct TripleSmoothedRate: Indicator {
    static let name = "trix"
    static let parameters: [IndicatorParameter] = [.period()]
    static func memory(_ parameters: [Double]) -> Int? { 3 * ExponentialMean.memory(Int(parameters[0])) + 1 }
    private var first: ExponentialMean
    private var second: ExponentialMean
    private var third: ExponentialMean
    private var previous: Double?
    private var current: Double?

    init(_ parameters: [Double]) {
        first = ExponentialMean(Int(parameters[0]))
        second = first
        third = first
    }

    mutating func update(_ candle: Candle) {
        guard let once = first.update(candle.close), let twice = second.update(once), let thrice = third.update(twice)
        else { return }
        if let previous { current = previous == 0 ? 0 : (thrice / previous - 1) * 100 }
        previous = thrice
    }

    func value(_ part: Int) -> Double? { current }
}
