import Market

/// `natr(n)`: `atr(n)` in percent of the close; first value at candle n + 1.
struct NormalizedTrueRange: Indicator {
    static let name = "natr"
    static let parameters: [IndicatorParameter] = [.period()]
    static func memory(_ parameters: [Double]) -> Int? { WilderMean.memory(Int(parameters[0])) + 1 }
    private var range: WilderTrueRange
    private var current: Double?

    init(_ parameters: [Double]) {
        range = WilderTrueRange(Int(parameters[0]))
    }

    mutating func update(_ candle: Candle) {
        range.update(candle)
        current = range.value.map { candle.close.isNegligible ? 0 : $0 / candle.close * 100 }
    }

    func value(_ part: Int) -> Double? { current }
}
