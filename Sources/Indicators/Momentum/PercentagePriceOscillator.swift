import Market

/// `ppo(fast, slow)`: difference of the fast and the slow simple average of closes, in percent of the slow one; first
/// value at the slow-th candle. Fast and slow given the other way round are exchanged.
struct PercentagePriceOscillator: Indicator {
    static let name = "ppo"
    static let parameters: [IndicatorParameter] = [.period("fast", from: 2), .period("slow", from: 2)]
    static func memory(_ parameters: [Double]) -> Int? { Int(max(parameters[0], parameters[1])) }
    private var fast: RunningMean
    private var slow: RunningMean
    /// Candles that the fast average lets pass, so that both begin together and round alike.
    private var skip: Int
    private var current: Double?

    init(_ parameters: [Double]) {
        let periods = [Int(parameters[0]), Int(parameters[1])].sorted()
        fast = RunningMean(periods[0])
        slow = RunningMean(periods[1])
        skip = periods[1] - periods[0]
    }

    mutating func update(_ candle: Candle) {
        let slowValue = slow.update(candle.close)
        if skip > 0 {
            skip -= 1
            return
        }
        guard let fastValue = fast.update(candle.close), let slowValue else { return }
        current = slowValue.isNegligible ? 0 : (fastValue - slowValue) / slowValue * 100
    }

    func value(_ part: Int) -> Double? { current }
}
