import Market

/// `roc(n)`: change of the close over n candles, in percent; first value at candle n + 1.
struct RateOfChange: Indicator {
    static let name = "roc"
    static let parameters: [IndicatorParameter] = [.period()]
    static func memory(_ parameters: [Double]) -> Int? { Int(parameters[0]) + 1 }
    private var closes: Window
    private var current: Double?

    init(_ parameters: [Double]) {
        closes = Window(Int(parameters[0]) + 1)
    }

    mutating func update(_ candle: Candle) {
        closes.push(candle.close)
        if closes.isFull { current = closes.oldest == 0 ? 0 : (candle.close / closes.oldest - 1) * 100 }
    }

    func value(_ part: Int) -> Double? { current }
}
