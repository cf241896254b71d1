package import Market

/// Several indicators over the same candles, updated together: closed candles in, in order, the latest values out. An
/// update allocates nothing.
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
            entries.append(.init(running: type.running(spec.parameters), start: count))
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
                entries[place].running.advance(candle, into: base + entries[place].start)
            }
        }
    }
}

/// The calculations of a set, behind one reference: one question an update whether they are shared, instead of one for
/// each. A set copies them before it changes what it shares, so that they are only ever changed by their sole owner; that
/// is what makes them safe to send.
private final class RunningIndicators: @unchecked Sendable {
    struct Entry {
        let running: RunningIndicator
        /// Where its values begin in the set's.
        let start: Int
    }

    let entries: UnsafeMutableBufferPointer<Entry>

    init(_ entries: [Entry]) {
        self.entries = .allocate(capacity: entries.count)
        _ = self.entries.initialize(from: entries)
    }

    deinit {
        entries.deinitialize()
        entries.deallocate()
    }

    func copy() -> RunningIndicators {
        RunningIndicators(entries.map { Entry(running: $0.running.copy(), start: $0.start) })
    }
}

/// One running calculation, whatever its type.
class RunningIndicator {
    func advance(_ candle: Candle, into values: UnsafeMutablePointer<Double>) {}
    func copy() -> RunningIndicator { self }
}

private final class Running<Calculation: Indicator>: RunningIndicator {
    private let calculation: UnsafeMutablePointer<Calculation>

    init(_ start: Calculation) {
        calculation = .allocate(capacity: 1)
        calculation.initialize(to: start)
    }

    deinit {
        calculation.deinitialize(count: 1)
        calculation.deallocate()
    }

    override func advance(_ candle: Candle, into values: UnsafeMutablePointer<Double>) {
        calculation.pointee.update(candle)
        calculation.pointee.write(to: values)
    }

    override func copy() -> RunningIndicator { Running(calculation.pointee) }
}

extension Indicator {
    static func running(_ parameters: [Double]) -> RunningIndicator { Running(Self(parameters)) }
}
