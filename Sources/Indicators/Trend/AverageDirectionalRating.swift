import Market

/// `adxr(n)`: mean of `adx(n)` now and n − 1 candles ago, 0 to 100; first value at candle 3n − 1.
struct AverageDirectionalRating: Indicator {
    static let name = "adxr"
    static let parameters: [IndicatorParameter] = [.period(from: 2)]
    static func memory(_ parameters: [Double]) -> Int? {
        2 * WilderMean.memory(Int(parameters[0])) + Int(parameters[0])
    }
    private var movement: DirectionalMovement
    private var index: DirectionalIndex
    private var past: Window
    private var current: Double?

    init(_ parameters: [Double]) {
        movement = DirectionalMovement(Int(parameters[0]))
        index = DirectionalIndex(Int(parameters[0]))
        past = Window(Int(parameters[0]))
    }

    mutating func update(_ candle: Candle) {
        movement.update(candle)
        guard let value = index.update(movement) else { return }
        past.push(value)
        if past.isFull { current = (value + past.oldest) / 2 }
    }

    func value(_ part: Int) -> Double? { current }
}
