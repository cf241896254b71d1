package import Market

/// A text that was taken in: whom it speaks of and how it sounds.
package struct HeardItem: Hashable, Sendable {
    package var source: DataSource
    package var item: MediaItem
    /// When it was said.
    package var at: Timestamp
    /// At least one, each once.
    package var symbols: [Symbol]
    /// −1 to 1: VADER's compound, the vocabulary's, and FinBERT's where a checkpoint is loaded.
    package var vader: Double
    package var vocabulary: Double
    package var finbert: Double?

    package init(
        source: DataSource, item: MediaItem, at: Timestamp, symbols: [Symbol], vader: Double, vocabulary: Double,
        finbert: Double?
    ) {
        self.source = source
        self.item = item
        self.at = at
        self.symbols = symbols
        self.vader = vader
        self.vocabulary = vocabulary
        self.finbert = finbert
    }

    /// Mean of the votes by their weights, −1 to 1.
    package var score: Double { ToneVoter.score(vader: vader, vocabulary: vocabulary, finbert: finbert) }

    package var label: ToneLabel { ToneLabel(score: score) }

    /// As the tone of a symbol counts it.
    package var heard: HeardText {
        HeardText(
            origin: item.engagement.map { .social(likes: $0.likes, reposts: $0.reposts, replies: $0.replies) } ?? .news,
            at: at, score: score)
    }
}

/// Texts that were taken in, by symbol.
package protocol TextStore: Sendable {
    /// Keeps texts; of one that is known already (source and id) the engagement is brought up to date.
    func save(_ items: [HeardItem]) async throws
    /// Brings the engagement of a known text up to date.
    func noticed(_ source: DataSource, id: String, engagement: MediaItem.Engagement) async throws
    /// Forgets a text that its author took back.
    func retract(_ source: DataSource, id: String) async throws
    /// Newest first.
    func texts(of symbol: Symbol, since: Timestamp, limit: Int) async throws -> [HeardItem]
    /// Titles and addresses of everything since then, oldest first, so that a restart knows what was heard.
    func titles(since: Timestamp, limit: Int) async throws -> [MediaItem]
    func prune(before: Timestamp, limit: Int) async throws -> Int
}
