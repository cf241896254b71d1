import Market

/// `keltner(n, k)`: `middle` is `ema(n)`, `upper` and `lower` stand k · `atr(n)` away. Price scale; first values at
/// candle n + 1, where the average true range begins.
struct Keltner: Indicator {
    static let name = "keltner"
    static let parameters = [IndicatorParameter.period(), .number("k", 0.01...100)]
    static let parts = ["upper", "middle", "lower"]
    static func memory(_ parameters: [Double]) -> Int? { WilderMean.memory(Int(parameters[0])) + 1 }
    private var mean: ExponentialMean
    private var range: WilderTrueRange
    private let width: Double
    private var middle: Double?

    init(_ parameters: [Double]) {
        mean = ExponentialMean(Int(parameters[0]))
        range = WilderTrueRange(Int(parameters[0]))
        width = parameters[1]
    }

    mutating func update(_ candle: Candle) {
        middle = mean.update(candle.close)
        range.update(candle)
    }

    func value(_ part: Int) -> Double? {
        guard let middle, let range = range.value else { return nil }
        return switch part {
        case 0: middle + width * range
        case 1: middle
        default: middle - width * range
        }
    }
}
