import Indicators
import Market
import Support
import Testing
import Turns

/// What holds for all of them.
@Suite(.oneAtATime) struct EveryIndicatorTests {
    static let all = [
        "sma(20)", "ema(20)", "wma(20)", "dema(20)", "tema(20)", "kama(30)", "rsi(14)", "atr(14)", "natr(14)",
        "adx(14)", "adxr(14)", "plus_di(14)", "minus_di(14)", "mfi(14)", "cci(20)", "williams(14)", "roc(10)",
        "mom(10)", "cmo(14)", "trix(9)", "stddev(20)", "var(20)", "linearreg(14)", "linearreg_slope(14)",
        "midpoint(14)", "midprice(14)", "max(20)", "min(20)", "macd(12,26,9)", "ppo(12,26)", "bollinger(20,2)",
        "stochastic(14,3,3)", "stochf(14,3)", "stochrsi(14,14,3)", "aroon(14)", "aroonosc(14)", "sar(0.02,0.2)",
        "ultosc(7,14,28)", "adosc(3,10)", "obv", "ad", "bop", "trange", "typprice", "vwap(24)", "ichimoku(9,26,52)",
        "supertrend(10,3)", "donchian(20)", "keltner(20,2)",
    ]

    private func values(_ stream: IndicatorStream) -> [Double?] { (0..<stream.partCount).map(stream.value(part:)) }

    @Test("the list of names is complete")
    func names() throws {
        #expect(Set(try Self.all.map { try IndicatorSpec.parse($0).name }) == Set(IndicatorSpec.names))
        #expect(IndicatorSpec.names.count == Self.all.count)
    }

    @Test("once defined, values stay defined and finite on a moving price", arguments: all)
    func finite(text: String) throws {
        var stream = IndicatorStream(try IndicatorSpec.parse(text))
        var wasDefined = false
        for candle in [Candle].walk(2000, seed: 3) {
            stream.update(candle)
            let current = values(stream)
            let isDefined = current.allSatisfy { $0 != nil }
            #expect(isDefined || !wasDefined)
            wasDefined = isDefined
            #expect(current.allSatisfy { $0?.isFinite ?? true })
        }
        #expect(wasDefined)
    }

    @Test("a price that stands still, without volume, gives no infinity and no not-a-number", arguments: all)
    func flat(text: String) throws {
        var stream = IndicatorStream(try IndicatorSpec.parse(text))
        for index in 0..<300 {
            stream.update(
                Candle(
                    openTime: Timestamp(seconds: Int64(index) * 60), open: 5, high: 5, low: 5, close: 5, volume: 0))
            #expect(values(stream).allSatisfy { $0?.isFinite ?? true })
        }
        #expect(text.hasPrefix("vwap") ? stream.value == nil : stream.value != nil)
    }

    @Test("a stream that began late agrees once it has seen as many candles as it says", arguments: all)
    func memory(text: String) throws {
        let spec = try IndicatorSpec.parse(text)
        guard let memory = spec.memory else {
            #expect(["obv", "ad", "sar", "supertrend"].contains(spec.name))
            return
        }
        let candles = [Candle].walk(memory + 500, seed: 11)
        var whole = IndicatorStream(spec)
        var late = IndicatorStream(spec)
        for candle in candles { whole.update(candle) }
        for candle in candles.suffix(memory) { late.update(candle) }
        for (a, b) in zip(values(whole), values(late)) {
            let (a, b) = (try #require(a), try #require(b))
            #expect(abs(a - b) <= 1e-8 * max(abs(a), 1))
        }
    }

    @Test("a copy of a stream goes its own way", arguments: all)
    func valueSemantics(text: String) throws {
        let candles = [Candle].walk(400, seed: 5)
        var stream = IndicatorStream(try IndicatorSpec.parse(text))
        for candle in candles.prefix(300) { stream.update(candle) }
        let before = values(stream)
        var copy = stream
        for candle in candles.suffix(100) { copy.update(candle) }
        #expect(values(stream) == before)
        for candle in candles.suffix(100) { stream.update(candle) }
        #expect(values(stream) == values(copy))
    }

    @Test("periods of one candle and of thousands work", arguments: ["sma", "ema", "wma", "atr", "max", "roc", "vwap"])
    func extremePeriods(name: String) throws {
        var short = IndicatorStream(try IndicatorSpec(name: name, parameters: [1]))
        var long = IndicatorStream(try IndicatorSpec(name: name, parameters: [5000]))
        for candle in [Candle].walk(5001, seed: 2) {
            short.update(candle)
            long.update(candle)
        }
        #expect(short.value?.isFinite == true)
        #expect(long.value?.isFinite == true)
    }
}
