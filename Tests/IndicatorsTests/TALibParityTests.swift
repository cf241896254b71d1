import Foundation
import Indicators
import Market
import Support
import Testing
import Turns

/// Against TA-Lib's own output, computed outside this project; skipped where that data is not at hand.
@Suite(.oneAtATime) struct TALibParityTests {
    static let reference: [(column: String, spec: String)] = [
        ("RSI14", "rsi(14)"), ("MACD_12_26_9", "macd(12,26,9).line"), ("MACD_signal", "macd(12,26,9).signal"),
        ("MACD_hist", "macd(12,26,9).histogram"), ("BB_20_2_upper", "bollinger(20,2).upper"),
        ("BB_20_2_middle", "bollinger(20,2).middle"), ("BB_20_2_lower", "bollinger(20,2).lower"), ("SMA5", "sma(5)"),
        ("SMA20", "sma(20)"), ("SMA50", "sma(50)"), ("SMA200", "sma(200)"), ("EMA9", "ema(9)"), ("EMA12", "ema(12)"),
        ("EMA26", "ema(26)"), ("EMA50", "ema(50)"), ("EMA200", "ema(200)"), ("WMA20", "wma(20)"),
        ("DEMA20", "dema(20)"), ("TEMA20", "tema(20)"), ("KAMA30", "kama(30)"), ("ATR14", "atr(14)"),
        ("NATR14", "natr(14)"), ("TRANGE", "trange"), ("ADX14", "adx(14)"), ("ADXR14", "adxr(14)"),
        ("PLUS_DI14", "plus_di(14)"), ("MINUS_DI14", "minus_di(14)"), ("STOCH_14_3_3_k", "stochastic(14,3,3).k"),
        ("STOCH_14_3_3_d", "stochastic(14,3,3).d"), ("STOCHF_14_3_k", "stochf(14,3).k"),
        ("STOCHF_14_3_d", "stochf(14,3).d"), ("STOCHRSI_14_14_3_k", "stochrsi(14,14,3).k"),
        ("STOCHRSI_14_14_3_d", "stochrsi(14,14,3).d"), ("OBV", "obv"), ("AD", "ad"), ("ADOSC_3_10", "adosc(3,10)"),
        ("MFI14", "mfi(14)"), ("CCI20", "cci(20)"), ("CCI14", "cci(14)"), ("WILLR14", "williams(14)"),
        ("ROC10", "roc(10)"), ("MOM10", "mom(10)"), ("CMO14", "cmo(14)"), ("TRIX30", "trix(30)"),
        ("ULTOSC_7_14_28", "ultosc(7,14,28)"), ("PPO_12_26", "ppo(12,26)"), ("AROON14_down", "aroon(14).down"),
        ("AROON14_up", "aroon(14).up"), ("AROONOSC14", "aroonosc(14)"), ("BOP", "bop"),
        ("SAR_0.02_0.2", "sar(0.02,0.2)"), ("STDDEV20", "stddev(20)"), ("VAR20", "var(20)"),
        ("LINREG14", "linearreg(14)"), ("LINREG_SLOPE14", "linearreg_slope(14)"), ("MIDPOINT14", "midpoint(14)"),
        ("MIDPRICE14", "midprice(14)"), ("MAX20", "max(20)"), ("MIN20", "min(20)"), ("TYPPRICE", "typprice"),
    ]

    static let real: [(column: String, spec: String)] = [
        ("sma20", "sma(20)"), ("ema12", "ema(12)"), ("ema26", "ema(26)"), ("ema200", "ema(200)"), ("rsi14", "rsi(14)"),
        ("macd", "macd(12,26,9).line"), ("macd_signal", "macd(12,26,9).signal"),
        ("macd_hist", "macd(12,26,9).histogram"), ("bb_upper", "bollinger(20,2).upper"),
        ("bb_middle", "bollinger(20,2).middle"), ("bb_lower", "bollinger(20,2).lower"), ("atr14", "atr(14)"),
        ("adx14", "adx(14)"), ("plus_di14", "plus_di(14)"), ("minus_di14", "minus_di(14)"),
        ("stoch_k", "stochastic(14,3,3).k"), ("stoch_d", "stochastic(14,3,3).d"), ("cci20", "cci(20)"), ("obv", "obv"),
        ("mfi14", "mfi(14)"), ("willr14", "williams(14)"), ("sar", "sar(0.02,0.2)"), ("roc10", "roc(10)"),
    ]

    /// First row where our column is not theirs to 1e-9 relative, or is defined where theirs is not. Where the true value
    /// is zero both are the rounding of much larger numbers, so 1e-12 of the column's largest value is let pass.
    private func difference(_ spec: String, _ candles: [Candle], _ expected: [Double?]) throws -> String? {
        let noise = 1e-12 * (expected.compactMap { $0.map(abs) }.max() ?? 0)
        var stream = IndicatorStream(try IndicatorSpec.parse(spec))
        for (row, (candle, wanted)) in zip(candles, expected).enumerated() {
            stream.update(candle)
            let found = stream.value
            if found == wanted { continue }
            if let found, let wanted, abs(found - wanted) <= max(noise, 1e-9 * max(abs(found), abs(wanted))) {
                continue
            }
            return "\(spec), row \(row): \(String(describing: found)), not \(String(describing: wanted))"
        }
        return nil
    }

    @Test(
        "60 columns agree with TA-Lib at every row, lead-in included",
        .enabled(if: SharedData.has("talib_reference/indicators.csv.gz")))
    func madeUpCandles() throws {
        let input = try SharedData.table("talib_reference/input.csv.gz")
        func column(_ name: String) -> [Double] { (input[name] ?? []).map { $0 ?? .nan } }
        let (open, high, low) = (column("open"), column("high"), column("low"))
        let (close, volume) = (column("close"), column("volume"))
        let candles = close.indices.map {
            Candle(
                openTime: Timestamp(seconds: Int64($0) * 3600), open: open[$0], high: high[$0], low: low[$0],
                close: close[$0], volume: volume[$0])
        }
        let table = try SharedData.table("talib_reference/indicators.csv.gz")
        #expect(Set(table.keys).subtracting(["i"]) == Set(Self.reference.map(\.column)))
        for (name, spec) in Self.reference {
            let expected = try #require(table[name])
            #expect(expected.count == candles.count)
            let found = try difference(spec, candles, expected)
            #expect(found == nil, "\(spec)")
        }
    }

    @Test(
        "real candles agree with TA-Lib at every row, lead-in included",
        .enabled(if: SharedData.has("talib_real_candles")),
        arguments: [
            ("candles/binance_spot_BTCUSDT_1d_20170817_20241231.csv.gz", "BTCUSDT_1d_20170817_20241231"),
            (
                "candles/binance_usdm_perp_ETHUSDT_1h_20200101_20241231.csv.gz",
                "ETHUSDT_perp_1h_first3000_from_20200101"
            ),
        ])
    func realCandles(file: String, table: String) throws {
        let candles = try SharedData.candles(file)
        let table = try SharedData.table("talib_real_candles/\(table)_indicators.csv.gz")
        #expect(Set(table.keys).subtracting(["open_time"]) == Set(Self.real.map(\.column)))
        for (name, spec) in Self.real {
            let expected = try #require(table[name])
            #expect(expected.count >= 2694)
            let found = try difference(spec, candles, expected)
            #expect(found == nil, "\(spec)")
        }
    }
}
