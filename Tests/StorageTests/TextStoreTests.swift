import Market
import Sentiment
import Testing
import Turns

@testable import Storage

@Suite("News and posts in the store", .oneAtATime)
struct TextStoreTests {
    private let btc = Symbol("BTC")
    private let now = Timestamp(seconds: 1_768_120_200)

    private func item(
        _ id: String, _ title: String, _ symbols: [String], at: Timestamp, source: DataSource = .coinDesk,
        engagement: MediaItem.Engagement? = nil
    ) -> HeardItem {
        HeardItem(
            source: source,
            item: MediaItem(id: id, title: title, text: "…", url: "https://x.example/\(id)", engagement: engagement),
            at: at, symbols: symbols.compactMap { Symbol($0) }, vader: 0.5, vocabulary: -0.25, finbert: nil)
    }

    @Test("what is saved is found by each symbol it speaks of, newest first")
    func found() async throws {
        let file = try await TemporaryDatabase()
        let store = SQLTextStore(file.database)
        let old = item("1", "Old", ["BTC"], at: now - .hours(3))
        let new = item("2", "New", ["BTC", "ETH"], at: now - .hours(1))
        try await store.save([new, old])
        let symbol = try #require(btc)
        var expected = [new, old]
        for index in expected.indices { expected[index].symbols = [symbol] }
        #expect(try await store.texts(of: symbol, since: now - .days(1), limit: 10) == expected)
        #expect(try await store.texts(of: symbol, since: now - .hours(2), limit: 10).map(\.item.title) == ["New"])
        #expect(try await store.texts(of: symbol, since: now - .days(1), limit: 1).map(\.item.title) == ["New"])
        #expect(try await store.titles(since: now - .days(1), limit: 10).map(\.title) == ["Old", "New"])
    }

    @Test("saved twice it stands once; how it was noticed is brought up to date; taken back it is gone")
    func again() async throws {
        let file = try await TemporaryDatabase()
        let store = SQLTextStore(file.database)
        let symbol = try #require(btc)
        let few = MediaItem.Engagement(likes: 1, reposts: 0, replies: 0)
        let many = MediaItem.Engagement(likes: 90, reposts: 4, replies: 2)
        let post = item("7", "Post", ["BTC"], at: now, source: .twitter, engagement: few)
        try await store.save([post, post])
        try await store.noticed(.twitter, id: "7", engagement: many)
        let held = try await store.texts(of: symbol, since: now - .days(1), limit: 10)
        #expect(held.map(\.item.engagement) == [many])
        try await store.retract(.reddit, id: "7")
        #expect(try await store.texts(of: symbol, since: now - .days(1), limit: 10).count == 1)
        try await store.retract(.twitter, id: "7")
        #expect(try await store.texts(of: symbol, since: now - .days(1), limit: 10).isEmpty)
    }

    @Test("old texts go with what they were linked to")
    func pruned() async throws {
        let file = try await TemporaryDatabase()
        let store = SQLTextStore(file.database)
        try await store.save([item("1", "Old", ["BTC"], at: now - .days(40)), item("2", "New", ["BTC"], at: now)])
        #expect(try await store.prune(before: now - .days(30), limit: 100) == 1)
        #expect(try await file.database.read { try $0.integer("SELECT count(*) FROM text_symbols") } == 1)
    }
}
