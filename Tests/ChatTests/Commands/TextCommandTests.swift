import Chat
import Foundation
import Market
import Sentiment
import Synchronization
import Testing
import Turns

/// Texts that a test put there.
private struct FewTexts: TextStore {
    var items: [HeardItem]
    func save(_ items: [HeardItem]) async throws {}
    func noticed(_ source: DataSource, id: String, engagement: MediaItem.Engagement) async throws {}
    func retract(_ source: DataSource, id: String) async throws {}
    func texts(of symbol: Symbol, since: Timestamp, limit: Int) async throws -> [HeardItem] {
        items.filter { $0.symbols.contains(symbol) && $0.at >= since }.sorted { $0.at > $1.at }
    }
    func titles(since: Timestamp, limit: Int) async throws -> [MediaItem] { [] }
    func prune(before: Timestamp, limit: Int) async throws -> Int { 0 }
}

@Suite("News and mood in the chat", .oneAtATime)
struct TextCommandTests {
    private static let now = Timestamp(seconds: 1_764_000_000)

    private func item(_ title: String, minutes: Int64, vader: Double, likes: Int? = nil, url: String? = nil)
        -> HeardItem
    {
        HeardItem(
            source: likes == nil ? .coinDesk : .reddit,
            item: MediaItem(
                id: title, title: title, url: url,
                engagement: likes.map { .init(likes: $0, reposts: 0, replies: 0) }),
            at: Self.now - .minutes(minutes), symbols: [Symbol("BTC")].compactMap { $0 }, vader: vader,
            vocabulary: vader, finbert: nil)
    }

    private func chat(_ items: [HeardItem]) async throws -> Conversations {
        try await Conversations(
            texts: TextDesk(
                store: FewTexts(items: items), hasFinBERT: false,
                sources: [("coindesk", nil), ("newsapi", "NEWS_API_KEY")]))
    }

    @Test("news come newest first with source, tone and link, and no markup of theirs")
    func news() async throws {
        let chat = try await chat([
            item("Miners sell <b>everything</b>", minutes: 90, vader: -0.6, url: "https://c.example/a?x=1&y=2"),
            item("A record high for bitcoin", minutes: 5, vader: 0.7),
        ])
        let reply = try #require(try await chat.say("/news btc").first)
        let record = try #require(reply.text.range(of: "A record high"))
        let miners = try #require(reply.text.range(of: "Miners sell <b>everything</b>"))
        #expect(record.lowerBound < miners.lowerBound)
        #expect(reply.text.contains("bullish 0.70") && reply.text.contains("bearish"))
        #expect(reply.commands.contains("/sentiment BTC"))
    }

    @Test("more than a page is paged")
    func pages() async throws {
        let chat = try await chat((0..<20).map { item("Story \($0)", minutes: Int64($0), vader: 0) })
        let first = try #require(try await chat.say("/news BTC").first)
        #expect(first.text.contains("Story 0") && !first.text.contains("Story 6"))
        let next = try #require(first.commands.first { $0.hasPrefix("/news BTC 2") })
        #expect(try await chat.answer(next).contains("Story 6"))
    }

    @Test("where nothing was heard it says who listens and what a source lacks")
    func silence() async throws {
        let chat = try await chat([])
        for command in ["/news BTC", "/sentiment BTC"] {
            let answer = try await chat.answer(command)
            #expect(answer.contains("coindesk") && answer.contains("newsapi (NEWS_API_KEY)"), "\(command)")
        }
        let none = try await Conversations()
        #expect(try await none.answer("/news BTC").contains("simulated"))
        #expect(try await chat.answer("/news").contains("/news BTC"))
        #expect(try await chat.answer("/sentiment nosuchcoin").contains("nosuchcoin"))
    }

    @Test("mood of the hour and the day by the weights of news and posts, who judged, and where it is going")
    func sentiment() async throws {
        // One hour each: the last three better than the three before.
        let hours = (0..<6).map { item("Hour \($0)", minutes: Int64($0) * 60 + 10, vader: $0 < 3 ? 0.5 : 0.1) }
        let chat = try await chat(hours + [item("Loud", minutes: 20, vader: -0.5, likes: 400)])
        let answer = try await chat.answer("/sentiment BTC")
        // 0.6 × 0.5 + 0.4 × −0.5.
        #expect(answer.contains("Last hour: neutral 0.10"))
        #expect(answer.contains("news 0.50 from 1 text") && answer.contains("social −0.50 from 1 post"))
        #expect(answer.contains("Trend: improving (0.27)"))
        #expect(answer.contains("VADER 30%") && answer.contains("FINBERT_PATH"))
        let spanish = try await chat.answer("/sentiment BTC", from: "2", language: "es")
        #expect(spanish.contains("Última hora"))
    }
}
