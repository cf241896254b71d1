package import Market

/// Keeps the closed candles of one series in order: each once, none skipped without asking for it.
///
/// While something is being asked for, later candles wait in a bounded line. A struct that decides; whoever holds it
/// fetches and sends.
package struct CandleSequencer: Hashable, Sendable {
    package enum Action: Hashable, Sendable {
        case emit(Candle)
        /// The venue changed a candle that was given out.
        case correct(Candle)
        /// Candles with `from` ≤ open time < `to` are missing: fetch them and call `filled`.
        case fetch(from: Timestamp, to: Timestamp)
        case duplicate
        /// Older than what is remembered; its place in the series is past.
        case late
        /// The line of waiting candles was full: they will be fetched instead.
        case overflow
        /// The venue has nothing for these either.
        case hole(from: Timestamp, to: Timestamp)
    }

    package let timeframe: Timeframe
    /// Open time of the candle that comes next; `nil` before the first.
    package private(set) var next: Timestamp?
    package private(set) var isWaiting = false
    private var waiting: [Candle] = []
    private var recent: [Candle] = []
    private let remembered: Int
    private let lineLimit: Int

    package init(timeframe: Timeframe, remembered: Int = 64, lineLimit: Int = 1024) {
        self.timeframe = timeframe
        self.remembered = remembered
        self.lineLimit = lineLimit
    }

    /// Sets where the series continues, when it is known from the store.
    package mutating func resume(at time: Timestamp) {
        if next.map({ $0 < time }) ?? true { next = time }
    }

    /// Candles wait from now on until `filled`: the stream (re)connected and what came in between is being fetched.
    package mutating func hold() { isWaiting = true }

    package mutating func closed(_ candle: Candle) -> [Action] {
        if isWaiting {
            if waiting.count >= lineLimit {
                waiting.removeAll()
                waiting.append(candle)
                return [.overflow]
            }
            waiting.append(candle)
            return []
        }
        return take(candle)
    }

    /// What was fetched of a hole inside the stream, oldest first; then what waited follows. What the venue does not
    /// have is passed over once.
    package mutating func filled(_ candles: [Candle], upTo end: Timestamp) -> [Action] {
        isWaiting = false
        var actions: [Action] = []
        for candle in candles where candle.openTime < end {
            if let next, candle.openTime > next { actions.append(.hole(from: next, to: candle.openTime)) }
            if next.map({ candle.openTime >= $0 }) ?? true { actions.append(emit(candle)) }
        }
        if let next, next < end {
            actions.append(.hole(from: next, to: end))
            self.next = end
        }
        return actions + release()
    }

    /// What was fetched on a (re)connect has been given out elsewhere, up to and without `end`; then what waited follows.
    package mutating func caughtUp(to end: Timestamp?, last: [Candle] = []) -> [Action] {
        isWaiting = false
        for candle in last.suffix(remembered) { remember(candle) }
        if let end { resume(at: end) }
        return release()
    }

    private mutating func release() -> [Action] {
        var line = waiting.sorted { $0.openTime < $1.openTime }[...]
        waiting = []
        var actions: [Action] = []
        while let candle = line.popFirst() {
            actions += take(candle)
            if isWaiting {
                waiting += line
                break
            }
        }
        return actions
    }

    private mutating func take(_ candle: Candle) -> [Action] {
        guard let next else { return [emit(candle)] }
        if candle.openTime == next { return [emit(candle)] }
        if candle.openTime > next {
            isWaiting = true
            waiting.append(candle)
            return [.fetch(from: next, to: candle.openTime)]
        }
        guard let index = recent.lastIndex(where: { $0.openTime == candle.openTime }) else { return [.late] }
        if recent[index] == candle { return [.duplicate] }
        recent[index] = candle
        return [.correct(candle)]
    }

    private mutating func emit(_ candle: Candle) -> Action {
        next = candle.openTime + timeframe.span
        remember(candle)
        return .emit(candle)
    }

    private mutating func remember(_ candle: Candle) {
        recent.append(candle)
        if recent.count > remembered { recent.removeFirst(recent.count - remembered) }
    }
}
