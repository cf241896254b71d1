package import Market
import Indicators

/// Running factors of one symbol: closed 1h candles in, in order of open time; a snapshot out at each. Work per candle
/// is constant but for two insertions into sorted windows.
package struct FactorStream: Sendable {
    /// 90 days of hours.
    static let scaleWindow = 2_160
    /// Thirty days: with less the own scale of a symbol says too little, and momentum is absent.
    static let scaleMinimum = 720

    private var macd = FactorStream.stream("macd", 12, 26, 9)
    private var atr = FactorStream.stream("atr", 14)
    private var rsi = FactorStream.stream("rsi", 14)
    private var sma20 = FactorStream.stream("sma", 20)
    private var sma50 = FactorStream.stream("sma", 50)
    private var bollinger = FactorStream.stream("bollinger", 20, 2)
    private var hours = HourlyWindow()
    private var priceScale = TrailingQuantile(window: scaleWindow, minimum: scaleMinimum, probability: 0.9)
    private var volumeScale = TrailingQuantile(window: scaleWindow, minimum: scaleMinimum, probability: 0.9)

    package init() {}

    private static func stream(_ name: String, _ parameters: Double...) -> IndicatorStream {
        do {
            return IndicatorStream(try IndicatorSpec(name: name, parameters: parameters))
        } catch {
            preconditionFailure("the factors stand on \(name): \(error)")
        }
    }

    /// Takes the next closed 1h candle.
    package mutating func update(_ candle: Candle, fundamentals: Fundamentals? = nil) -> FactorSnapshot {
        macd.update(candle)
        atr.update(candle)
        rsi.update(candle)
        sma20.update(candle)
        sma50.update(candle)
        bollinger.update(candle)
        hours.add(candle)

        var now = FactorSnapshot(at: candle.closeTime(.h1), close: candle.close)
        // Parts stand in the order of the catalogue: line, signal, histogram; upper, middle, lower.
        now.macdHistogram = macd.value(part: 2)
        now.atr = atr.value
        now.rsi = rsi.value
        now.sma20 = sma20.value
        now.sma50 = sma50.value
        now.bollingerUpper = bollinger.value(part: 0)
        now.bollingerMiddle = bollinger.value(part: 1)
        now.bollingerLower = bollinger.value(part: 2)
        now.change1h = hours.change(hours: 1)
        now.change24h = hours.change(hours: 24)
        now.change7d = hours.change(hours: 168)
        now.volumeRatio = hours.volumeRatio
        now.turnover24h = hours.turnover24h
        now.volatility24h = hours.volatility24h

        now.trend = FactorFormulas.trend(
            close: candle.close, macdHistogram: now.macdHistogram, atr: now.atr, sma20: now.sma20, sma50: now.sma50,
            bollingerMiddle: now.bollingerMiddle)
        now.reversal = FactorFormulas.reversal(
            close: candle.close, rsi: now.rsi, bollingerUpper: now.bollingerUpper, bollingerLower: now.bollingerLower)
        now.momentum = momentum(of: now)
        now.volume = now.volumeRatio.map { FactorFormulas.volume(ratio: $0) }
        if let fundamentals, let volatility = now.volatility24h {
            now.risk = FactorFormulas.risk(volatility24h: volatility, fundamentals: fundamentals)
        }
        return now
    }

    /// The scale of a symbol includes the candle at hand.
    private mutating func momentum(of now: FactorSnapshot) -> Double? {
        guard let hour = now.change1h, let day = now.change24h, let week = now.change7d else { return nil }
        let pricePart = FactorFormulas.pricePart(change1h: hour, change24h: day, change7d: week)
        priceScale.add(abs(pricePart))
        let volumePart = now.volumeRatio.map { FactorFormulas.volumePart(volumeRatio: $0, pricePart: pricePart) }
        if let volumePart { volumeScale.add(abs(volumePart)) }
        return FactorFormulas.momentum(
            pricePart: pricePart, priceScale: priceScale.value, volumePart: volumePart, volumeScale: volumeScale.value)
    }

    /// Factors at the last of these closed 1h candles (oldest first), for views that ask once. Ninety days and a week
    /// of candles give every factor its full window.
    package static func latest(of candles: [Candle], fundamentals: Fundamentals? = nil) -> FactorSnapshot? {
        var stream = FactorStream()
        var last: FactorSnapshot?
        for candle in candles { last = stream.update(candle, fundamentals: fundamentals) }
        return last
    }
}
