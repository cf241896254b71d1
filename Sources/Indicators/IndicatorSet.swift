package import Market

/// Several indicators over the same candles, updated together: closed candles in, in order, the latest values out.
package struct IndicatorSet: Sendable {
    package let specs: [IndicatorSpec]
    private var calculations: RunningIndicators
    /// Latest values of all specs, in the order of `columns`; not a number where undefined.
    package private(set) var values: [Double]

    /// Specs without a part; a part that is named is left out of account, all values of its indicator are there.
    package init(_ specs: [IndicatorSpec]) {
        self.specs = specs.map(\.withoutPart)
        var entries: [RunningIndicators.Entry] = []
        var count = 0
        for spec in specs {
            guard let type = IndicatorCatalogue.byName[spec.name] else {
                preconditionFailure("a spec was made for \(spec.name), which has no calculation")
            }
            entries.append(.init(type: type, state: type.make(spec.parameters), start: count))
            count += max(1, type.parts.count)
        }
        calculations = RunningIndicators(entries)
        values = [Double](repeating: .nan, count: count)
    }

    /// The twelve that most people look at.
    package static let common: [IndicatorSpec] = {
        let list =
            "rsi(14), macd(12,26,9), bollinger(20,2), sma(20), sma(50), ema(50), atr(14), adx(14), stochastic(14,3,3), "
            + "obv, mfi(14), cci(20)"
        do { return try IndicatorSpec.parseList(list) } catch {
            preconditionFailure("the list of common indicators: \(error)")
        }
    }()

    /// Names of the values.
    package var columns: [String] { specs.flatMap(\.columns) }

    /// Takes the next closed candle.
    package mutating func update(_ candle: Candle) {
        if !isKnownUniquelyReferenced(&calculations) { calculations = calculations.copy() }
        let entries = calculations.entries
        values.withUnsafeMutableBufferPointer { values in
            guard let base = values.baseAddress else { return }
            for place in 0..<entries.count {
                let entry = entries[place]
                entry.type.advance(entry.state, candle, into: base + entry.start)
            }
        }
    }
}

/// The calculations of a set, behind one reference: one question an update whether they are shared, instead of one for
/// each. A set copies them before it changes what it shares, so that they are only ever changed by their sole owner; that
/// is what makes them safe to send.
private final class RunningIndicators: @unchecked Sendable {
    struct Entry {
        let type: any Indicator.Type
        let state: UnsafeMutableRawPointer
        /// Where its values begin in the set's.
        let start: Int
    }

    let entries: UnsafeMutableBufferPointer<Entry>

    init(_ entries: [Entry]) {
        self.entries = .allocate(capacity: entries.count)
        _ = self.entries.initialize(from: entries)
    }

    deinit {
        for entry in entries { entry.type.destroy(entry.state) }
        entries.deinitialize()
        entries.deallocate()
    }

    func copy() -> RunningIndicators {
        RunningIndicators(entries.map { Entry(type: $0.type, state: $0.type.copy($0.state), start: $0.start) })
    }
}

extension Indicator {
    private static func own(_ calculation: Self) -> UnsafeMutableRawPointer {
        let state = UnsafeMutablePointer<Self>.allocate(capacity: 1)
        state.initialize(to: calculation)
        return UnsafeMutableRawPointer(state)
    }

    static func make(_ parameters: [Double]) -> UnsafeMutableRawPointer { own(Self(parameters)) }

    static func copy(_ state: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        own(state.assumingMemoryBound(to: Self.self).pointee)
    }

    static func destroy(_ state: UnsafeMutableRawPointer) {
        let state = state.assumingMemoryBound(to: Self.self)
        state.deinitialize(count: 1)
        state.deallocate()
    }

    static func advance(
        _ state: UnsafeMutableRawPointer, _ candle: Candle, into values: UnsafeMutablePointer<Double>
    ) {
        let state = state.assumingMemoryBound(to: Self.self)
        state.pointee.update(candle)
        state.pointee.write(to: values)
    }
}
