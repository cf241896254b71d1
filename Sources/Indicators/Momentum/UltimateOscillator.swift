import Market

/// `ultosc(a, b, c)`: Williams' ultimate oscillator, 0 to 100: buying pressure over true range, summed over three
/// periods and weighted 4, 2, 1 from the shortest to the longest. First value one candle after the longest period.
struct UltimateOscillator: Indicator {
    static let name = "ultosc"
    static let parameters: [IndicatorParameter] = [.period("a"), .period("b"), .period("c")]
    static func memory(_ parameters: [Double]) -> Int? { Int(max(parameters[0], parameters[1], parameters[2])) + 1 }
    private var pressures: [RunningTotal]
    private var ranges: [RunningTotal]
    private var trueRange = TrueRangeSeries()
    private var previousClose: Double?
    private var current: Double?

    init(_ parameters: [Double]) {
        pressures = parameters.sorted().map { RunningTotal(Int($0)) }
        ranges = pressures
    }

    mutating func update(_ candle: Candle) {
        let range = trueRange.update(candle)
        defer { previousClose = candle.close }
        guard let range, let previousClose else { return }
        let pressure = candle.close - min(candle.low, previousClose)
        var result: Double? = 0
        for (index, weight) in [4.0, 2.0, 1.0].enumerated() {
            let pressed = pressures[index].update(pressure)
            let ranged = ranges[index].update(range)
            if let pressed, let ranged {
                if !ranged.isNegligible { result = result.map { $0 + weight * (pressed / ranged) } }
            } else {
                result = nil
            }
        }
        current = result.map { 100 * ($0 / 7) }
    }

    func value(_ part: Int) -> Double? { current }
}
