import Collectors
import Market
import Support
import Synchronization
import Testing
import Turns

@Suite("Binance collector against an exchange over real sockets", .oneAtATime, .timeLimit(.minutes(2)))
struct BinanceCollectorTests {
    private let btc = TestMarket.btc
    private let eth = TestMarket.eth
    private let start = TestMarket.start
    private let m1 = CandleSeries(symbol: TestMarket.btc, timeframe: .m1, venue: .binance)

    @Test("first sight: the newest history, then every candle once, in order, exactly as the venue has it, saved")
    func inOrder() async throws {
        let candles = TestMarket.minutes(200)
        let (btc, m1) = (btc, m1)
        try await BinanceRig.run(candles: [btc: candles], now: start + .minutes(100) + .seconds(20)) { rig in
            await rig.log.wait { !$0.backfills(btc).isEmpty }
            await rig.exchange.advance(by: .minutes(40))
            await rig.log.wait { $0.closed(btc).count >= 40 }
            let events = rig.log.events
            #expect(events.backfills(btc).flatMap(\.candles) == Array(candles[..<100]))
            #expect(events.backfills(btc).allSatisfy { $0.reason == .history })
            #expect(events.closed(btc) == Array(candles[100..<140]))
            #expect(!events.quotes(btc).isEmpty)
            #expect(zip(events.quotes(btc), events.quotes(btc).dropFirst()).allSatisfy { $0.venueTime <= $1.venueTime })
            #expect(events.contains { if case .bookTop = $0 { true } else { false } })
            #expect(events.contains { if case .ticker = $0 { true } else { false } })
            while rig.store.all(m1).count < 140, !Task.isCancelled { await Task.yield() }
            #expect(rig.store.all(m1) == Array(candles[..<140]))
        }
    }

    @Test("at 600 times the pace every candle still comes once and in order")
    func accelerated() async throws {
        let candles = TestMarket.minutes(400)
        let others = TestMarket.minutes(400, price: 10, seed: 9)
        let (btc, eth) = (btc, eth)
        try await BinanceRig.run(
            candles: [btc: candles, eth: others], now: start + .minutes(360), speed: 1
        ) { rig in
            await rig.log.wait { !$0.backfills(btc).isEmpty && !$0.backfills(eth).isEmpty }
            await rig.exchange.run(pace: 600)
            await rig.log.wait { $0.closed(btc).count >= 40 && $0.closed(eth).count >= 40 }
            #expect(rig.log.events.closed(btc) == Array(candles[360...]))
            #expect(rig.log.events.closed(eth) == Array(others[360...]))
            #expect(rig.collector.health.malformed["clock_skew"] == nil)
            #expect(rig.collector.health.state == .live)
        }
    }

    @Test("a candle that the stream left out is fetched before the next is given out")
    func hole() async throws {
        let candles = TestMarket.minutes(200)
        let lost = Set([110, 111, 120].map { candles[$0].openTime.milliseconds })
        let btc = btc
        try await BinanceRig.run(candles: [btc: candles], now: start + .minutes(100)) { rig in
            await rig.log.wait { !$0.backfills(btc).isEmpty }
            rig.exchange.fault { $0.skipped = lost }
            await rig.exchange.advance(by: .minutes(30))
            await rig.log.wait { $0.closed(btc).count >= 30 }
            #expect(rig.log.events.closed(btc) == Array(candles[100..<130]))
        }
    }

    @Test("what the venue itself does not have is passed over and counted")
    func realHole() async throws {
        let candles = TestMarket.minutes(200)
        let lost = Set([110, 111].map { candles[$0].openTime.milliseconds })
        let btc = btc
        try await BinanceRig.run(candles: [btc: candles], now: start + .minutes(100), speed: 100) { rig in
            await rig.log.wait { !$0.backfills(btc).isEmpty }
            rig.exchange.fault {
                $0.skipped = lost
                $0.forgotten = lost
            }
            await rig.exchange.advance(by: .minutes(20))
            await rig.log.wait { $0.closed(btc).count >= 18 }
            #expect(rig.log.events.closed(btc) == Array(candles[100..<110] + candles[112..<120]))
            #expect(rig.collector.health.malformed["hole"] == 1)
        }
    }

    @Test("candles sent twice or in the wrong order are given out once and in order, and counted")
    func disorder() async throws {
        let candles = TestMarket.minutes(200)
        let late = Set([candles[105].openTime.milliseconds, candles[110].openTime.milliseconds])
        let btc = btc
        try await BinanceRig.run(candles: [btc: candles], now: start + .minutes(100)) { rig in
            await rig.log.wait { !$0.backfills(btc).isEmpty }
            rig.exchange.fault {
                $0.duplicates = true
                $0.delayed = late
            }
            await rig.exchange.advance(by: .minutes(20))
            await rig.log.wait { $0.closed(btc).count >= 20 }
            #expect(rig.log.events.closed(btc) == Array(candles[100..<120]))
            #expect(rig.collector.health.malformed["duplicate_candle", default: 0] >= 20)
        }
    }

    @Test("after a cut stream the gap is told as a gap, saved, and the stream goes on behind it")
    func reconnect() async throws {
        let candles = TestMarket.minutes(3000)
        let (btc, m1) = (btc, m1)
        try await BinanceRig.run(candles: [btc: candles], now: start + .minutes(100)) { rig in
            await rig.log.wait { !$0.backfills(btc).isEmpty }
            await rig.exchange.advance(by: .minutes(5))
            await rig.log.wait { $0.closed(btc).count >= 5 }
            rig.exchange.fault { $0.streamStatus = 503 }
            rig.exchange.cutStreams()
            await rig.log.wait { $0.health.contains { $0.state == .retrying } }
            await rig.exchange.advance(by: .minutes(2500))
            rig.exchange.fault { $0.streamStatus = nil }
            await rig.log.wait { $0.backfills(btc).filter { $0.reason == .gap }.flatMap(\.candles).count >= 2500 }
            await rig.exchange.advance(by: .minutes(5))
            await rig.log.wait { $0.closed(btc).count >= 10 }
            let events = rig.log.events
            #expect(
                events.backfills(btc).filter { $0.reason == .gap }.flatMap(\.candles) == Array(candles[105..<2605]))
            #expect(events.closed(btc) == Array(candles[100..<105] + candles[2605..<2610]))
            #expect(rig.store.all(m1).count >= 2605)
        }
    }

    @Test("a restart fetches exactly what was missed since the last stored candle")
    func restart() async throws {
        let candles = TestMarket.minutes(300)
        let (btc, m1) = (btc, m1)
        let store = MemoryCandleStore()
        _ = try await store.save(Array(candles[50..<150]), of: m1)
        try await BinanceRig.run(candles: [btc: candles], now: start + .minutes(200), store: store) { rig in
            await rig.log.wait { !$0.backfills(btc).isEmpty }
            await rig.exchange.advance(by: .minutes(1))
            await rig.log.wait { $0.closed(btc).count >= 1 }
            let backfills = rig.log.events.backfills(btc)
            #expect(backfills.map(\.reason) == [.gap])
            #expect(backfills.flatMap(\.candles) == Array(candles[150..<200]))
            #expect(rig.log.events.closed(btc) == [candles[200]])
        }
    }

    @Test("a candle that the venue changes afterwards is told as corrected, once, and replaces the stored one")
    func correction() async throws {
        let candles = TestMarket.minutes(200)
        var changed = candles[102]
        changed.close = ((changed.high + changed.low) * 50).rounded() / 100
        let new = changed
        let (btc, m1) = (btc, m1)
        try await BinanceRig.run(candles: [btc: candles], now: start + .minutes(100)) { rig in
            await rig.log.wait { !$0.backfills(btc).isEmpty }
            await rig.exchange.advance(by: .minutes(4))
            await rig.log.wait { $0.closed(btc).count >= 4 }
            await rig.exchange.correct(btc, new)
            await rig.log.wait { $0.contains { if case .candleCorrected = $0 { true } else { false } } }
            await rig.exchange.advance(by: .minutes(1))
            await rig.log.wait { $0.closed(btc).count >= 5 }
            let corrections = rig.log.events.compactMap { event -> Candle? in
                if case .candleCorrected(let closed) = event { closed.candle } else { nil }
            }
            #expect(corrections == [new])
            #expect(rig.log.events.closed(btc) == Array(candles[100..<105]))
            while rig.store.all(m1).count < 105, !Task.isCancelled { await Task.yield() }
            #expect(rig.store.all(m1)[102] == new)
        }
    }

    @Test("frames that are not what they should be are counted by reason and give nothing out")
    func badFrames() async throws {
        let candles = TestMarket.minutes(200)
        let btc = btc
        let now = start + .minutes(100)
        let open = now.milliseconds
        func kline(_ o: String, _ h: String, _ l: String, _ c: String, v: String = "1", t: Int64? = nil, x: Bool = true)
            -> String
        {
            let time = t ?? open
            return
                #"{"stream":"btcusdt@kline_1m","data":{"e":"kline","E":\#(open + 60_000),"s":"BTCUSDT","k":{"t":\#(time),"T":\#(time + 59_999),"s":"BTCUSDT","i":"1m","o":"\#(o)","h":"\#(h)","l":"\#(l)","c":"\#(c)","v":"\#(v)","x":\#(x)}}}"#
        }
        let cases: [(String, String)] = [
            ("not_finite", kline("NaN", "1", "1", "1")), ("not_finite", kline("inf", "1", "1", "1")),
            ("not_positive", kline("-5", "1", "-5", "1")), ("not_positive", kline("0", "1", "0", "1")),
            ("unordered", kline("2", "1", "1", "1")), ("negative_volume", kline("1", "1", "1", "1", v: "-1")),
            ("wrong_type", kline("abc", "1", "1", "1")), ("misaligned", kline("1", "1", "1", "1", t: open + 1000)),
            ("clock_skew", kline("1", "1", "1", "1", t: open - 86_400_000)),
            ("closed_early", kline("1", "1", "1", "1", t: open + 60_000)),
            ("not_json", #"{"stream":"btcusdt@kline_1m","da"#), ("not_json", "<html>busy</html>"), ("wrong_type", "17"),
            ("missing_field", #"{"stream":"btcusdt@kline_1m","data":{"e":"kline","E":1,"s":"BTCUSDT"}}"#),
            (
                "crossed_book",
                #"{"stream":"btcusdt@bookTicker","data":{"u":1,"s":"BTCUSDT","b":"5","B":"1","a":"4","A":"1"}}"#
            ),
            ("unread_aggTrade", #"{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":1,"s":"BTCUSDT"}}"#),
            ("request_refused", #"{"code":2,"msg":"Invalid request","id":9}"#),
        ]
        let expected = cases.reduce(into: [String: Int]()) { $0[$1.0, default: 0] += 1 }
        try await BinanceRig.run(candles: [btc: candles], now: now) { rig in
            await rig.log.wait { !$0.backfills(btc).isEmpty }
            for (_, message) in cases { await rig.exchange.inject(message) }
            await rig.exchange.advance(by: .minutes(2))
            await rig.log.wait { $0.closed(btc).count >= 2 }
            #expect(rig.log.events.closed(btc) == Array(candles[100..<102]))
            #expect(rig.collector.health.malformed == expected)
        }
    }

    @Test("frames a day away from the venue's own clock are counted and dropped; the candles come by REST instead")
    func clockSkew() async throws {
        let candles = TestMarket.minutes(200)
        let btc = btc
        try await BinanceRig.run(candles: [btc: candles], now: start + .minutes(100), speed: 1) { rig in
            await rig.log.wait { !$0.backfills(btc).isEmpty }
            rig.exchange.fault { $0.skew = .days(1) }
            await rig.exchange.advance(by: .minutes(3))
            rig.exchange.fault { $0.skew = .zero }
            await rig.exchange.advance(by: .minutes(2))
            await rig.log.wait { $0.closed(btc).count >= 5 }
            #expect(rig.log.events.closed(btc) == Array(candles[100..<105]))
            #expect(rig.collector.health.malformed["clock_skew", default: 0] >= 3)
            #expect(rig.log.events.quotes(btc).allSatisfy { $0.venueTime < start + .days(1) })
        }
    }

    @Test("a venue that refuses the country is said to, asked again rarely, and taken back when it serves")
    func refused() async throws {
        let candles = TestMarket.minutes(200)
        let btc = btc
        try await BinanceRig.run(
            candles: [btc: candles], now: start + .minutes(100), speed: 400, faults: { $0.streamStatus = 451 }
        ) { rig in
            await rig.log.wait { $0.health.contains { $0.state == .refused && $0.detail.contains("451") } }
            #expect(rig.exchange.requests("CONNECT") <= 2)
            rig.exchange.fault { $0.streamStatus = nil }
            await rig.log.wait { $0.health.last?.state == .live }
        }
    }

    @Test("while the stream is down prices come by REST")
    func fallback() async throws {
        let candles = TestMarket.minutes(2000)
        let btc = btc
        try await BinanceRig.run(
            candles: [btc: candles], now: start + .minutes(1500) + .seconds(30), speed: 20,
            faults: { $0.streamStatus = 503 }
        ) { rig in
            await rig.log.wait { !$0.quotes(btc).isEmpty }
            #expect(rig.exchange.requests("/api/v3/ticker/24hr") >= 1)
            #expect(rig.log.events.contains { if case .ticker = $0 { true } else { false } })
        }
    }

    @Test("ten failures in a row open the circuit; then one probe in five minutes")
    func circuit() async throws {
        let btc = btc
        try await BinanceRig.run(
            candles: [btc: TestMarket.minutes(200)], now: start + .minutes(100), speed: 2000,
            faults: { $0.streamStatus = 500 }
        ) { rig in
            await rig.log.wait { $0.health.contains { $0.state == .circuitOpen } }
            #expect(rig.exchange.requests("CONNECT") >= 10)
            rig.exchange.fault { $0.streamStatus = nil }
            await rig.log.wait { $0.health.last?.state == .live }
        }
    }

    @Test("429 with Retry-After is waited out and nothing is lost", arguments: [429, 418])
    func limited(_ status: Int) async throws {
        let candles = TestMarket.minutes(200)
        let btc = btc
        try await BinanceRig.run(
            candles: [btc: candles], now: start + .minutes(100), speed: 20,
            faults: {
                $0.restStatus = status
                $0.retryAfter = 20
                $0.restPath = "/klines"
            }
        ) { rig in
            await rig.log.wait { $0.health.contains { $0.state == .live } }
            while rig.exchange.requests("/klines") < 1, !Task.isCancelled { await Task.yield() }
            rig.exchange.fault { $0.restStatus = nil }
            await rig.exchange.advance(by: .minutes(3))
            await rig.log.wait { ($0.backfills(btc).flatMap(\.candles) + $0.closed(btc)).count >= 103 }
            // The wait holds for every request, so nothing was asked in between.
            #expect(rig.exchange.requests("/klines") <= 4)
            let all = rig.log.events.backfills(btc).flatMap(\.candles) + rig.log.events.closed(btc)
            #expect(all == Array(candles[..<103]))
        }
    }

    @Test(
        "a page of HTML, broken JSON or a cut answer is no history: it is asked for again",
        arguments: ["<html>maintenance</html>", #"[[1,"2""#, "{}", ""])
    func badAnswers(_ body: String) async throws {
        let candles = TestMarket.minutes(200)
        let btc = btc
        try await BinanceRig.run(
            candles: [btc: candles], now: start + .minutes(100), speed: 50,
            faults: {
                $0.restBody = body
                $0.restPath = "/klines"
                $0.restCut = body.isEmpty
            }
        ) { rig in
            while rig.exchange.requests("/klines") + rig.exchange.requests("/time") < 3, !Task.isCancelled {
                await Task.yield()
            }
            rig.exchange.fault {
                $0.restBody = nil
                $0.restCut = false
            }
            await rig.log.wait { !$0.backfills(btc).isEmpty }
            #expect(rig.log.events.backfills(btc).flatMap(\.candles) == Array(candles[..<100]))
        }
    }

    @Test("the first back-fill ends with the whole history stored, newest first, and says how far it is")
    func history() async throws {
        let minutes = TestMarket.minutes(3 * 1440)
        let hours = TestMarket.minutes(1, from: start).flatMap { _ in
            (0..<240).map { index in
                Candle(
                    openTime: TestMarket.start - .hours(Int64(240 - index)), open: 1, high: 2, low: 1, close: 2,
                    volume: 1)
            }
        }
        let (btc, m1) = (btc, m1)
        let now = start + .days(3) - .minutes(30)
        try await BinanceRig.run(
            candles: [btc: minutes], now: now, hours: [btc: hours], history: [.m1: .days(400), .h1: .days(1095)]
        ) { rig in
            await rig.log.wait { $0.health.contains { $0.backfillProgress == 1 } }
            #expect(rig.store.all(m1) == Array(minutes[..<(3 * 1440 - 30)]))
            let stored = rig.store.all(CandleSeries(symbol: btc, timeframe: .h1, venue: .binance))
            #expect(stored.count == 240 + 71)
            let firsts = rig.log.events.backfills(btc).map { $0.candles[0].openTime }
            #expect(firsts == firsts.sorted(by: >))
            #expect(rig.log.events.backfills(btc).allSatisfy { $0.reason == .history })
        }
    }

    @Test("a venue with no history at all is waited for quietly and its candles taken as they come")
    func noHistory() async throws {
        let candles = TestMarket.minutes(20)
        let btc = btc
        try await BinanceRig.run(
            candles: [btc: candles], now: start, history: [.m1: .days(400), .h1: .days(1095)]
        ) { rig in
            await rig.log.wait { $0.health.contains { $0.backfillProgress == 1 } }
            await rig.exchange.advance(by: .minutes(5))
            await rig.log.wait { $0.closed(btc).count >= 5 }
            #expect(rig.log.events.closed(btc) == Array(candles[..<5]))
            #expect(rig.exchange.requests("/klines") < 10)
        }
    }

    @Test("the server's announcement of its end brings a new connection and no failure")
    func shutdown() async throws {
        let candles = TestMarket.minutes(200)
        let btc = btc
        try await BinanceRig.run(candles: [btc: candles], now: start + .minutes(100)) { rig in
            await rig.log.wait { !$0.backfills(btc).isEmpty }
            await rig.exchange.announceShutdown()
            while rig.exchange.requests("CONNECT") < 2, !Task.isCancelled { await Task.yield() }
            await rig.log.wait { $0.health.last?.state == .live }
            while rig.exchange.connections < 1, !Task.isCancelled { await Task.yield() }
            await rig.exchange.advance(by: .minutes(3))
            await rig.log.wait { ($0.backfills(btc).flatMap(\.candles) + $0.closed(btc)).count >= 103 }
            #expect(rig.log.events.health.allSatisfy { $0.failures == 0 })
            let all = rig.log.events.backfills(btc).flatMap(\.candles) + rig.log.events.closed(btc)
            #expect(all.sorted { $0.openTime < $1.openTime } == Array(candles[..<103]))
        }
    }

    @Test("a symbol that is watched later is subscribed on the open connection, one no longer watched is dropped")
    func watchChanges() async throws {
        let (btc, eth) = (btc, eth)
        let candles = [btc: TestMarket.minutes(200), eth: TestMarket.minutes(200, price: 5, seed: 3)]
        try await BinanceRig.run(candles: candles, now: start + .minutes(100)) { rig in
            rig.watch.yield([btc])
            rig.watch.yield([btc, eth])
            await rig.log.wait { !$0.backfills(eth).isEmpty }
            await rig.exchange.advance(by: .minutes(2))
            await rig.log.wait { $0.closed(eth).count >= 2 && $0.closed(btc).count >= 2 }
            rig.watch.yield([eth])
            while rig.exchange.requests("UNSUBSCRIBE btcusdt@kline_1m") < 1, !Task.isCancelled { await Task.yield() }
            #expect(rig.exchange.requests("CONNECT") == 1)
        }
    }

    @Test("more symbols than fit share several connections, each symbol on one")
    func shards() async throws {
        let symbols = (0..<7).compactMap { Symbol("C\($0)") }
        let candles = Dictionary(uniqueKeysWithValues: symbols.map { ($0, TestMarket.minutes(150)) })
        try await BinanceRig.run(candles: candles, now: start + .minutes(100), pairsPerConnection: 3) { rig in
            await rig.log.wait { events in symbols.allSatisfy { !events.backfills($0).isEmpty } }
            await rig.exchange.advance(by: .minutes(2))
            await rig.log.wait { events in symbols.allSatisfy { events.closed($0).count >= 2 } }
            #expect(rig.exchange.connections == 3)
            #expect(symbols.allSatisfy { rig.log.events.closed($0).count == 2 })
        }
    }

    @Test("the pairs that the venue trades are handed on")
    func listings() async throws {
        let (stream, continuation) = AsyncStream.makeStream(of: [Listing].self)
        let (btc, eth) = (btc, eth)
        try await BinanceRig.run(
            candles: [btc: TestMarket.minutes(10), eth: TestMarket.minutes(10)], now: start + .minutes(5),
            onListings: { continuation.yield($0) }
        ) { _ in
            for await listings in stream {
                #expect(
                    listings == [
                        Listing(pair: "BTCUSDT", base: "BTC", quote: "USDT"),
                        Listing(pair: "ETHUSDT", base: "ETH", quote: "USDT"),
                    ])
                break
            }
        }
    }
}
