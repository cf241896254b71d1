import Foundation
import Market

/// What forecasts of a horizon must keep, from one hour to a week, and where a figure is too good to be true.
package struct ForecastGate: Hashable, Sendable, Codable {
    package var name: String
    package var least: Double
    package var most: Double
    /// The figure, or of several the one furthest from the middle; `nil` where there was nothing to judge.
    package var figure: Double?
    /// Whose figure it is.
    package var whose: String?
    /// `nil` where there was nothing to judge: neither met nor missed.
    package var isMet: Bool? { figure.map { $0 >= least && $0 <= most } }

    /// `nil` for horizons without gates.
    package static func all(of report: WalkReport) -> [ForecastGate]? {
        guard let limits = limits[report.horizon] else { return nil }
        func worst(_ name: String, _ limit: ClosedRange<Double>, _ figures: [(String, Double)]) -> ForecastGate {
            let middle = (limit.lowerBound + limit.upperBound) / 2
            let found = figures.max { abs($0.1 - middle) < abs($1.1 - middle) }
            return ForecastGate(
                name: name, least: limit.lowerBound, most: limit.upperBound, figure: found?.1, whose: found?.0)
        }
        func one(_ name: String, _ limit: ClosedRange<Double>, _ figure: Double?) -> ForecastGate {
            worst(name, limit, figure.map { [("", $0)] } ?? [])
        }
        let judged = report.all.count > 0
        let terciles = zip(["calm", "middling", "wild"], report.byTercile).filter { $1.count > 0 }
        let isHeard = report.direction.brierSkill != nil
        return [
            one("90% band", limits.all90, judged ? report.all.coverage90 : nil),
            one("50% band", limits.all50, judged ? report.all.coverage50 : nil),
            worst("90% band, each symbol", limits.symbol90, report.bySymbol.map { ($0.key, $0.value.coverage90) }),
            worst("90% band, each tercile", limits.tercile90, terciles.map { ($0.0, $0.1.coverage90) }),
            worst(
                "90% band, each month", limits.month90, report.byMonth.map { ($0.key, $0.value.coverage90) }),
            one("interval skill", limits.leastSkill...limits.mostSkill, judged ? report.all.skill : nil),
            one("P(up), calibration error", 0...limits.calibration, isHeard ? report.direction.calibrationError : nil),
            one("P(up), Brier skill", limits.leastBrier...1, report.direction.brierSkill?.mean),
            one("P(up), hit rate", 0...limits.mostHits, report.direction.hitRate?.mean),
            one("without an answer", 0...0.05, report.unanswered),
        ]
    }

    private struct Limits {
        var all90, all50, symbol90, tercile90, month90: ClosedRange<Double>
        var leastSkill, mostSkill, calibration, leastBrier, mostHits: Double
    }

    private static let limits: [Timeframe: Limits] = [
        .h1: Limits(
            all90: 0.885...0.915, all50: 0.47...0.53, symbol90: 0.875...0.925, tercile90: 0.87...0.93,
            month90: 0.84...0.95, leastSkill: 0.025, mostSkill: 0.10, calibration: 0.02, leastBrier: -0.001,
            mostHits: 0.60),
        .h4: Limits(
            all90: 0.88...0.92, all50: 0.46...0.54, symbol90: 0.87...0.93, tercile90: 0.86...0.93,
            month90: 0.82...0.96, leastSkill: 0.015, mostSkill: 0.09, calibration: 0.02, leastBrier: -0.002,
            mostHits: 0.58),
        .d1: Limits(
            all90: 0.87...0.93, all50: 0.45...0.56, symbol90: 0.85...0.94, tercile90: 0.83...0.95, month90: 0.75...1,
            leastSkill: 0, mostSkill: 0.08, calibration: 0.04, leastBrier: -0.005, mostHits: 0.58),
        .w1: Limits(
            all90: 0.83...0.97, all50: 0.40...0.62, symbol90: 0.80...0.98, tercile90: 0.75...0.99, month90: 0...1,
            leastSkill: -0.02, mostSkill: 0.15, calibration: 0.15, leastBrier: -0.02, mostHits: 0.65),
    ]
}
