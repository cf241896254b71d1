package import Market

/// Which stretches of a series are still missing, newest first, in pages. What the store already holds is left out.
package struct BackfillPlan: Hashable, Sendable {
    private var stretches: [Range<Timestamp>]
    private let page: Span
    private let total: Int64
    private let span: Span

    /// - Parameters:
    ///   - floor: the oldest open time wanted, or that the venue has.
    ///   - end: end of the newest closed candle.
    ///   - stored: open times of the oldest and newest stored candle; taken as whole in between.
    ///   - rows: candles in one page.
    package init(
        timeframe: Timeframe, floor: Timestamp, end: Timestamp, stored: ClosedRange<Timestamp>?, rows: Int64 = 1000
    ) {
        span = timeframe.span
        page = timeframe.span * rows
        let first = timeframe.openTime(containing: floor)
        let start = first < floor ? first + timeframe.span : first
        var stretches: [Range<Timestamp>] = []
        if let stored {
            if start < stored.lowerBound { stretches.append(start..<min(stored.lowerBound, end)) }
            let after = max(start, stored.upperBound + timeframe.span)
            if after < end { stretches.append(after..<end) }
        } else if start < end {
            stretches.append(start..<end)
        }
        self.stretches = stretches.filter { $0.lowerBound < $0.upperBound }
        total = Self.count(self.stretches, span)
    }

    package var isDone: Bool { stretches.isEmpty }
    /// Candles that the plan began with, and that are left.
    package var candles: (total: Int64, left: Int64) { (total, Self.count(stretches, span)) }

    /// The newest missing page.
    package var next: Range<Timestamp>? {
        stretches.last.map { max($0.lowerBound, $0.upperBound - page)..<$0.upperBound }
    }

    /// The page `next` has been dealt with.
    package mutating func advance() {
        guard let page = next, let stretch = stretches.popLast() else { return }
        if stretch.lowerBound < page.lowerBound { stretches.append(stretch.lowerBound..<page.lowerBound) }
    }

    private static func count(_ stretches: [Range<Timestamp>], _ span: Span) -> Int64 {
        stretches.reduce(0) { $0 + ($1.upperBound - $1.lowerBound).milliseconds / span.milliseconds }
    }
}
