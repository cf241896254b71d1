import Market

/// `plus_di(n)`: Wilder's positive directional indicator, 100 · smoothed upward movement / smoothed true range, 0 to
/// 100; first value at candle n + 1.
struct PlusDirectional: Indicator {
    static let name = "plus_di"
    static let parameters: [IndicatorParameter] = [.period(from: 2)]
    static func memory(_ parameters: [Double]) -> Int? { WilderMean.memory(Int(parameters[0])) + 1 }
    private var movement: DirectionalMovement
    private var current: Double?

    init(_ parameters: [Double]) {
        movement = DirectionalMovement(Int(parameters[0]))
    }

    mutating func update(_ candle: Candle) {
        movement.update(candle)
        current = movement.plus
    }

    func value(_ part: Int) -> Double? { current }
}
