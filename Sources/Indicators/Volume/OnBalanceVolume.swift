import Market

/// `obv`: Granville's on-balance volume: a running total to which the volume of a candle that closes higher is added
/// and of one that closes lower taken away. Base asset; begins with the first candle's volume. All history counts.
struct OnBalanceVolume: Indicator {
    static let name = "obv"
    static let parameters: [IndicatorParameter] = []
    static func memory(_ parameters: [Double]) -> Int? { nil }
    private var previousClose: Double?
    private var total = 0.0
    private var current: Double?

    init(_ parameters: [Double]) {}

    mutating func update(_ candle: Candle) {
        if let previousClose {
            total += OnBalanceVolume.flow(candle.close, previousClose, candle.volume)
        } else {
            total = candle.volume
        }
        previousClose = candle.close
        current = total
    }

    @inline(__always) static func flow(_ close: Double, _ before: Double, _ volume: Double) -> Double {
        (close > before ? volume : 0) - (close < before ? volume : 0)
    }

    func value(_ part: Int) -> Double? { current }
}
