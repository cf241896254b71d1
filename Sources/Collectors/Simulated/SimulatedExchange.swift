package import Market
import ServiceLifecycle

/// The simulated exchange of `vigia demo`: a history made in an instant, then live candles and quotes of an accelerated
/// venue. Everything it says carries the venue `simulated`, and `source` of its health is `simulated`.
package final class SimulatedExchange: Service {
    /// What was, and the market as it stands after it.
    package struct History: Sendable {
        package var hours: [Symbol: [Candle]]
        package var minutes: [Symbol: [Candle]]
        package var market: SimulatedMarket
    }

    private let seed: UInt64
    private let symbols: [Symbol]
    private let start: Timestamp
    private let hourDays: Int
    private let minuteDays: Int
    private let pace: Double
    private let store: any CandleStore
    private let sink: any MarketSink
    private let wallTime: any TimeSource
    private let clock: any Clock<Duration>

    /// - Parameters:
    ///   - start: where the live part begins, rounded down to a whole hour; the history ends there.
    ///   - hourDays, minuteDays: days of 1h and of 1m history before it.
    ///   - pace: venue seconds in a second.
    package init(
        seed: UInt64, symbols: [Symbol], start: Timestamp, hourDays: Int = 120, minuteDays: Int = 3, pace: Double = 60,
        store: any CandleStore, sink: any MarketSink, wallTime: any TimeSource = WallTime(),
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.seed = seed
        self.symbols = symbols
        self.start = Timeframe.h1.openTime(containing: start)
        self.hourDays = max(hourDays, minuteDays)
        self.minuteDays = max(0, minuteDays)
        self.pace = max(pace, 0.001)
        self.store = store
        self.sink = sink
        self.wallTime = wallTime
        self.clock = clock
    }

    /// The pairs it lists.
    package static func listings(_ symbols: [Symbol], quote: String) -> [Listing] {
        symbols.map { Listing(pair: $0.base + ($0.quote ?? quote), base: $0.base, quote: $0.quote ?? quote) }
    }

    package static func history(
        seed: UInt64, symbols: [Symbol], start: Timestamp, hourDays: Int, minuteDays: Int
    ) -> History {
        let end = Timeframe.h1.openTime(containing: start)
        var market = SimulatedMarket(seed: seed, symbols: symbols, start: end - .days(Int64(hourDays)))
        var hours: [Symbol: [Candle]] = [:]
        var minutes: [Symbol: [Candle]] = [:]
        while market.now < end - .days(Int64(minuteDays)) {
            for (symbol, candle, _) in market.next(.h1) { hours[symbol, default: []].append(candle) }
        }
        while market.now < end {
            for (symbol, candle, _) in market.next(.m1) { minutes[symbol, default: []].append(candle) }
        }
        for (symbol, list) in minutes {
            hours[symbol, default: []] += CandleAggregator.aggregate(list, from: .m1, to: .h1)
        }
        return History(hours: hours, minutes: minutes, market: market)
    }

    package func run() async throws {
        try await cancelWhenGracefulShutdown { try await self.trade() }
    }

    private func trade() async throws {
        var meter = SourceHealth(source: "simulated", state: .starting, detail: "simulated prices")
        await sink.send(.health(meter))
        let history = Self.history(
            seed: seed, symbols: symbols, start: start, hourDays: hourDays, minuteDays: minuteDays)
        for symbol in history.market.symbols {
            try await give(history.hours[symbol] ?? [], symbol, .h1)
            try await give(history.minutes[symbol] ?? [], symbol, .m1)
        }
        var market = history.market
        meter.state = .live
        meter.backfillProgress = 1
        await sink.send(.health(meter))
        var days: [Symbol: [Candle]] = history.minutes.mapValues { Array($0.suffix(1440)) }
        while !Task.isCancelled {
            let openTime = market.now
            let minute = market.next(.m1)
            let steps = minute.first?.path.count ?? 0
            for step in 0..<steps {
                do { try await clock.sleep(for: .seconds(60 / Double(steps) / pace)) } catch { return }
                let time = openTime + Span(milliseconds: 60_000 * Int64(step + 1) / Int64(steps))
                for (symbol, _, path) in minute { await quote(symbol, path[step], at: time) }
            }
            for (symbol, candle, _) in minute {
                try await store.save([candle], of: CandleSeries(symbol: symbol, timeframe: .m1, venue: .simulated))
                await sink.send(
                    .candleClosed(
                        ClosedCandle(
                            symbol: symbol, venue: .simulated, timeframe: .m1, candle: candle, receivedAt: wallTime.now)
                    ))
                var day = days[symbol] ?? []
                day.append(candle)
                if day.count > 1440 { day.removeFirst(day.count - 1440) }
                days[symbol] = day
                await ticker(symbol, day)
            }
        }
    }

    private func give(_ candles: [Candle], _ symbol: Symbol, _ timeframe: Timeframe) async throws {
        guard !candles.isEmpty else { return }
        try await store.save(candles, of: CandleSeries(symbol: symbol, timeframe: timeframe, venue: .simulated))
        await sink.send(
            .backfilled(
                Backfill(
                    symbol: symbol, venue: .simulated, timeframe: timeframe, candles: candles, reason: .history)))
    }

    private func quote(_ symbol: Symbol, _ price: Double, at time: Timestamp) async {
        guard let last = Price(price), let bid = Price(tick(price, -1)), let ask = Price(tick(price, 1)) else { return }
        await sink.send(
            .quote(
                Quote(
                    symbol: symbol, venue: .simulated, last: last, bid: bid, ask: ask, venueTime: time,
                    receivedAt: wallTime.now)))
        await sink.send(
            .bookTop(BookTop(symbol: symbol, venue: .simulated, bid: bid, ask: ask, receivedAt: wallTime.now)))
    }

    /// A spread of about two hundredths of a percent, on the price's own grid.
    private func tick(_ price: Double, _ side: Double) -> Double {
        let scale = price >= 1000 ? 100.0 : price >= 1 ? 10_000.0 : 1_000_000.0
        return (price * (1 + side * 0.000_1) * scale).rounded() / scale
    }

    private func ticker(_ symbol: Symbol, _ day: [Candle]) async {
        guard let first = day.first, let last = day.last, let price = Price(last.close) else { return }
        var (high, low, volume, quoteVolume) = (first.high, first.low, 0.0, 0.0)
        for candle in day {
            high = max(high, candle.high)
            low = min(low, candle.low)
            volume += candle.volume
            quoteVolume += candle.volume * candle.close
        }
        await sink.send(
            .ticker(
                Ticker(
                    symbol: symbol, venue: .simulated, last: price, change: last.close / first.open - 1, high: high,
                    low: low, volume: volume, quoteVolume: quoteVolume, venueTime: last.closeTime(.m1),
                    receivedAt: wallTime.now)))
    }
}
