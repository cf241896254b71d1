package import Market

/// Running calculation of one indicator: closed candles in, in order; the latest values out.
package struct IndicatorStream: Sendable {
    package let spec: IndicatorSpec
    private var calculation: any Indicator
    private let partIndex: Int

    package init(_ spec: IndicatorSpec) {
        guard let type = IndicatorCatalogue.byName[spec.name] else {
            preconditionFailure("a spec was made for \(spec.name), which has no calculation")
        }
        self.spec = spec
        calculation = type.init(spec.parameters)
        partIndex = spec.partIndex
    }

    /// How many values it has: at least one.
    package var partCount: Int { max(1, IndicatorSpec.parts(of: spec.name).count) }

    /// Takes the next closed candle.
    package mutating func update(_ candle: Candle) { calculation.update(candle) }

    /// Value of a part after the last update; `nil` during the lead-in.
    package func value(part index: Int) -> Double? { calculation.value(index) }

    /// Value of the spec's own part, the first when it names none.
    package var value: Double? { calculation.value(partIndex) }
}
