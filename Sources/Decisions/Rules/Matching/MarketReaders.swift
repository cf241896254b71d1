import Market

/// A symbol's data and who looks at it when it changes.
struct MarketReaders: Sendable {
    /// Rules of one price and constants.
    var levels = PriceLevels()
    /// Slots of other rules that read the price.
    var price: [Int] = []
    /// Slots that read closes of a timeframe, by its ordinal.
    var frames: [[Int]] = Array(repeating: [], count: Timeframe.allCases.count)
    /// Rules that read figures made elsewhere or prices of other venues.
    var outside: [Int] = []
    /// To be looked at with the next event, whatever it is: new, restored, unknown when its turn came, or left alone by a
    /// late candle. A threshold that has gone since may still be here, and one may be here twice.
    var fresh: [RulePlace] = []
    /// Every slot here.
    var all: Set<Int> = []
    /// How many plain thresholds are watched here.
    var thresholdCount = 0
    /// Price at which `levels` were last looked at.
    private(set) var seenPrice = Double.nan
    /// After a late candle, the newer price: rules may have been looked at with it, because time passed.
    private var newerPrice = Double.nan
    /// Time of the last event.
    var lastEvent: Int64?

    /// No rule reads the symbol.
    var isEmpty: Bool { thresholdCount == 0 && all.isEmpty }

    /// A quote of this price concerns no rule.
    func passesOver(_ price: Double) -> Bool {
        levels.gap.holds(price) && fresh.isEmpty && self.price.isEmpty && outside.isEmpty
    }

    /// Places whose level a move to `price` touches.
    func touched(to price: Double) -> [RulePlace] {
        guard !seenPrice.isNaN else { return levels.touched(from: -.infinity, to: .infinity) }
        if levels.gap.holds(price), levels.gap.holds(seenPrice) { return [] }
        let newer = newerPrice.isNaN ? price : newerPrice
        return levels.touched(from: min(seenPrice, price, newer), to: max(seenPrice, price, newer))
    }

    /// The levels were looked at with this price.
    mutating func saw(_ price: Double) {
        seenPrice = price
        newerPrice = .nan
        if !levels.gap.holds(price) { levels.look(at: price) }
    }

    /// The newer price is back after a late candle was looked at.
    mutating func returned(to price: Double) {
        newerPrice = price
        levels.look(at: .nan)
    }

    /// A quote of this price came that `passesOver`.
    mutating func passed(_ price: Double, at time: Int64) {
        seenPrice = price
        lastEvent = max(lastEvent ?? .min, time)
    }
}
