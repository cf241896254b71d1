import Foundation
package import Market

/// How far a symbol may move over an outlook: exponentially weighted variance of 1h log returns, scaled by the hours.
///
/// Spans are those that did best in the product's volatility study for each horizon: 12 h for an hour, 168 h for a day,
/// 336 h for a week (α = 2 / (span + 1)). What is usual for the symbol is the median of the same figure over its
/// trailing 90 days.
struct MoveSize: Sendable {
    private struct Horizon: Sendable {
        let hours: Double
        let alpha: Double
        let span: Int
        var variance = 0.0
        var usual = TrailingQuantile(window: 2_160, minimum: 720, probability: 0.5)

        init(hours: Double, span: Int) {
            self.hours = hours
            self.span = span
            alpha = 2 / (Double(span) + 1)
        }
    }

    private var horizons = [
        Horizon(hours: 1, span: 12), Horizon(hours: 24, span: 168), Horizon(hours: 168, span: 336),
    ]
    private var lastClose: Double?
    /// Returns taken; a horizon speaks once its span is full.
    private var count = 0

    mutating func add(close: Double) {
        defer { lastClose = close }
        guard let lastClose else { return }
        let change = log(close / lastClose)
        count += 1
        for index in horizons.indices {
            // The mean of the first returns until the span is full, then exponential: no early value dominates.
            let weight = max(horizons[index].alpha, 1 / Double(count))
            horizons[index].variance += weight * (change * change - horizons[index].variance)
            if count >= horizons[index].span {
                horizons[index].usual.add((horizons[index].variance * horizons[index].hours).squareRoot())
            }
        }
    }

    /// One standard deviation of the log return over the outlook's shorter end, and that over the usual one.
    func expected(over outlook: Opportunity.Outlook) -> (move: Double?, ratio: Double?) {
        let horizon =
            switch outlook {
            case .hours1to4: horizons[0]
            case .days1to3, .days1to2: horizons[1]
            case .weeks1to2: horizons[2]
            }
        guard count >= horizon.span else { return (nil, nil) }
        let move = (horizon.variance * horizon.hours).squareRoot()
        guard let usual = horizon.usual.value, usual > 0 else { return (move, nil) }
        return (move, move / usual)
    }
}

extension Opportunity.Outlook {
    /// When what it said is judged: the end of its longer side.
    package var end: Span {
        switch self {
        case .hours1to4: .hours(4)
        case .days1to3: .days(3)
        case .weeks1to2: .days(14)
        case .days1to2: .days(2)
        }
    }

    /// |M| > 0.5: hours; else |T| > 0.5: one to three days; else one to two days. (Weeks need the fundamental factor.)
    init(momentum: Double?, trend: Double?) {
        if let momentum, abs(momentum) > 0.5 {
            self = .hours1to4
        } else if let trend, abs(trend) > 0.5 {
            self = .days1to3
        } else {
            self = .days1to2
        }
    }
}
