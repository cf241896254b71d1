import Market

/// `mom(n)`: close less the close n candles ago. Price scale; first value at candle n + 1.
struct MomentumDifference: Indicator {
    static let name = "mom"
    static let parameters: [IndicatorParameter] = [.period()]
    static func memory(_ parameters: [Double]) -> Int? { Int(parameters[0]) + 1 }
    private var closes: Window
    private var current: Double?

    init(_ parameters: [Double]) {
        closes = Window(Int(parameters[0]) + 1)
    }

    mutating func update(_ candle: Candle) {
        closes.push(candle.close)
        if closes.isFull { current = candle.close - closes.oldest }
    }

    func value(_ part: Int) -> Double? { current }
}
