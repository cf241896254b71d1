import Market

/// `rsi(n)`: Wilder's relative strength index, 100 · gain / (gain + loss) of the smoothed rises and falls of the close,
/// 0 to 100; 0 when the close never moved. Smoothing 1/n, seeded with the mean of the first n changes, so the first
/// value is at candle n + 1.
struct RelativeStrength: Indicator {
    static let name = "rsi"
    static let parameters = [IndicatorParameter.period(from: 2)]
    static func memory(_ parameters: [Double]) -> Int? { WilderMean.memory(Int(parameters[0])) + 1 }
    private var strength: WilderStrength
    private var current: Double?

    init(_ parameters: [Double]) { strength = WilderStrength(Int(parameters[0])) }

    mutating func update(_ candle: Candle) {
        strength.update(candle.close)
        current = strength.relative
    }

    func value(_ part: Int) -> Double? { current }
}

/// Smoothed rises and falls of a series.
struct WilderStrength: Sendable {
    private var gain: WilderMean
    private var loss: WilderMean
    private var previous: Double?

    init(_ count: Int) {
        gain = WilderMean(count)
        loss = WilderMean(count)
    }

    mutating func update(_ value: Double) {
        defer { previous = value }
        guard let previous else { return }
        let change = value - previous
        gain.update(max(change, 0))
        loss.update(max(-change, 0))
    }

    /// Share of the rises in all movement, 0 to 100.
    var relative: Double? {
        guard gain.isReady else { return nil }
        return WilderStrength.relative(gain.value, loss.value)
    }

    @inline(__always) static func relative(_ gain: Double, _ loss: Double) -> Double {
        let sum = gain + loss
        return sum.isNegligible ? 0 : 100 * (gain / sum)
    }

    /// Rises less falls in all movement, −100 to 100.
    var balance: Double? {
        guard gain.isReady else { return nil }
        let sum = gain.value + loss.value
        return sum.isNegligible ? 0 : 100 * ((gain.value - loss.value) / sum)
    }
}

extension Double {
    /// Too small to divide by: the same limit as TA-Lib's.
    var isNegligible: Bool { abs(self) < 1e-14 }
}
