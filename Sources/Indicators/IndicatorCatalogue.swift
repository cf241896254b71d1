/// Which indicators there are.
enum IndicatorCatalogue {
    static let all: [any Indicator.Type] = [
        // Trend.
        SimpleMovingAverage.self, ExponentialMovingAverage.self, WeightedMovingAverage.self,
        DoubleExponentialAverage.self, TripleExponentialAverage.self, KaufmanAdaptiveAverage.self,
        MovingAverageConvergence.self, LinearRegression.self, LinearRegressionSlope.self, Midpoint.self, Midprice.self,
        HighestClose.self, LowestClose.self, TypicalPrice.self, ParabolicStop.self, PlusDirectional.self,
        MinusDirectional.self, AverageDirectional.self, AverageDirectionalRating.self, Aroon.self,
        AroonOscillator.self, Ichimoku.self, Supertrend.self,
        // Momentum.
        RelativeStrength.self, RateOfChange.self, MomentumDifference.self, ChandeMomentum.self,
        TripleSmoothedRate.self, PercentagePriceOscillator.self, CommodityChannel.self, WilliamsRange.self,
        UltimateOscillator.self, BalanceOfPower.self, Stochastic.self, FastStochastic.self, StochasticStrength.self,
        // Volatility.
        AverageTrueRange.self, NormalizedTrueRange.self, TrueRange.self, StandardDeviation.self, Variance.self,
        BollingerBands.self, Donchian.self, Keltner.self,
        // Volume.
        OnBalanceVolume.self, AccumulationDistribution.self, AccumulationOscillator.self, MoneyFlow.self,
        VolumeWeightedPrice.self,
    ]

    static let byName: [String: any Indicator.Type] = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
}
