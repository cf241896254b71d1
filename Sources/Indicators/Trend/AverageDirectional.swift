import Market

/// `adx(n)`: Wilder's average directional index, 0 to 100: the smoothed difference of the directional indicators over
/// their sum. Smoothing 1/n, seeded with the mean of the first n; first value at candle 2n.
struct AverageDirectional: Indicator {
    static let name = "adx"
    static let parameters: [IndicatorParameter] = [.period(from: 2)]
    static func memory(_ parameters: [Double]) -> Int? { 2 * WilderMean.memory(Int(parameters[0])) }
    private var movement: DirectionalMovement
    private var index: DirectionalIndex
    private var current: Double?

    init(_ parameters: [Double]) {
        movement = DirectionalMovement(Int(parameters[0]))
        index = DirectionalIndex(Int(parameters[0]))
    }

    mutating func update(_ candle: Candle) {
        movement.update(candle)
        current = index.update(movement)
    }

    func value(_ part: Int) -> Double? { current }
}
