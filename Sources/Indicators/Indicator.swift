import Market

/// One calculation over closed candles, fed in order. The type says how it is spelled and what it takes; a value of it
/// holds the running state. Work per candle does not depend on how many candles came before.
///
/// To add one: a file with a type that conforms, and a line in `IndicatorCatalogue.all`.
protocol Indicator: Sendable {
    static var name: String { get }
    static var parameters: [IndicatorParameter] { get }
    /// Names of the values where there are several; empty for one.
    static var parts: [String] { get }
    /// After how many candles the value no longer depends on earlier ones (to about nine digits); `nil` when every
    /// candle ever seen counts.
    static func memory(_ parameters: [Double]) -> Int?
    /// Parameters are as many and as large as `parameters` allows.
    init(_ parameters: [Double])
    mutating func update(_ candle: Candle)
    /// Value after the last update, `nil` during the lead-in. `part` is an index into `parts`, 0 where that is empty.
    func value(_ part: Int) -> Double?
    /// All of a series in a loop of its own; a requirement so that each type gets one that is compiled for it.
    static func run(_ parameters: [Double], parts: [Int], over candles: CandleSpan) -> [[Double]]
    // A calculation in memory of its own, for sets: requirements so that each type's are compiled for it.
    static func make(_ parameters: [Double]) -> UnsafeMutableRawPointer
    static func copy(_ state: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer
    static func destroy(_ state: UnsafeMutableRawPointer)
    /// An update, and all values after it, not a number where undefined.
    static func advance(
        _ state: UnsafeMutableRawPointer, _ candle: Candle, into values: UnsafeMutablePointer<Double>)
}

extension Indicator {
    static var parts: [String] { [] }
    /// How the name and its parameters are written: `macd(fast, slow, signal)`.
    static var signature: String {
        parameters.isEmpty ? name : "\(name)(\(parameters.map(\.name).joined(separator: ", ")))"
    }
}

/// What one parameter may be.
struct IndicatorParameter: Sendable {
    let name: String
    let range: ClosedRange<Double>
    let isWhole: Bool

    /// A count of candles.
    static func period(_ name: String = "n", from lowest: Int = 1) -> IndicatorParameter {
        IndicatorParameter(name: name, range: Double(lowest)...5000, isWhole: true)
    }

    static func number(_ name: String, _ range: ClosedRange<Double>) -> IndicatorParameter {
        IndicatorParameter(name: name, range: range, isWhole: false)
    }

    func allows(_ value: Double) -> Bool { range.contains(value) && (!isWhole || value == value.rounded()) }

    var expectation: String {
        let bounds = "from \(Decimals.plain(range.lowerBound)) to \(Decimals.plain(range.upperBound))"
        return isWhole ? "a whole number \(bounds)" : "a number \(bounds)"
    }
}
