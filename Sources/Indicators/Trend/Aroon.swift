import Market

/// `aroon(n)`: Chande's aroon, 0 to 100: `up` is 100 when the highest high of the last n + 1 candles is the newest and 0
/// when it is n candles old; `down` the same of the lowest low. First values at candle n + 1.
struct Aroon: Indicator {
    static let name = "aroon"
    static let parameters = [IndicatorParameter.period(from: 2)]
    static let parts = ["up", "down"]
    static func memory(_ parameters: [Double]) -> Int? { Int(parameters[0]) + 1 }
    private var ages: ExtremeAges
    private let count: Double

    init(_ parameters: [Double]) {
        ages = ExtremeAges(Int(parameters[0]))
        count = parameters[0]
    }

    mutating func update(_ candle: Candle) { ages.push(candle) }

    func value(_ part: Int) -> Double? {
        ages.value.map { 100 / count * (count - Double(part == 0 ? $0.high : $0.low)) }
    }
}

/// How old the highest high and the lowest low of the latest n + 1 candles are; of equal ones the newest counts.
struct ExtremeAges: Sendable {
    private var highest: Extreme
    private var lowest: Extreme

    init(_ count: Int) {
        highest = Extreme(.highest, of: count + 1)
        lowest = Extreme(.lowest, of: count + 1)
    }

    mutating func push(_ candle: Candle) {
        highest.push(candle.high)
        lowest.push(candle.low)
    }

    var value: (high: Int, low: Int)? {
        highest.value == nil ? nil : (highest.age, lowest.age)
    }
}
