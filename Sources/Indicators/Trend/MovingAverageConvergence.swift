import Market

/// `macd(fast, slow, signal)`: `line` is the fast less the slow exponential average of closes, `signal` the exponential
/// average of the line, `histogram` their difference. Price scale.
///
/// Aligned as TA-Lib does it: the fast average is seeded with the mean of the `fast` closes that end where the slow one
/// begins, and all three values appear together, at candle slow + signal − 1. Fast and slow given the other way round
/// are exchanged.
struct MovingAverageConvergence: Indicator {
    static let name = "macd"
    static let parameters = [
        IndicatorParameter.period("fast", from: 2), .period("slow", from: 2), .period("signal"),
    ]
    static let parts = ["line", "signal", "histogram"]
    static func memory(_ parameters: [Double]) -> Int? {
        ExponentialMean.memory(Int(max(parameters[0], parameters[1]))) + ExponentialMean.memory(Int(parameters[2]))
    }
    private var fast: ExponentialMean
    private var slow: ExponentialMean
    private var signal: ExponentialMean
    /// Candles that the fast average still lets pass, so that both begin together.
    private var skip: Int
    private var line = 0.0
    private var signalValue: Double?

    init(_ parameters: [Double]) {
        let periods = [Int(parameters[0]), Int(parameters[1])].sorted()
        fast = ExponentialMean(periods[0])
        slow = ExponentialMean(periods[1])
        signal = ExponentialMean(Int(parameters[2]))
        skip = periods[1] - periods[0]
    }

    mutating func update(_ candle: Candle) {
        let slowValue = slow.update(candle.close)
        if skip > 0 {
            skip -= 1
            return
        }
        guard let fastValue = fast.update(candle.close), let slowValue else { return }
        line = fastValue - slowValue
        signalValue = signal.update(line)
    }

    func value(_ part: Int) -> Double? {
        guard let signalValue else { return nil }
        return switch part {
        case 0: line
        case 1: signalValue
        default: line - signalValue
        }
    }
}
