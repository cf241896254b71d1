import Indicators
import Market

/// What rules read of a symbol that neither its candles nor the primary venue's quotes tell: figures made elsewhere, and
/// prices of several venues.
struct OutsideValues: Sendable {
    private struct Reading: Sendable {
        var kind: MarketReading.Kind
        /// Not a number while unknown.
        var value = Double.nan
        var time = Int64.min
    }

    private struct VenuePrice: Sendable {
        var venue: Venue
        var price = Double.nan
        var time = Int64.min
    }

    /// How old a venue's quote may be, in milliseconds.
    private static let freshQuote: Int64 = 60_000

    private var readings: [Reading] = []
    private var venues: [VenuePrice] = []
    private var divergence: VenueDivergence?
    /// 1 at the observation that raised an alarm, 0 at others, not a number before there were enough.
    private var diverges = Double.nan
    private var observations = 0
    private var lastObservation = Int64.min

    // MARK: Readers

    /// Places are few and never given back: there are fifteen kinds of figures and a handful of venues.
    mutating func read(_ kind: MarketReading.Kind) -> (index: Int, isNew: Bool) {
        if let index = readings.firstIndex(where: { $0.kind == kind }) { return (index, false) }
        readings.append(Reading(kind: kind))
        return (readings.count - 1, true)
    }

    mutating func read(_ venue: Venue) -> Int {
        if let index = venues.firstIndex(where: { $0.venue == venue }) { return index }
        venues.append(VenuePrice(venue: venue))
        return venues.count - 1
    }

    mutating func readDivergence() { if divergence == nil { divergence = VenueDivergence() } }

    /// Horizons of the forecasts that are read.
    var horizons: Set<Timeframe> { Set(readings.compactMap(\.kind.horizon)) }

    // MARK: Data

    /// False when nobody reads it, or a newer one is there.
    mutating func take(_ reading: MarketReading) -> Bool {
        guard let index = readings.firstIndex(where: { $0.kind == reading.kind }),
            reading.time.milliseconds >= readings[index].time
        else { return false }
        readings[index].value = reading.value.flatMap { $0.isFinite ? $0 : nil } ?? .nan
        readings[index].time = reading.time.milliseconds
        return true
    }

    /// A quote of any venue. False when nobody reads it.
    mutating func take(_ price: Double, of venue: Venue, at time: Int64) -> Bool {
        guard let index = venues.firstIndex(where: { $0.venue == venue }), time >= venues[index].time else {
            return false
        }
        venues[index].price = price
        venues[index].time = time
        return true
    }

    /// Two venues' prices of the same moment. False when nobody asks how far they stand apart.
    mutating func observe(primary: Double, second: Double, at time: Int64) -> Bool {
        guard divergence != nil, time > lastObservation, primary > 0, second > 0 else { return false }
        lastObservation = time
        observations += 1
        let found = divergence?.observe(primary, second, at: Timestamp(milliseconds: time))
        diverges = found != nil ? 1 : observations > VenueDivergence.minimum ? 0 : .nan
        return true
    }

    // MARK: Values

    func value(reading index: Int, at now: Int64) -> Double {
        let reading = readings[index]
        guard reading.time > .min, now - reading.time <= max(60_000, 3 * reading.kind.interval.milliseconds) else {
            return .nan
        }
        return reading.value
    }

    func spread(_ first: Int, _ second: Int, at now: Int64) -> Double {
        let (a, b) = (venues[first], venues[second])
        guard a.time > .min, b.time > .min, now - a.time <= OutsideValues.freshQuote,
            now - b.time <= OutsideValues.freshQuote
        else { return .nan }
        let result = a.price / b.price - 1
        return result.isFinite ? result : .nan
    }

    func divergence(at now: Int64) -> Double {
        lastObservation > .min && now - lastObservation <= OutsideValues.freshQuote ? diverges : .nan
    }
}
