import Market

/// Why a score is what it is: the readings that spoke for its side, the weightiest first, with their numbers.
///
/// Keys (locale entries `reason.<key>`) and their values; changes and levels are fractions, prices in the quote asset:
/// - `macd_above_signal`, `macd_below_signal`: `histogram`, `atr`, `ratio`
/// - `price_above_averages`, `price_below_averages`: `price`, `sma20`, `sma50`
/// - `bollinger_above_middle`, `bollinger_below_middle`: `price`, `middle`
/// - `momentum_up`, `momentum_down`: `change1h`, `change24h`, `change7d`
/// - `volume_high`: `ratio`
/// - `risk_low`: `level`
/// - `rsi_low`, `rsi_high`: `rsi`
/// - `close_below_band`, `close_above_band`: `price`, `band`
package enum Reasons {
    /// At most so many are given.
    package static let limit = 5

    package static func of(_ snapshot: FactorSnapshot, kind: Opportunity.Kind, side: Opportunity.Side) -> [Reason] {
        let sign = side == .buy ? 1.0 : -1.0
        let found = kind == .trend ? trend(snapshot, sign) : reversal(snapshot, sign)
        // Ties keep the order in which the factors are named.
        let ordered = found.enumerated().sorted { a, b in
            a.element.weight == b.element.weight ? a.offset < b.offset : a.element.weight > b.element.weight
        }
        return ordered.filter { $0.element.weight > 0 }.prefix(limit).map(\.element.reason)
    }

    private typealias Weighed = (weight: Double, reason: Reason)

    // Weights as the score has them: T has 0.25 of 0.40, its readings 0.25, 0.25 and 0.2 of 0.7 of that; M 0.15 of 0.40.
    private static let macdShare = 0.25 / 0.40 * 0.25 / 0.70
    private static let averagesShare = macdShare
    private static let bollingerShare = 0.25 / 0.40 * 0.20 / 0.70
    private static let momentumShare = 0.15 / 0.40

    private static func trend(_ now: FactorSnapshot, _ sign: Double) -> [Weighed] {
        var found: [Weighed] = []
        let up = sign > 0
        if let histogram = now.macdHistogram, let atr = now.atr, atr > 0 {
            let ratio = histogram / atr
            found.append(
                (
                    FactorFormulas.clamp(ratio) * sign * macdShare,
                    Reason(
                        key: up ? "macd_above_signal" : "macd_below_signal",
                        values: ["histogram": histogram, "atr": atr, "ratio": ratio])
                ))
        }
        if let sma20 = now.sma20, let sma50 = now.sma50 {
            let value = FactorFormulas.averages(close: now.close, sma20: sma20, sma50: sma50)
            found.append(
                (
                    value * sign * averagesShare,
                    Reason(
                        key: up ? "price_above_averages" : "price_below_averages",
                        values: ["price": now.close, "sma20": sma20, "sma50": sma50])
                ))
        }
        if let middle = now.bollingerMiddle {
            found.append(
                (
                    FactorFormulas.sided(now.close, middle) * 0.3 * sign * bollingerShare,
                    Reason(
                        key: up ? "bollinger_above_middle" : "bollinger_below_middle",
                        values: ["price": now.close, "middle": middle])
                ))
        }
        if let momentum = now.momentum, let hour = now.change1h, let day = now.change24h, let week = now.change7d {
            found.append(
                (
                    momentum * sign * momentumShare,
                    Reason(
                        key: up ? "momentum_up" : "momentum_down",
                        values: ["change1h": hour, "change24h": day, "change7d": week])
                ))
        }
        // Volume and risk speak for the size of a conviction, whichever its side.
        if let volume = now.volume, let ratio = now.volumeRatio, volume >= 0.5 {
            found.append((volume * 0.10, Reason(key: "volume_high", values: ["ratio": ratio])))
        }
        if let risk = now.risk {
            found.append(((2 * risk - 1) * 0.10, Reason(key: "risk_low", values: ["level": 1 - risk])))
        }
        return found
    }

    private static func reversal(_ now: FactorSnapshot, _ sign: Double) -> [Weighed] {
        var found: [Weighed] = []
        if let rsi = now.rsi {
            let distance = sign > 0 ? 30 - rsi : rsi - 70
            found.append((distance / 30 * 0.6, Reason(key: sign > 0 ? "rsi_low" : "rsi_high", values: ["rsi": rsi])))
        }
        if let upper = now.bollingerUpper, let lower = now.bollingerLower {
            let isOutside = FactorFormulas.sided(now.close, sign > 0 ? lower : upper) == -sign
            found.append(
                (
                    isOutside ? 0.8 * 0.4 : 0,
                    Reason(
                        key: sign > 0 ? "close_below_band" : "close_above_band",
                        values: ["price": now.close, "band": sign > 0 ? lower : upper])
                ))
        }
        return found
    }
}
