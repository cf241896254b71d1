import Market

/// `average`, `highest` or `lowest` of the n values of a series before its newest one.
///
/// Values are taken at each close of the series' timeframe. A series of closed candles has its newest value there until
/// the next close. One that runs with the price (`price`, `change`, `drawdown`) has, between closes, a newest value that
/// no close has fixed yet, so all n taken ones lie before it. With fewer than n values, or an unknown one among them, it
/// is unknown; candles that never were (the venue was down) are not counted.
struct SeriesWindow: Sendable {
    let kind: RuleOperand.WindowKind
    let count: Int
    let step: Timeframe
    let runsWithPrice: Bool
    /// Operands and arithmetic only.
    let series: [RuleInstruction]
    private var values: [Double] = []
    private var oldest = 0
    private var beforeNewest = Double.nan
    private var includingNewest = Double.nan
    private var lastStep = Int64.min

    init(kind: RuleOperand.WindowKind, count: Int, step: Timeframe, runsWithPrice: Bool, series: [RuleInstruction]) {
        self.kind = kind
        self.count = count
        self.step = step
        self.runsWithPrice = runsWithPrice
        self.series = series
    }

    mutating func reset() {
        self = SeriesWindow(kind: kind, count: count, step: step, runsWithPrice: runsWithPrice, series: series)
    }

    mutating func append(_ value: Double, at time: Int64) {
        lastStep = time
        if values.count < count {
            values.append(value)
        } else {
            values[oldest] = value
            oldest = (oldest + 1) % count
        }
        beforeNewest = includingNewest
        includingNewest = values.count == count ? aggregate : .nan
    }

    func value(at now: Int64) -> Double {
        guard lastStep > .min, now - lastStep <= Staleness.limit(step) else { return .nan }
        return runsWithPrice && now > lastStep ? includingNewest : beforeNewest
    }

    /// Summed oldest first, anew each time, and what each addition rounds off is added at the end (Neumaier 1974): the
    /// mean of equal prices is that price, so `price <= average(price, n)` decides as on paper.
    private var aggregate: Double {
        var total = 0.0
        var lost = 0.0
        var best = values[0]
        for offset in 0..<count {
            let value = values[(oldest + offset) % count]
            if value.isNaN { return .nan }
            switch kind {
            case .average:
                let sum = total + value
                lost += abs(total) >= abs(value) ? (total - sum) + value : (value - sum) + total
                total = sum
            case .highest: best = max(best, value)
            case .lowest: best = min(best, value)
            }
        }
        return kind == .average ? (total + lost) / Double(count) : best
    }

    /// The arithmetic of `series`, with `read` for its operands.
    static func evaluate(_ series: [RuleInstruction], _ read: (BoundOperand.Source) -> Double) -> Double {
        var stack: [Double] = []
        for instruction in series {
            switch instruction {
            case .number(let value): stack.append(value)
            case .operand(let operand): stack.append(read(operand.source))
            case .negate: stack.append(-stack.removeLast())
            default:
                let right = stack.removeLast()
                stack.append(RuleArithmetic.combine(instruction, stack.removeLast(), right))
            }
        }
        return stack.last ?? .nan
    }
}
