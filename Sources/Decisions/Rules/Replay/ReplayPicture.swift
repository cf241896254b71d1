package import Market

/// The price of the replayed data in a few wide candles, with how often the rule fired in each.
package struct ReplayPicture: Hashable, Sendable {
    /// Fits a phone's width beside a scale.
    static let mostColumns = 24

    package struct Column: Hashable, Sendable {
        package var candle: Candle
        package var firings: Int
    }
    package var columns: [Column]

    /// At most the last year of `candles`, oldest first.
    init(candles: [Candle], timeframe: Timeframe, firings: [Timestamp]) {
        columns = []
        guard let last = candles.last else { return }
        let end = last.closeTime(timeframe)
        let year = end - .days(365)
        var index = candles.firstPlace { $0.openTime >= year }
        let length = end - candles[index].openTime
        let count = Int64(min(ReplayPicture.mostColumns, candles.count - index))
        let begin = candles[index].openTime
        var fired = firings.firstPlace { $0 > begin }
        for column in 1...count {
            let edge = begin + .milliseconds(length.milliseconds * column / count)
            var held: Candle?
            while index < candles.count, candles[index].openTime < edge {
                let candle = candles[index]
                var wide = held ?? candle
                wide.high = max(wide.high, candle.high)
                wide.low = min(wide.low, candle.low)
                wide.close = candle.close
                held = wide
                index += 1
            }
            var marks = 0
            while fired < firings.count, firings[fired] <= edge {
                marks += 1
                fired += 1
            }
            // Nothing traded then: the firings of such a column do not exist either.
            guard var held else { continue }
            held.volume = 0
            columns.append(Column(candle: held, firings: marks))
        }
    }
}

extension Array {
    /// First place whose element fulfils a condition that holds from some place on.
    func firstPlace(where holds: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if holds(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
