import Market

/// `minus_di(n)`: Wilder's negative directional indicator, 100 · smoothed downward movement / smoothed true range, 0
/// to 100; first value at candle n + 1.
struct MinusDirectional: Indicator {
    static let name = "minus_di"
    static let parameters: [IndicatorParameter] = [.period(from: 2)]
    static func memory(_ parameters: [Double]) -> Int? { WilderMean.memory(Int(parameters[0])) + 1 }
    private var movement: DirectionalMovement
    private var current: Double?

    init(_ parameters: [Double]) {
        movement = DirectionalMovement(Int(parameters[0]))
    }

    mutating func update(_ candle: Candle) {
        movement.update(candle)
        current = movement.minus
    }

    func value(_ part: Int) -> Double? { current }
}
