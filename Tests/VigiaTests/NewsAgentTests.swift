import Foundation
import Market
import Support
import Testing
import Turns

/// The real agent with a feed of news: from the headline to the chat and to a rule.
@Suite(.oneAtATime, .timeLimit(.minutes(3))) struct NewsAgentTests {
    @Test("a headline reaches /news and /sentiment, and a rule on the mood fires")
    func headline() async throws {
        let telegram = try await FakeTelegram.start()
        let feed = try await FakeSource.start()
        let begin = Timestamp(milliseconds: 1_700_000_040_000)
        let symbol = try #require(Symbol("BTC"))
        let exchange = FakeExchange(
            candles: [symbol: .walk(600, price: 100, timeframe: .m1, start: begin)], now: begin + .hours(2))
        try await exchange.start()
        feed.give("/rss") { _ in LoopbackResponse(body: Array(Self.rss.utf8)) }
        let agent = try VigiaProcess(
            folder: try VigiaProcess.temporaryFolder("news"),
            settings: [
                "BINANCE_API_URL": exchange.url, "BINANCE_WS_URL": exchange.streamURL,
                "COINBASE_API_URL": exchange.url, "COINDESK_RSS_URL": feed.url + "/rss", "VIGIA_ACCESS": "open",
                "VIGIA_CLOCK": "venue", "DEFAULT_SYMBOLS": "BTC", "TELEGRAM_BOT_TOKEN": telegram.token,
                "TELEGRAM_API_URL": telegram.url, "VIGIA_ADMINS": "telegram:1",
            ])
        try agent.start()
        try await agent.waitUntilReady()
        await exchange.advance(by: .minutes(1))
        let user = telegram.user(1)

        func says(_ text: String) async throws -> FakeTelegramJournal.Sent {
            let before = telegram.journal.messages(for: 1).count
            user.says(text)
            return try await telegram.until("an answer to \(text)", within: .seconds(30)) { journal in
                let all = journal.messages(for: 1)
                return all.count > before ? all[before] : nil
            }
        }

        func alert(_ rule: String) async throws {
            try await telegram.wait(for: rule) { journal in
                journal.messages(for: 1).contains { $0.text.contains("🔔") && $0.text.contains(rule) }
            }
        }

        while feed.requests.isEmpty, !Task.isCancelled { await Task.yield() }
        var news = try await says("/news BTC")
        while !news.text.contains("Bitcoin crashes"), !Task.isCancelled { news = try await says("/news BTC") }
        #expect(news.text.contains("coindesk") && news.text.contains("bearish"))
        #expect(!news.text.contains("bakery"))
        let mood = try await says("/sentiment BTC")
        #expect(mood.text.contains("Last hour: bearish") && mood.text.contains("from 1 text"))
        #expect(try await says("/ops sources").text.contains("NEWS_API_KEY"))

        // The mood that is known already makes the rule fire, on the rules' own clock, years before the machine's.
        #expect(try await says("/alert BTC sentiment < -0.1").labels.contains("✓ Create"))
        try user.presses("✓ Create")
        try await telegram.wait(for: "the rule is made") { $0.messages(for: 1).contains { $0.text.contains("#1") } }
        await exchange.advance(by: .minutes(1))
        try await alert("BTC sentiment < -0.1")
        // And prices go on by that clock.
        #expect(try await says("/alert BTC > 1").labels.contains("✓ Create"))
        try user.presses("✓ Create")
        try await telegram.wait(for: "the rule is made") { $0.messages(for: 1).contains { $0.text.contains("#2") } }
        await exchange.advance(by: .minutes(1))
        try await alert("BTC > 1")
        _ = agent.stop()
        await exchange.stop()
        await feed.stop()
        await telegram.stop()
    }

    private static var rss: String {
        let now = Date().formatted(.iso8601)
        return """
            <rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>t</title>
            <item><title>Bitcoin crashes in terrible panic, worst losses and fear of a collapse</title>
            <link>https://news.example/1</link><dc:date>\(now)</dc:date></item>
            <item><title>Local bakery wins a prize</title><link>https://news.example/2</link><dc:date>\(now)</dc:date></item>
            </channel></rss>
            """
    }
}
