import Market

/// A symbol's data and who looks at it when it changes.
struct MarketReaders: Sendable {
    /// Rules of one price and constants.
    var levels = PriceLevels()
    /// Other rules that read the price.
    var price: [Int] = []
    /// Rules that read closes of a timeframe, by its ordinal.
    var frames: [[Int]] = Array(repeating: [], count: Timeframe.allCases.count)
    /// Rules that read figures made elsewhere or prices of other venues.
    var outside: [Int] = []
    /// To be looked at with the next event, whatever it is: new, restored, or unknown when its turn came.
    var fresh: [Int] = []
    /// Every rule here.
    var all: Set<Int> = []
    /// Price at which `levels` were last looked at.
    var seenPrice = Double.nan
    /// Time of the last event.
    var lastEvent: Int64?
}
