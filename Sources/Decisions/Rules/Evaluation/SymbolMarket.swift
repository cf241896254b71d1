import Indicators
import Market

/// Everything that rules read of one symbol, kept up to date by quotes and closed base candles.
struct SymbolMarket: Sendable {
    let symbol: Symbol
    let base: Timeframe
    /// The last quote, or the last close where that is newer.
    private(set) var price = Double.nan
    private(set) var priceTime = Int64.min
    /// Close time of the last base candle taken.
    private(set) var lastClose = Int64.min
    private var closes = CloseHistory()
    /// By `Timeframe.ordinal`; `nil` where no rule reads it.
    private var frames: [TimeframeSeries?] = Array(repeating: nil, count: Timeframe.allCases.count)
    private var windows: [Shared<SeriesWindow>?] = []
    private var drawdowns: [Shared<SlidingMaximum>?] = []
    /// Spans that `change` and `drawdown` look back over, and how many rules do.
    private var reaches: [Int64: Int] = [:]
    /// Something was added that has not seen the history.
    var awaitsHistory = false
    var outside = OutsideValues()

    private struct Shared<Value: Sendable>: Sendable {
        var value: Value
        var readers: Int
    }

    init(_ symbol: Symbol, base: Timeframe) {
        self.symbol = symbol
        self.base = base
    }

    // MARK: Values

    func value(of source: BoundOperand.Source, _ context: EvaluationContext) -> Double {
        switch source {
        case .price: return price(at: context.now)
        case .candle(let field, let timeframe): return frames[timeframe.ordinal].value(of: field, at: context.now)
        case .change(let span, let anchored):
            return change(span, price: price(at: context.now), context, anchored: anchored)
        case .drawdown(let index): return drawdown(index, price: price(at: context.now), at: context.now)
        case .indicator(let timeframe, let stream, let part):
            guard let series = frames[timeframe.ordinal], series.isFresh(at: context.now) else { return .nan }
            return series.value(stream: stream, part: part)
        case .window(let index): return windows[index]?.value.value(at: context.now) ?? .nan
        case .reading(let index): return outside.value(reading: index, at: context.now)
        case .spread(let first, let second): return outside.spread(first, second, at: context.now)
        case .divergence: return outside.divergence(at: context.now)
        case .candleEvent(let timeframe, let event):
            guard let series = frames[timeframe.ordinal], series.isFresh(at: context.now) else { return .nan }
            return series.events.value(of: event)
        case .result:
            let result = price(at: context.now) / (context.entryPrice ?? .nan) - 1
            return result.isFinite ? result : .nan
        }
    }

    /// The price if it is of about this time; not a number otherwise.
    func priceNear(_ time: Int64) -> Double {
        priceTime > .min && abs(time - priceTime) <= Staleness.limit(.m1) ? price : .nan
    }

    private func price(at now: Int64) -> Double {
        priceTime > .min && now - priceTime <= Staleness.limit(base) ? price : .nan
    }

    /// Price over the price a span ago, minus 1. With an anchor later than that, over the price then.
    private func change(_ span: Int64, price: Double, _ context: EvaluationContext, anchored: Bool) -> Double {
        guard base.span.milliseconds <= span else { return .nan }
        let anchor = anchored ? context.anchorTime ?? .min : .min
        let then = closes.close(at: max(context.now - span, anchor), limit: Staleness.limit(base))
        let result = price / then - 1
        return result.isFinite ? result : .nan
    }

    /// Price over the highest close after `now` − span, minus 1; unknown while the series does not reach back so far.
    private func drawdown(_ index: Int, price: Double, at now: Int64) -> Double {
        guard let maximum = drawdowns[index]?.value, base.span.milliseconds <= maximum.span, let began = closes.began,
            began <= now - maximum.span + base.span.milliseconds
        else { return .nan }
        let result = price / maximum.value(at: now) - 1
        return result.isFinite ? result : .nan
    }

    // MARK: Data

    /// False for a quote older than the price at hand.
    mutating func take(price newPrice: Double, at time: Int64) -> Bool {
        guard time >= priceTime else { return false }
        price = newPrice
        priceTime = time
        return true
    }

    /// Puts a newer price back after a late candle was looked at.
    mutating func restore(price newPrice: Double, at time: Int64) {
        price = newPrice
        priceTime = time
    }

    /// When a close becomes the price.
    enum Precedence {
        case always
        case unlessNewer
        /// A quote of the same instant stays.
        case onlyIfNewer
    }

    /// Takes a closed base candle, newer than the last. Returns which timeframes closed, a bit each.
    mutating func close(_ candle: Candle, setsPrice: Precedence) -> UInt8 {
        let time = candle.openTime.milliseconds + base.span.milliseconds
        var closed: UInt8 = 0
        // A longer candle that lost its end in a hole is known only now: it is looked at as of its own close, while what
        // lies before that is still remembered.
        var whole: [(candle: Candle, ordinal: Int)] = []
        for ordinal in (base.ordinal + 1)..<max(frames.count, base.ordinal + 1) where frames[ordinal] != nil {
            for completed in frames[ordinal]?.completed(by: candle) ?? [] {
                let end = completed.openTime.milliseconds + (frames[ordinal]?.timeframe.span.milliseconds ?? 0)
                if end >= time {
                    whole.append((completed, ordinal))
                } else if close(completed, ordinal) {
                    closed |= 1 << UInt8(ordinal)
                }
            }
        }
        lastClose = time
        record(candle.close, at: time)
        let becomesPrice =
            switch setsPrice {
            case .always: true
            case .unlessNewer: time >= priceTime
            case .onlyIfNewer: time > priceTime
            }
        if becomesPrice { restore(price: candle.close, at: time) }
        if frames[base.ordinal] != nil, close(candle, base.ordinal) { closed |= 1 << UInt8(base.ordinal) }
        for (candle, ordinal) in whole where close(candle, ordinal) { closed |= 1 << UInt8(ordinal) }
        return closed
    }

    private mutating func record(_ close: Double, at time: Int64) {
        closes.append(close, at: time)
        for index in drawdowns.indices { drawdowns[index]?.value.append(close, at: time) }
    }

    private mutating func close(_ candle: Candle, _ ordinal: Int) -> Bool {
        guard let timeframe = frames[ordinal]?.timeframe, frames[ordinal]?.close(candle) == true else { return false }
        let time = candle.openTime.milliseconds + timeframe.span.milliseconds
        for index in windows.indices where windows[index]?.value.step == timeframe {
            guard let series = windows[index]?.value.series else { continue }
            let value = SeriesWindow.evaluate(series) { seriesValue(of: $0, at: time, price: candle.close) }
            windows[index]?.value.append(value, at: time)
        }
        return true
    }

    /// A value at a close, where the price is that close.
    private func seriesValue(of source: BoundOperand.Source, at time: Int64, price: Double) -> Double {
        switch source {
        case .price: price
        case .change(let span, _): change(span, price: price, EvaluationContext(now: time), anchored: false)
        case .drawdown(let index): drawdown(index, price: price, at: time)
        default: value(of: source, EvaluationContext(now: time))
        }
    }

    // MARK: History

    /// Starts over from history: candles of the base, oldest first, and of longer timeframes for what lies before them.
    /// Where both exist, longer candles are aggregated from the base. A newer price stays.
    mutating func reload(base candles: [Candle], longer: [Timeframe: [Candle]]) {
        closes = {
            var empty = CloseHistory()
            empty.reach = closes.reach
            return empty
        }()
        for index in frames.indices { frames[index]?.reset(base: base) }
        for index in windows.indices { windows[index]?.value.reset() }
        for index in drawdowns.indices {
            if let span = drawdowns[index]?.value.span { drawdowns[index]?.value = SlidingMaximum(span: span) }
        }
        lastClose = .min
        awaitsHistory = false
        let start = candles.first?.openTime
        var older: [(close: Int64, timeframe: Timeframe, candle: Candle)] = []
        for (timeframe, list) in longer where timeframe > base {
            for candle in list {
                // The first candle that the base series can make whole is the first that opens inside it.
                if let start, candle.openTime >= start { break }
                older.append((candle.closeTime(timeframe).milliseconds, timeframe, candle))
            }
        }
        older.sort { ($0.close, $0.timeframe) < ($1.close, $1.timeframe) }
        var next = 0
        func takeOlder(_ market: inout SymbolMarket, through time: Int64) {
            while next < older.count, older[next].close <= time {
                let (close, timeframe, candle) = older[next]
                market.record(candle.close, at: close)
                _ = market.close(candle, timeframe.ordinal)
                next += 1
            }
        }
        if let start { takeOlder(&self, through: start.milliseconds) }
        for candle in candles {
            guard candle.openTime.milliseconds + base.span.milliseconds > lastClose else { continue }
            takeOlder(&self, through: candle.openTime.milliseconds)
            let time = candle.openTime.milliseconds + base.span.milliseconds
            _ = close(candle, setsPrice: .onlyIfNewer)
            takeOlder(&self, through: time)
        }
        takeOlder(&self, through: .max)
        if priceTime == .min, let last = older.last { restore(price: last.candle.close, at: last.close) }
    }

    /// Candles that make every value of every reader known and settled. Smoothed indicators forget a start after about
    /// twenty times their length.
    var historyNeeded: [Timeframe: Int] {
        var needed: [Timeframe: Int] = [base: 5]
        func need(_ timeframe: Timeframe, _ count: Int) {
            guard timeframe >= base else { return }
            needed[timeframe] = max(needed[timeframe] ?? 0, min(count, 5000))
            // The candle that runs now is made of base candles.
            let running = Int(timeframe.span.milliseconds / base.span.milliseconds) + 5
            needed[base] = max(needed[base] ?? 0, running)
        }
        func leadIn(_ timeframe: Timeframe) -> Int {
            let lengths = (frames[timeframe.ordinal]?.specs ?? []).map { $0.parameters.reduce(0, +) }
            return lengths.max().map { Int($0) * 22 + 50 } ?? 2
        }
        for series in frames {
            if let series { need(series.timeframe, max(leadIn(series.timeframe), series.events.historyNeeded)) }
        }
        for case let window? in windows {
            need(window.value.step, window.value.count + 2 + leadIn(window.value.step))
        }
        for span in reaches.keys {
            needed[base] = max(needed[base] ?? 0, Int(span / base.span.milliseconds) + 5)
        }
        return needed
    }

    // MARK: Readers

    /// Indicators that are calculated for it.
    var indicatorCount: Int { frames.reduce(0) { $0 + ($1?.specs.count ?? 0) } }

    mutating func read(_ timeframe: Timeframe) {
        guard timeframe >= base, frames[timeframe.ordinal] == nil else { return }
        frames[timeframe.ordinal] = TimeframeSeries(timeframe, base: base)
        awaitsHistory = true
    }

    mutating func read(_ spec: IndicatorSpec, _ timeframe: Timeframe) -> Int {
        read(timeframe)
        guard let (index, isNew) = frames[timeframe.ordinal]?.read(spec) else { return 0 }
        if isNew { awaitsHistory = true }
        return index
    }

    mutating func read(_ family: CandleEvent.Family, _ timeframe: Timeframe) {
        read(timeframe)
        if frames[timeframe.ordinal]?.events.read(family) == true { awaitsHistory = true }
    }

    mutating func release(_ family: CandleEvent.Family, _ timeframe: Timeframe) {
        frames[timeframe.ordinal]?.events.release(family)
    }

    mutating func read(_ kind: MarketReading.Kind) -> Int {
        let (index, isNew) = outside.read(kind)
        if isNew { awaitsHistory = true }
        return index
    }

    mutating func release(stream: Int, _ timeframe: Timeframe) { frames[timeframe.ordinal]?.release(stream: stream) }

    mutating func readBack(_ span: Int64) {
        reaches[span, default: 0] += 1
        let reach = reaches.keys.max() ?? 0
        if reach > closes.reach { awaitsHistory = true }
        closes.reach = reach
    }

    mutating func releaseBack(_ span: Int64) {
        let readers = (reaches[span] ?? 1) - 1
        reaches[span] = readers > 0 ? readers : nil
        closes.reach = reaches.keys.max() ?? 0
    }

    mutating func readDrawdown(_ span: Int64) -> Int {
        readBack(span)
        if let index = drawdowns.firstIndex(where: { $0?.value.span == span }), let entry = drawdowns[index] {
            drawdowns[index] = Shared(value: entry.value, readers: entry.readers + 1)
            return index
        }
        awaitsHistory = true
        return SymbolMarket.place(Shared(value: SlidingMaximum(span: span), readers: 1), in: &drawdowns)
    }

    mutating func releaseDrawdown(_ index: Int) {
        guard let entry = drawdowns[index] else { return }
        releaseBack(entry.value.span)
        drawdowns[index] = entry.readers == 1 ? nil : Shared(value: entry.value, readers: entry.readers - 1)
    }

    mutating func read(_ window: SeriesWindow) -> Int {
        read(window.step)
        if let index = windows.firstIndex(where: {
            $0?.value.kind == window.kind && $0?.value.count == window.count && $0?.value.series == window.series
        }), let entry = windows[index] {
            windows[index] = Shared(value: entry.value, readers: entry.readers + 1)
            return index
        }
        awaitsHistory = true
        return SymbolMarket.place(Shared(value: window, readers: 1), in: &windows)
    }

    mutating func release(window index: Int) {
        guard let entry = windows[index] else { return }
        windows[index] = entry.readers == 1 ? nil : Shared(value: entry.value, readers: entry.readers - 1)
    }

    private static func place<Value>(_ value: Value, in list: inout [Value?]) -> Int {
        if let free = list.firstIndex(where: { $0 == nil }) {
            list[free] = value
            return free
        }
        list.append(value)
        return list.count - 1
    }
}
