import Foundation
import Market

/// The size of the move over the horizon, from the inputs of `VolatilityInputs`.
///
/// Two gamma regressions on the same inputs: one of the variance of the candles on the way (Garman-Klass, a much
/// sharper measure than a squared return), one of the absolute move itself, held to the first by a ridge. Both are of
/// ratios to the trailing year's level, so that symbols pool.
struct VolatilityModel: Sendable {
    private(set) var variances: GammaRegression?
    private(set) var spreads: GammaRegression?
    private let name: ForecastModels.Name
    private let settings: WalkSettings
    private let centre: [Double]
    let names: [String]
    private var varianceRows: TrainingSet
    private var spreadRows: TrainingSet

    init(base: Timeframe, horizon: Timeframe, settings: WalkSettings, name: ForecastModels.Name) {
        let inputs = VolatilityInputs(
            base: base, steps: max(1, Int(horizon.span.milliseconds / base.span.milliseconds)))
        self.settings = settings
        self.name = name
        names = inputs.names
        centre = inputs.centre
        varianceRows = TrainingSet(width: centre.count)
        spreadRows = TrainingSet(width: centre.count)
    }

    var count: Int { varianceRows.count }

    /// A row whose outcome became known.
    mutating func learn(_ table: FeatureTable, _ row: Int) {
        let level = table.levels[row] * Double(table.steps)
        varianceRows.append(table.volatilityRow(row), outcome: table.realized[row] / level)
        guard settings.spreadWeight > 0 else { return }
        spreadRows.append(
            table.volatilityRow(row), outcome: max(abs(table.moves[row]), 1e-7) / level.squareRoot())
    }

    mutating func refit() {
        guard name == .har else { return }
        variances =
            GammaRegression.fit(varianceRows, from: variances?.coefficients, centre: centre, ridge: settings.ridge)
            ?? variances
        guard settings.spreadWeight > 0, let variances else { return }
        let half = variances.coefficients.map { $0 / 2 }
        spreads =
            GammaRegression.fit(
                spreadRows, from: spreads?.coefficients ?? half, centre: half, ridge: settings.spreadRidge) ?? spreads
    }

    /// Takes a trained model's coefficients. False where it was trained on other inputs.
    mutating func adopt(_ model: TrainedModel) -> Bool {
        guard name == .har, model.inputs == names, model.variances.coefficients.count == names.count,
            (model.spreads != nil) == (settings.spreadWeight > 0)
        else { return false }
        variances = model.variances
        spreads = model.spreads
        return true
    }

    /// Variance over the horizon.
    func variance(_ table: FeatureTable, _ row: Int) -> Double {
        switch name {
        case .ewma: return table.ewmaVariances[row]
        case .constant: return table.constantVariances[row]
        default:
            let level = table.levels[row] * Double(table.steps)
            return variances.map { $0.mean(table.volatilityRow(row)) * level } ?? table.constantVariances[row]
        }
    }

    /// What moves from this row are measured in: the pool of past moves in this unit makes the bands.
    func scale(_ table: FeatureTable, _ row: Int) -> Double {
        guard name == .har, let variances else { return variance(table, row).squareRoot() }
        let inputs = table.volatilityRow(row)
        let weight = spreads == nil ? 0 : settings.spreadWeight
        let byMoves = spreads.map { log($0.mean(inputs)) } ?? 0
        let logarithm = log(variances.mean(inputs)) / 2 * (1 - weight) + byMoves * weight
        return exp(settings.modelWeight * logarithm) * (table.levels[row] * Double(table.steps)).squareRoot()
    }

    /// Name of an input that lies far outside what was learned from.
    func unfamiliar(_ table: FeatureTable, _ row: Int) -> String? {
        guard name == .har else { return nil }
        return varianceRows.unfamiliar(table.volatilityRow(row)).map { names[$0] }
    }
}
