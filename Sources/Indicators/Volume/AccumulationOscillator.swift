import Market

/// `adosc(fast, slow)`: Chaikin's oscillator: fast less slow exponential average of `ad`, both beginning with its
/// first value. Base asset; first value at the slow-th candle.
struct AccumulationOscillator: Indicator {
    static let name = "adosc"
    static let parameters: [IndicatorParameter] = [.period("fast", from: 2), .period("slow", from: 2)]
    static func memory(_ parameters: [Double]) -> Int? {
        ExponentialMean.memory(Int(max(parameters[0], parameters[1])))
    }
    private var line = AccumulationLine()
    private let fastSmoothing: Double
    private let slowSmoothing: Double
    private var fast: Double?
    private var slow: Double?
    private var missing: Int
    private var current: Double?

    init(_ parameters: [Double]) {
        fastSmoothing = 2 / (parameters[0] + 1)
        slowSmoothing = 2 / (parameters[1] + 1)
        missing = Int(max(parameters[0], parameters[1]))
    }

    mutating func update(_ candle: Candle) {
        let value = line.update(candle)
        let fast = fastSmoothing * value + (1 - fastSmoothing) * (self.fast ?? value)
        let slow = slowSmoothing * value + (1 - slowSmoothing) * (self.slow ?? value)
        (self.fast, self.slow) = (fast, slow)
        if missing > 1 {
            missing -= 1
        } else {
            current = fast - slow
        }
    }

    func value(_ part: Int) -> Double? { current }
}
