package import Market

/// Steps of a walk as CSV: `time,symbol,horizon,median,lo50,hi50,lo90,hi90,p_up`, prices; `time` is the close time in
/// Unix ms of the last candle used; `p_up` is empty where direction is a coin toss.
package enum ForecastTable {
    package static let header = "time,symbol,horizon,median,lo50,hi50,lo90,hi90,p_up"

    package static func line(_ step: ForecastStep, symbol: Symbol, horizon: Timeframe) -> String {
        let prices = [
            step.price, step.price(step.band50.low), step.price(step.band50.high), step.price(step.band90.low),
            step.price(step.band90.high),
        ].map(Decimals.plain)
        let up = step.probabilityUp.map(Decimals.plain) ?? ""
        return "\(step.at.milliseconds),\(symbol),\(horizon.rawValue)," + prices.joined(separator: ",") + ",\(up)"
    }
}
