import Crypto
import Decisions
package import Forecasts
package import Market

/// SHA-256 of what something was made of, in hexadecimal.
enum InputsHash {
    /// Open time and the five figures of each candle, eight bytes each, little-endian.
    static func of(_ candles: [Candle]) -> String {
        var words: [UInt64] = []
        words.reserveCapacity(candles.count * 6)
        for candle in candles {
            words.append(UInt64(bitPattern: candle.openTime.milliseconds).littleEndian)
            for figure in [candle.open, candle.high, candle.low, candle.close, candle.volume] {
                words.append(figure.bitPattern.littleEndian)
            }
        }
        return words.withUnsafeBytes { bytes in
            var hash = SHA256()
            hash.update(bufferPointer: bytes)
            return LedgerHash.hex(Array(hash.finalize()))
        }
    }

    /// The factors of an opportunity at its close, in their order.
    static func of(_ opportunity: Opportunity) -> String {
        var hash = LedgerHash(salt: [])
        hash.add(opportunity.at.milliseconds)
        hash.add(Int64(bitPattern: opportunity.price.bitPattern))
        for factor in opportunity.factors {
            hash.add(factor.name)
            hash.add(Int64(bitPattern: factor.value.bitPattern))
        }
        return LedgerHash.hex(hash.value)
    }

    /// The rule as it was and its operands then.
    static func of(_ firing: RuleFiring) -> String {
        var hash = LedgerHash(salt: [])
        hash.add(firing.at.milliseconds)
        hash.add(firing.text)
        for operand in firing.values {
            hash.add(operand.text)
            hash.add(Int64(bitPattern: operand.value.bitPattern))
        }
        return LedgerHash.hex(hash.value)
    }
}

/// A forecaster that takes down what each forecast was made of.
package struct WitnessedForecaster: Forecaster {
    private let inner: any Forecaster

    package init(_ inner: any Forecaster) { self.inner = inner }

    package func input(for horizon: Timeframe) -> (timeframe: Timeframe, count: Int) { inner.input(for: horizon) }

    package func forecast(symbol: Symbol, horizon: Timeframe, candles: [Candle], now: Timestamp)
        throws(ForecastRefusal) -> Forecast
    {
        var forecast = try inner.forecast(symbol: symbol, horizon: horizon, candles: candles, now: now)
        forecast.inputs = InputsHash.of(candles)
        return forecast
    }
}
