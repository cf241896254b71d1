import Market
import People
import Synchronization
import Testing
import Turns

@testable import Decisions

@Suite(.oneAtATime) struct VenueAgreementTests {
    private let begin = Timestamp(seconds: 1_764_000_000)
    private let coinbase = Venue("coinbase")

    private func btc() throws -> Symbol { try #require(Symbol("BTC")) }

    private func second(_ price: Double, at time: Timestamp) throws -> Quote {
        Quote(symbol: try btc(), venue: coinbase, last: try #require(Price(price)), venueTime: time, receivedAt: time)
    }

    private func firing(at time: Timestamp, priority: Priority = .critical) throws -> Alert {
        Alert(
            naturalKey: "rule:1:1", symbol: try btc(), priority: priority, issuedAt: time,
            audience: .owner(RecipientID(1), via: [.sms]),
            body: .ruleFired(
                RuleFiring(
                    rule: RuleID(1), owner: RecipientID(1), number: 1, text: "BTC > 1", symbol: try btc(), sequence: 1,
                    at: time, price: 2, values: [])))
    }

    /// Twenty prices on both venues, the second one dearer by `basis`.
    private func settled(basis: Double) throws -> VenueAgreement {
        var venues = VenueAgreement(tolerance: 0.005)
        for index in 0..<20 {
            venues.take(primary: 100, of: try btc())
            #expect(try venues.take(second: second(100 * (1 + basis), at: begin + .seconds(Int64(index * 10)))).isEmpty)
        }
        return venues
    }

    @Test("a siren needs the second venue within the tolerance, after the usual difference")
    func agrees() throws {
        var venues = try settled(basis: 0.02)
        let now = begin + .seconds(200)
        // Both rose by 3%.
        venues.take(primary: 103, of: try btc())
        _ = try venues.take(second: second(103 * 1.02, at: now))
        let alert = try firing(at: now)
        #expect(venues.judge(alert) == alert)
    }

    @Test("a move of one venue is told at medium, and the siren comes when the other follows")
    func follows() throws {
        var venues = try settled(basis: 0.02)
        let now = begin + .seconds(200)
        venues.take(primary: 110, of: try btc())
        let told = venues.judge(try firing(at: now))
        #expect(told.priority == .medium)
        #expect(told.venues == .one)
        #expect(told.naturalKey == "rule:1:1")
        #expect(try venues.take(second: second(102.1, at: now + .seconds(5))).isEmpty)
        let siren = try venues.take(second: second(112.2, at: now + .seconds(15)))
        #expect(siren.map(\.naturalKey) == ["rule:1:1:confirmed"])
        #expect(siren.map(\.priority) == [.critical])
        #expect(siren.map(\.venues) == [.confirmed])
        // Once.
        #expect(try venues.take(second: second(112.2, at: now + .seconds(25))).isEmpty)
    }

    @Test("what the other venue reaches much later confirms nothing")
    func tooLate() throws {
        var venues = try settled(basis: 0)
        let now = begin + .seconds(200)
        venues.take(primary: 110, of: try btc())
        #expect(venues.judge(try firing(at: now)).priority == .medium)
        #expect(try venues.take(second: second(110, at: now + .minutes(3))).isEmpty)
    }

    @Test("without a second venue, or with one that has gone silent, the siren stays")
    func noSecond() throws {
        var venues = VenueAgreement(tolerance: 0.005)
        venues.take(primary: 110, of: try btc())
        #expect(venues.judge(try firing(at: begin)).priority == .critical)
        var silent = try settled(basis: 0)
        silent.take(primary: 110, of: try btc())
        #expect(silent.judge(try firing(at: begin + .minutes(5))).priority == .medium)
        #expect(silent.judge(try firing(at: begin + .minutes(20))).priority == .critical)
    }

    @Test("only sirens are judged", arguments: [Priority.low, .medium, .high])
    func others(_ priority: Priority) throws {
        var venues = try settled(basis: 0)
        venues.take(primary: 110, of: try btc())
        let alert = try firing(at: begin + .seconds(200), priority: priority)
        #expect(venues.judge(alert) == alert)
    }

    @Test("the watch judges with what it saw of both venues")
    func watch() throws {
        var state = WatchState(
            rules: try engine("BTC > 105 as critical"), primaryVenue: .binance, venueTolerance: 0.005)
        func quote(_ venue: Venue, _ price: Double, _ seconds: Int64) throws -> DecisionBatch {
            let time = begin + .seconds(seconds)
            return state.handle(
                .quote(
                    Quote(
                        symbol: try btc(), venue: venue, last: try #require(Price(price)), venueTime: time,
                        receivedAt: time)), now: time)
        }
        for index in 0..<10 {
            _ = try quote(.binance, 100, Int64(index * 2))
            _ = try quote(coinbase, 100, Int64(index * 2 + 1))
        }
        let alone = try quote(.binance, 106, 30).alerts
        #expect(alone.map(\.priority) == [.medium])
        let siren = try quote(coinbase, 106, 40).alerts
        #expect(siren.map(\.priority) == [.critical])
    }

    @Test("a siren that waited for its second venue when the process ended comes after the restart, once")
    func restart() async throws {
        let decisions = MemoryDecisions(rules: [
            Rule(
                id: RuleID(1), owner: RecipientID(1), number: 1, text: "BTC > 105 as critical", createdAt: begin)
        ])
        let candles = MemoryCandleStore()
        func quote(_ venue: Venue, _ price: Double, _ seconds: Int64) throws -> MarketEvent {
            let time = begin + .seconds(seconds)
            return .quote(
                Quote(
                    symbol: try btc(), venue: venue, last: try #require(Price(price)), venueTime: time,
                    receivedAt: time))
        }
        /// A process from its start to its end; nothing but the stores outlives it.
        func live(_ events: [MarketEvent]) async throws {
            let time = VenueTime()
            // A real one is at its newest stored candle.
            time.advance(to: begin)
            let stream = AsyncStream { continuation in
                for event in events { continuation.yield(event) }
                continuation.finish()
            }
            try await MarketWatch(
                events: stream,
                settings: .init(
                    primaryVenue: .binance, defaultSymbols: [try btc()], venueTolerance: 0.005),
                stores: .init(candles: candles, rules: decisions, progress: decisions, sink: decisions),
                board: MarketBoard(primaryVenue: .binance), symbols: SpelledSymbols(known: [try btc()]),
                ruleClock: .venue(time), clock: ImmediateClock()
            ).run()
        }
        try await live([
            quote(.binance, 100, 0), quote(coinbase, 100, 1), quote(.binance, 100, 2), quote(.binance, 106, 30),
        ])
        #expect(decisions.keys == ["rule:1:1"])
        // Without the second venue's word nothing comes.
        try await live([quote(.binance, 106, 35), quote(coinbase, 100, 36)])
        #expect(decisions.keys == ["rule:1:1"])
        try await live([quote(.binance, 106, 38), quote(coinbase, 106, 40), quote(coinbase, 106, 50)])
        #expect(decisions.keys == ["rule:1:1", "rule:1:1:confirmed"])
        let siren = try #require(decisions.held.withLock { $0.alerts.last })
        #expect(siren.priority == .critical && siren.venues == .confirmed)
        try await live([quote(.binance, 106, 60), quote(coinbase, 106, 61)])
        #expect(decisions.keys.count == 2)
    }

    @Test("after a restart too, what the other venue reaches much later confirms nothing")
    func resumedTooLate() throws {
        var venues = try settled(basis: 0)
        venues.take(primary: 110, of: try btc())
        let told = venues.judge(try firing(at: begin + .seconds(200)))
        var fresh = VenueAgreement(tolerance: 0.005)
        fresh.resume([told, try firing(at: begin + .seconds(200), priority: .medium)])
        fresh.take(primary: 110, of: try btc())
        var late = fresh
        #expect(try late.take(second: second(110, at: begin + .seconds(321))).isEmpty)
        #expect(
            try fresh.take(second: second(110, at: begin + .seconds(319))).map(\.naturalKey) == ["rule:1:1:confirmed"])
    }
}
