import Market

/// `bollinger(n, k)`: `middle` is the mean of the last n closes, `upper` and `lower` stand k standard deviations
/// (of the population) away. Price scale; first values at the nth candle.
struct BollingerBands: Indicator {
    static let name = "bollinger"
    static let parameters = [IndicatorParameter.period(from: 2), .number("k", 0.01...100)]
    static let parts = ["upper", "middle", "lower"]
    static func memory(_ parameters: [Double]) -> Int? { Int(parameters[0]) }
    private var variance: RunningVariance
    private let width: Double
    private var middle: Double?
    private var distance = 0.0

    init(_ parameters: [Double]) {
        variance = RunningVariance(Int(parameters[0]))
        width = parameters[1]
    }

    mutating func update(_ candle: Candle) {
        guard let (mean, variance) = variance.update(candle.close) else { return }
        middle = mean
        distance = variance.squareRoot() * width
    }

    func value(_ part: Int) -> Double? {
        guard let middle else { return nil }
        return switch part {
        case 0: middle + distance
        case 1: middle
        default: middle - distance
        }
    }
}
