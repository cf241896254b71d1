package import Market

/// A shape of the price over many candles, told from its turning points.
package struct ChartPattern: Hashable, Sendable, Codable {
    package enum Kind: String, CaseIterable, Sendable, Codable {
        case doubleTop = "double_top"
        case doubleBottom = "double_bottom"
        case tripleTop = "triple_top"
        case tripleBottom = "triple_bottom"
        case headAndShoulders = "head_and_shoulders"
        case inverseHeadAndShoulders = "inverse_head_and_shoulders"
        case ascendingTriangle = "ascending_triangle"
        case descendingTriangle = "descending_triangle"
        case symmetricalTriangle = "symmetrical_triangle"
        case risingWedge = "rising_wedge"
        case fallingWedge = "falling_wedge"
        case bullFlag = "bull_flag"
        case bearFlag = "bear_flag"
        case risingChannel = "rising_channel"
        case fallingChannel = "falling_channel"
        case horizontalChannel = "horizontal_channel"
        case support
        case resistance
        /// A close beyond a line of an earlier pattern, above or below it.
        case breakOutUp = "break_out_up"
        case breakOutDown = "break_out_down"
    }

    package var kind: Kind
    /// In order of time: the turning points, or for a break-out where its line began and the candle that left it.
    package var points: [ChartPoint]
    /// How well the points fit the ideal shape, 0 to 1.
    package var quality: Double
    /// Open time of the candle at whose close the pattern is known: the one that confirms its last point.
    package var knownAt: Timestamp
    /// For a break-out: of which pattern.
    package var origin: Kind?

    /// What the textbook expects: 1 up, −1 down, 0 either.
    package var direction: Int {
        switch kind {
        case .doubleBottom, .tripleBottom, .inverseHeadAndShoulders, .ascendingTriangle, .fallingWedge, .bullFlag,
            .risingChannel, .support, .breakOutUp:
            1
        case .doubleTop, .tripleTop, .headAndShoulders, .descendingTriangle, .risingWedge, .bearFlag,
            .fallingChannel, .resistance, .breakOutDown:
            -1
        case .symmetricalTriangle, .horizontalChannel: 0
        }
    }
}

/// A place on a chart.
package struct ChartPoint: Hashable, Sendable, Codable {
    package var time: Timestamp
    package var price: Double
}

extension ChartPattern {
    /// CSV of the patterns of a series in the order in which they became known: `known_at,kind,direction,quality,origin,
    /// points`, times in Unix ms, points as `time:price` with blanks between.
    package static func csv(candles: [Candle]) -> String {
        var stream = ChartPatternStream()
        var text = "known_at,kind,direction,quality,origin,points\n"
        for candle in candles {
            for pattern in stream.update(candle) {
                let points = pattern.points.map { "\($0.time.milliseconds):\(Decimals.plain($0.price))" }
                let quality = (pattern.quality * 1000).rounded() / 1000
                text += "\(pattern.knownAt.milliseconds),\(pattern.kind.rawValue),\(pattern.direction),"
                text += "\(Decimals.plain(quality)),\(pattern.origin?.rawValue ?? ""),"
                text += points.joined(separator: " ") + "\n"
            }
        }
        return text
    }
}
