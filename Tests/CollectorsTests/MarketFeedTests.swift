import Collectors
import Market
import Synchronization
import Testing
import Turns

@Suite("Market feed", .oneAtATime, .timeLimit(.minutes(1)))
struct MarketFeedTests {
    private func quote(_ price: Int, _ symbol: Symbol = TestMarket.btc) -> MarketEvent {
        .quote(
            Quote(
                symbol: symbol, venue: .binance, last: Price(Double(price))!, venueTime: TestMarket.start,
                receivedAt: TestMarket.start))
    }

    private func closed(_ candle: Candle, _ symbol: Symbol = TestMarket.btc) -> MarketEvent {
        .candleClosed(
            ClosedCandle(
                symbol: symbol, venue: .binance, timeframe: .m1, candle: candle, receivedAt: TestMarket.start))
    }

    @Test("a newer quote replaces one that nobody read, so that a slow reader sees the newest")
    func replaced() async {
        let feed = MarketFeed(capacity: 4)
        for price in 1...10_000 {
            await feed.send(quote(price))
            await feed.send(quote(price + 1, TestMarket.eth))
        }
        #expect(feed.load.waiting == 2)
        #expect(feed.load.replaced == 19_998)
        feed.finish()
        var seen: [MarketEvent] = []
        for await event in feed { seen.append(event) }
        #expect(seen.quotes(TestMarket.btc).map(\.last.description) == ["10000"])
        #expect(seen.quotes(TestMarket.eth).map(\.last.description) == ["10001"])
    }

    @Test("a quote never overtakes a candle of its symbol that came before it")
    func order() async {
        let candles = TestMarket.minutes(2)
        let feed = MarketFeed(capacity: 10)
        await feed.send(quote(1))
        await feed.send(closed(candles[0]))
        await feed.send(quote(2))
        await feed.send(quote(3))
        await feed.send(closed(candles[1], TestMarket.eth))
        await feed.send(quote(4))
        feed.finish()
        var kinds: [String] = []
        for await event in feed {
            switch event {
            case .quote(let quote): kinds.append(quote.last.description)
            case .candleClosed(let closed): kinds.append(closed.symbol.description)
            default: break
            }
        }
        #expect(kinds == ["1", "BTC", "4", "ETH"])
    }

    @Test("candles, back-fills and health are never dropped: a full line makes the sender wait")
    func kept() async {
        let total = 5000
        let candles = TestMarket.minutes(total)
        let feed = MarketFeed(capacity: 16)
        let peak = Peak()
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for (index, candle) in candles.enumerated() {
                    await feed.send(closed(candle))
                    await feed.send(quote(index + 1))
                    peak.note(feed.load.waiting)
                    if index % 100 == 0 {
                        await feed.send(.health(SourceHealth(source: "x", state: .live, failures: index)))
                    }
                }
                feed.finish()
            }
            var seen: [MarketEvent] = []
            for await event in feed {
                seen.append(event)
                if seen.count % 7 == 0 { await Task.yield() }
            }
            #expect(seen.closed(TestMarket.btc) == candles)
            #expect(seen.health.map(\.failures) == Array(stride(from: 0, to: total, by: 100)))
        }
        #expect(peak.value <= 2 * 16 + 2)
    }

    @Test("several senders are all heard, each in its own order")
    func senders() async {
        let symbols = (0..<8).compactMap { Symbol("S\($0)") }
        let candles = TestMarket.minutes(500)
        let feed = MarketFeed(capacity: 4)
        await withTaskGroup(of: Void.self) { group in
            for symbol in symbols {
                group.addTask { for candle in candles { await feed.send(closed(candle, symbol)) } }
            }
            var seen: [MarketEvent] = []
            for await event in feed {
                seen.append(event)
                if seen.count == symbols.count * candles.count { break }
            }
            for symbol in symbols { #expect(seen.closed(symbol) == candles) }
        }
    }

    @Test("a sender that waits and is cancelled lets go; so does a reader")
    func cancelled() async {
        let candles = TestMarket.minutes(3)
        let feed = MarketFeed(capacity: 1)
        await feed.send(closed(candles[0]))
        let sender = Task { await feed.send(closed(candles[1])) }
        sender.cancel()
        await sender.value
        let iterator = feed.makeAsyncIterator()
        _ = await iterator.next()
        let reader = Task { await feed.makeAsyncIterator().next() == nil }
        reader.cancel()
        #expect(await reader.value)
        await feed.send(closed(candles[2]))
        #expect(feed.load.waiting == 1)
    }
}

/// The highest number noted.
private final class Peak: Sendable {
    private let highest = Mutex(0)
    var value: Int { highest.withLock { $0 } }
    func note(_ value: Int) { highest.withLock { $0 = max($0, value) } }
}
