import Foundation
import Market

extension WalkReport {
    /// The report for a person at a terminal.
    package var text: String {
        var lines = [
            "forecasts over \(horizon.rawValue), models \(models), \(Self.day(from)) to \(Self.day(to)), \(all.count) judged",
            "", "band                      count    90%    50%  skill  (90%)  (50%)  width 90%", row("all", all),
        ]
        for (name, score) in bySymbol.sorted(by: { $0.key < $1.key }) { lines.append(row(name, score)) }
        for (name, score) in zip(["calm third", "middling third", "wild third"], byTercile) {
            lines.append(row(name, score))
        }
        let months = byMonth.sorted { $0.value.coverage90 < $1.value.coverage90 }
        if let lowest = months.first, let highest = months.last {
            lines.append(row("\(lowest.key) (lowest)", lowest.value))
            lines.append(row("\(highest.key) (highest)", highest.value))
        }
        lines += [
            "",
            "QLIKE of the variance: model \(Self.number(volatilityLoss.model)), "
                + "EWMA \(Self.number(volatilityLoss.ewma)), trailing year \(Self.number(volatilityLoss.constant))",
        ]
        for chance in chances {
            lines.append(
                "move over \(Self.percent(chance.move, 0)): came \(Self.percent(chance.rate)), "
                    + "skill \(Self.percent(chance.skill)), area \(Self.number(chance.areaUnderCurve))")
        }
        lines += [""] + Self.direction("direction as told", direction)
        lines += Self.direction("direction as the models would have it", unearnedDirection)
        for bin in unearnedDirection.reliability where bin.count >= 100 {
            lines.append(
                "  said \(Self.percent(bin.probability)), came \(Self.percent(bin.ups)), \(bin.count) times")
        }
        lines.append("")
        for gate in ForecastGate.all(of: self) ?? [] { lines.append(Self.line(gate)) }
        return lines.joined(separator: "\n")
    }

    private func row(_ name: String, _ score: BandScore) -> String {
        name.padding(toLength: 22, withPad: " ", startingAt: 0)
            + [
                Self.right("\(score.count)", 9), Self.right(Self.number(score.coverage90), 7),
                Self.right(Self.number(score.coverage50), 7), Self.right(Self.percent(score.skill), 7),
                Self.right(Self.percent(score.skill90), 7), Self.right(Self.percent(score.skill50), 7),
                Self.right(Self.percent(score.meanWidth90, 2), 11),
            ].joined()
    }

    private static func direction(_ title: String, _ score: ProbabilityScore) -> [String] {
        guard let hits = score.hitRate, let skill = score.brierSkill else {
            return ["\(title): too little told (\(score.count) times) to judge"]
        }
        return [
            "\(title): \(score.count) times (\(percent(score.told)) of all), hit rate \(number(hits.mean)) "
                + "[\(number(hits.low)), \(number(hits.high))], Brier skill \(percent(skill.mean, 2)) "
                + "[\(percent(skill.low, 2)), \(percent(skill.high, 2))], calibration error "
                + number(score.calibrationError, 4)
        ]
    }

    private static func line(_ gate: ForecastGate) -> String {
        let limits = gate.most >= 1 ? "at least \(number(gate.least))" : "\(number(gate.least)) to \(number(gate.most))"
        let figure = gate.figure.map { number($0, 4) } ?? "nothing to judge"
        let whose = gate.whose.map { $0.isEmpty ? "" : " (\($0))" } ?? ""
        return "\(gate.isMet.map { $0 ? "met   " : "MISSED" } ?? "-     ") \(gate.name): \(figure)\(whose), \(limits)"
    }

    private static func number(_ value: Double, _ digits: Int = 3) -> String { String(format: "%.\(digits)f", value) }
    private static func percent(_ value: Double, _ digits: Int = 1) -> String {
        String(format: "%.\(digits)f%%", value * 100)
    }
    private static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(1, width - text.count)) + text
    }
    private static func day(_ time: Timestamp) -> String {
        time.date.formatted(.iso8601.year().month().day())
    }
}
