import Market

/// `cmo(n)`: Chande's momentum, 100 · (gain − loss) / (gain + loss), −100 to 100, with the gains and losses smoothed
/// as for `rsi(n)` (TA-Lib's choice; Chande summed them); first value at candle n + 1.
struct ChandeMomentum: Indicator {
    static let name = "cmo"
    static let parameters: [IndicatorParameter] = [.period(from: 2)]
    static func memory(_ parameters: [Double]) -> Int? { WilderMean.memory(Int(parameters[0])) + 1 }
    private var strength: WilderStrength
    private var current: Double?

    init(_ parameters: [Double]) {
        strength = WilderStrength(Int(parameters[0]))
    }

    mutating func update(_ candle: Candle) {
        strength.update(candle.close)
        current = strength.balance
    }

    func value(_ part: Int) -> Double? { current }
}
