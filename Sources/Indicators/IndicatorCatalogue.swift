/// Which indicators there are.
enum IndicatorCatalogue {
    static let built: [any Indicator.Type] = [
        SimpleMovingAverage.self, ExponentialMovingAverage.self, RelativeStrength.self, AverageTrueRange.self,
        MovingAverageConvergence.self, BollingerBands.self,
    ]

    /// Names of the language that have no calculation yet; they are refused as such, not as unknown.
    static let unbuilt: Set<String> = Set(listed).subtracting(built.map { $0.name })

    static let byName: [String: any Indicator.Type] = Dictionary(uniqueKeysWithValues: built.map { ($0.name, $0) })

    /// Every name of the language.
    static let listed: [String] = [
        "sma", "ema", "wma", "dema", "tema", "kama", "rsi", "atr", "natr", "adx", "adxr", "plus_di", "minus_di", "mfi",
        "cci", "williams", "roc", "mom", "cmo", "trix", "stddev", "var", "linearreg", "linearreg_slope", "midpoint",
        "midprice", "max", "min", "macd", "ppo", "bollinger", "stochastic", "stochf", "stochrsi", "aroon", "aroonosc",
        "sar", "ultosc", "adosc", "obv", "ad", "bop", "trange", "typprice", "vwap", "ichimoku", "supertrend", "donchian",
        "keltner",
    ]
}
