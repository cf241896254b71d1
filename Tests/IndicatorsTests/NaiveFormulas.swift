import Foundation
import Market

/// The definitions, written down without any running state: value at a row from the candles up to it.
enum NaiveFormulas {
    typealias Formula = @Sendable (_ candles: [Candle], _ row: Int) -> Double

    static let table: [(spec: String, formula: Formula)] = [
        ("sma(50)", { mean(closes($0, $1, 50)) }),
        (
            "wma(20)",
            { candles, row in
                let values = closes(candles, row, 20)
                return zip(1..., values).reduce(0) { $0 + Double($1.0) * $1.1 } / 210
            }
        ),
        ("stddev(20)", { variance(closes($0, $1, 20)).squareRoot() }),
        ("var(20)", { variance(closes($0, $1, 20)) }),
        ("bollinger(20,2).upper", { mean(closes($0, $1, 20)) + 2 * variance(closes($0, $1, 20)).squareRoot() }),
        ("bollinger(20,2).lower", { mean(closes($0, $1, 20)) - 2 * variance(closes($0, $1, 20)).squareRoot() }),
        ("max(30)", { closes($0, $1, 30).max() ?? .nan }),
        ("min(30)", { closes($0, $1, 30).min() ?? .nan }),
        ("midpoint(14)", { ((closes($0, $1, 14).max() ?? .nan) + (closes($0, $1, 14).min() ?? .nan)) / 2 }),
        ("midprice(14)", { (high($0, $1, 14) + low($0, $1, 14)) / 2 }),
        ("donchian(20).upper", { high($0, $1, 20) }),
        ("donchian(20).lower", { low($0, $1, 20) }),
        ("roc(10)", { 100 * ($0[$1].close - $0[$1 - 10].close) / $0[$1 - 10].close }),
        ("mom(10)", { $0[$1].close - $0[$1 - 10].close }),
        ("williams(14)", { -100 * (high($0, $1, 14) - $0[$1].close) / (high($0, $1, 14) - low($0, $1, 14)) }),
        ("stochf(14,3).k", { place($0, $1, 14) }),
        ("stochf(14,3).d", { candles, row in mean((0..<3).map { place(candles, row - $0, 14) }) }),
        (
            "stochastic(14,3,3).d",
            { candles, row in
                mean((0..<3).map { later in mean((0..<3).map { place(candles, row - later - $0, 14) }) })
            }
        ),
        (
            "cci(20)",
            { candles, row in
                let prices = candles[(row - 19)...row].map(typical)
                let middle = mean(prices)
                return (typical(candles[row]) - middle) / (0.015 * mean(prices.map { abs($0 - middle) }))
            }
        ),
        (
            "mfi(14)",
            { candles, row in
                var (rising, all) = (0.0, 0.0)
                for index in (row - 13)...row where typical(candles[index]) != typical(candles[index - 1]) {
                    let flow = typical(candles[index]) * candles[index].volume
                    all += flow
                    if typical(candles[index]) > typical(candles[index - 1]) { rising += flow }
                }
                return 100 * rising / all
            }
        ),
        (
            "vwap(24)",
            { candles, row in
                let part = candles[(row - 23)...row]
                return part.reduce(0) { $0 + typical($1) * $1.volume } / part.reduce(0) { $0 + $1.volume }
            }
        ),
        ("linearreg_slope(14)", { slope(closes($0, $1, 14)) }),
        ("linearreg(14)", { mean(closes($0, $1, 14)) + 6.5 * slope(closes($0, $1, 14)) }),
        (
            "aroon(14).up",
            { candles, row in
                let part = (row - 14)...row
                let top = part.map { candles[$0].high }.max()
                return 100 * Double(14 - (row - (part.last { candles[$0].high == top } ?? 0))) / 14
            }
        ),
        ("ppo(12,26)", { 100 * (mean(closes($0, $1, 12)) / mean(closes($0, $1, 26)) - 1) }),
        (
            "ultosc(7,14,28)",
            { candles, row in
                let ratios = [7, 14, 28].map { count -> Double in
                    let rows = (row - count + 1)...row
                    let pressure = rows.map { candles[$0].close - min(candles[$0].low, candles[$0 - 1].close) }
                    return mean(pressure) / mean(rows.map { trueRange(candles, $0) })
                }
                return 100 * (4 * ratios[0] + 2 * ratios[1] + ratios[2]) / 7
            }
        ),
        ("ichimoku(9,26,52).base", { (high($0, $1, 26) + low($0, $1, 26)) / 2 }),
        ("ichimoku(9,26,52).span_b", { (high($0, $1 - 26, 52) + low($0, $1 - 26, 52)) / 2 }),
    ]

    static func closes(_ candles: [Candle], _ row: Int, _ count: Int) -> [Double] {
        candles[(row - count + 1)...row].map(\.close)
    }
    static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    static func variance(_ values: [Double]) -> Double {
        let middle = mean(values)
        return mean(values.map { ($0 - middle) * ($0 - middle) })
    }
    static func high(_ candles: [Candle], _ row: Int, _ count: Int) -> Double {
        candles[(row - count + 1)...row].map(\.high).max() ?? .nan
    }
    static func low(_ candles: [Candle], _ row: Int, _ count: Int) -> Double {
        candles[(row - count + 1)...row].map(\.low).min() ?? .nan
    }
    static func place(_ candles: [Candle], _ row: Int, _ count: Int) -> Double {
        100 * (candles[row].close - low(candles, row, count)) / (high(candles, row, count) - low(candles, row, count))
    }
    static func typical(_ candle: Candle) -> Double { (candle.high + candle.low + candle.close) / 3 }
    static func trueRange(_ candles: [Candle], _ row: Int) -> Double {
        max(candles[row].high, candles[row - 1].close) - min(candles[row].low, candles[row - 1].close)
    }
    static func slope(_ values: [Double]) -> Double {
        let middle = mean(values)
        let centre = Double(values.count - 1) / 2
        var (above, below) = (0.0, 0.0)
        for (index, value) in values.enumerated() {
            above += (Double(index) - centre) * (value - middle)
            below += (Double(index) - centre) * (Double(index) - centre)
        }
        return above / below
    }
}
