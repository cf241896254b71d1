import Market

/// `aroonosc(n)`: `aroon(n).up` less `aroon(n).down`, −100 to 100; first value at candle n + 1.
struct AroonOscillator: Indicator {
    static let name = "aroonosc"
    static let parameters: [IndicatorParameter] = [.period(from: 2)]
    static func memory(_ parameters: [Double]) -> Int? { Int(parameters[0]) + 1 }
    private var ages: ExtremeAges
    private let count: Double
    private var current: Double?

    init(_ parameters: [Double]) {
        ages = ExtremeAges(Int(parameters[0]))
        count = parameters[0]
    }

    mutating func update(_ candle: Candle) {
        ages.push(candle)
        if let (high, low) = ages.value { current = 100 / count * Double(low - high) }
    }

    func value(_ part: Int) -> Double? { current }
}
