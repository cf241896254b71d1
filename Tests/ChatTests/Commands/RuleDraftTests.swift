import Decisions
import Delivery
import Foundation
import Market
import Messages
import People
import Storage
import Synchronization
import Testing
import Turns

@testable import Chat

@Suite("Replay before save", .oneAtATime)
struct RuleDraftTests {
    private let btc = Symbol("BTC")!

    /// Two years of hours that rise and fall within the day.
    private func filled() async throws -> Conversations {
        let chat = try await Conversations()
        var state: UInt64 = 7
        var price = 100.0
        let hours = candles(24 * 730, endingAt: chat.wall.now) { index in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            price = max(20, price * (1 + (Double(state >> 11) / Double(1 << 53) - 0.5) * 0.02) + (100 - price) * 0.001)
            return (price * 100).rounded() / 100
        }
        try await chat.candles.save(hours, of: CandleSeries(symbol: btc, timeframe: .h1, venue: .simulated))
        return chat
    }

    @Test(
        "the confirmation says how often, what followed against the base rate, and how good luck does, in both languages"
    )
    func confirmation() async throws {
        let chat = try await filled()
        let draft = try #require(try await chat.say("/alert BTC change(4h) > 2.5%").first)
        for part in [
            "last week:", "last month:", "last year:", "366 d of BTC", "in 24 h", "What followed", "1 h:", "1 d:",
            "7 d:", "95% interval", "Luck: a random rule",
        ] {
            #expect(draft.text.contains(part), "\(part) in \(draft.text)")
        }
        #expect(!draft.text.contains("rules tried") && draft.commands.count == 3)
        // The chart fits a phone, and its last row marks the firings.
        guard
            case .preformatted(let chart)? = draft.message.blocks.last(where: {
                if case .preformatted = $0 { true } else { false }
            })
        else {
            Issue.record("no chart in \(draft.text)")
            return
        }
        let lines = chart.split(separator: "\n")
        #expect(lines.count == 6 && lines.allSatisfy { $0.count <= 34 })
        #expect(lines.last?.contains { $0.isNumber || $0 == "+" } == true)
        #expect(lines.last?.allSatisfy { $0.isNumber || "·+".contains($0) } == true)

        let spanish = try await chat.answer("/alert BTC change(4h) > 2.6%", from: "2", language: "es")
        #expect(spanish.contains("Qué pasó después") && spanish.contains("Azar: una regla"))
        // A second rule of the same person is one of two tries; the same again is not a third.
        for _ in 0..<2 {
            #expect(try await chat.answer("/alert BTC change(4h) > 2.7%").contains("after 2 rules tried"))
        }
        #expect(try await chat.answer("/alert BTC > 100000").contains("Luck") == false)
    }

    @Test("a noisy rule comes with a button for one that fires about once a week")
    func calmer() async throws {
        let chat = try await filled()
        let draft = try #require(try await chat.say("/alert BTC change(1h) > 0.1%").first)
        #expect(draft.text.contains("About once a week would be"))
        #expect(draft.commands.count == 4)
        try await chat.say(draft.commands[3])
        let made = try #require(try await chat.ruleTexts().first)
        #expect(made.hasPrefix("BTC change(1h) > ") && made != "BTC change(1h) > 0.1%")
        #expect(draft.text.contains(made))
    }

    @Test("what the replay showed is stored with the rule and stands in its alerts and in /why")
    func record() async throws {
        let chat = try await filled()
        let draft = try #require(try await chat.say("/alert BTC change(4h) > 2.5%").first)
        try await chat.say(draft.commands[0])
        let owner = try #require(try await chat.person())
        let rule = try #require(try await chat.store.read { try $0.rules(of: owner.id) }.first)
        let alert = Alert(
            naturalKey: "rule:\(rule.id):2", symbol: btc, priority: .medium, issuedAt: chat.wall.now,
            audience: .owner(owner.id, via: []),
            body: .ruleFired(
                RuleFiring(
                    rule: rule.id, owner: owner.id, number: 1, text: rule.text, symbol: btc, sequence: 2,
                    at: chat.wall.now, price: 100, values: [])))
        let stored = try await SQLAlertStore(chat.database).publish(DecisionBatch(alerts: [alert]), now: chat.wall.now)
        let first = try #require(stored.first)
        let content = AlertContent(defaultQuote: "USDT").content(for: first)
        for (language, replay, live) in [
            ("en", "Replay of 366 d: ", "Live so far: 2×"), ("es", "En 366 d de historia: ", "En vivo hasta ahora: 2×"),
        ] {
            let text = try MessageRenderer().message(for: content, reader: Reader(language: language, zone: "UTC"))
                .plainText
            #expect(text.contains(replay) && text.contains(live), "\(text)")
        }
        _ = try await SQLAlertStore(chat.database).expandNext(limit: 10, now: chat.wall.now)
        #expect(try await chat.answer("/why \(first.id)").contains("Replay of 366 d: "))
    }

    @Test("a late firing says so in the message")
    func late() throws {
        var firing = RuleFiring(
            rule: RuleID(1), owner: RecipientID(1), number: 1, text: "BTC > 1", symbol: btc, sequence: 1,
            at: Timestamp(seconds: 1_764_000_000), price: 2, values: [], late: true)
        func text() throws -> String {
            let alert = Alert(
                naturalKey: "rule:1:1", symbol: btc, priority: .medium, issuedAt: firing.at,
                audience: .owner(RecipientID(1), via: []), body: .ruleFired(firing))
            let content = AlertContent(defaultQuote: "USDT").content(for: StoredAlert(id: AlertID(1), alert: alert))
            return try MessageRenderer().message(for: content, reader: Reader(language: "en", zone: "UTC")).plainText
        }
        #expect(try text().contains("Late: this happened while the feed was silent."))
        firing.late = false
        #expect(try !text().contains("Late"))
    }

    @Test("rules of a silent symbol are marked blind, naming the symbol where others are seen")
    func blind() async throws {
        let chat = try await Conversations()
        for text in ["BTC > 1", "ETH > 1", "BTC,ETH > 1", "* > 1"] {
            let draft = try #require(try await chat.say("/alert \(text)").first)
            try await chat.say(draft.commands[0])
        }
        #expect(try await !chat.answer("/alerts").contains("blind"))
        chat.board.state.withLock { $0.silences = [btc: Timestamp(seconds: 1_763_993_000)] }
        let list = try await chat.answer("/alerts")
        #expect(list.components(separatedBy: "blind").count - 1 == 3, "\(list)")
        #expect(list.contains("blind since") && list.contains("blind for BTC since"))
        try await chat.say("/pause 1")
        #expect(try await chat.answer("/alerts").components(separatedBy: "blind").count - 1 == 2)
    }

    @Test("an earlier replay is used until it is old or an hour has closed since its last candle")
    func cache() {
        let end = Timestamp(seconds: 1_764_000_000)
        let hours = candles(100, endingAt: end)
        guard let rule = try? RuleText.parse("BTC > 1", symbols: FewSymbols()),
            let sample = ReplaySample(of: rule, candles: hours, timeframe: .h1, symbol: btc),
            let statistics = RuleStatistics([sample], of: rule)
        else {
            Issue.record("no replay")
            return
        }
        let previews = RulePreviews(life: .minutes(5))
        let figures = RuleFigures(statistics: statistics, picture: sample.picture, symbols: [btc])
        previews.remember(figures, for: "BTC > 1", at: end)
        func known(_ wall: Span, _ rule: Span) -> Bool {
            previews.figures(of: "BTC > 1", at: end + wall, ruleNow: statistics.to + rule) != nil
        }
        #expect(known(.minutes(4), .minutes(59)))
        #expect(!known(.minutes(5), .minutes(1)))
        #expect(!known(.minutes(1), .minutes(60)))
        previews.remember(nil, for: "ETH > 1", at: end)
        #expect(previews.figures(of: "ETH > 1", at: end, ruleNow: end + .days(9)) == .some(nil))
    }

    @Test("one replay at a time a person and two in all, in the order they came; too many are turned away")
    func gate() async throws {
        let gate = ReplayGate(atOnce: 2, mostWaiting: 3)
        let (started, starts) = AsyncStream<String>.makeStream()
        let doors = Doors()
        @Sendable func replay(_ name: String, _ person: Int64) async -> String? {
            await gate.run(for: RecipientID(person)) {
                starts.yield(name)
                await doors.wait(for: name)
                return name
            }
        }
        var order = started.makeAsyncIterator()
        async let a1 = replay("a1", 1)
        #expect(await order.next() == "a1")
        // The same person waits although there is room; another one goes ahead of them.
        async let a2 = replay("a2", 1)
        while await gate.waitingCount < 1 { await Task.yield() }
        async let b1 = replay("b1", 2)
        #expect(await order.next() == "b1")
        async let c1 = replay("c1", 3)
        while await gate.waitingCount < 2 { await Task.yield() }
        async let d1 = replay("d1", 4)
        while await gate.waitingCount < 3 { await Task.yield() }
        #expect(await replay("e1", 5) == nil)
        doors.open("b1")
        #expect(await b1 == "b1")
        #expect(await order.next() == "c1")
        doors.open("a1")
        #expect(await a1 == "a1")
        #expect(await order.next() == "a2")
        for name in ["a2", "c1", "d1"] { doors.open(name) }
        #expect(await [a2, c1, d1] == ["a2", "c1", "d1"])
        #expect(await gate.waitingCount == 0)
    }
}

/// Doors that the test opens by name.
private final class Doors: Sendable {
    private let state = Mutex<(open: Set<String>, waiting: [String: CheckedContinuation<Void, Never>])>(([], [:]))

    func open(_ name: String) {
        state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.open.insert(name)
            return state.waiting.removeValue(forKey: name)
        }?.resume()
    }

    func wait(for name: String) async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if state.open.contains(name) { return true }
                state.waiting[name] = continuation
                return false
            }
            if isOpen { continuation.resume() }
        }
    }
}
