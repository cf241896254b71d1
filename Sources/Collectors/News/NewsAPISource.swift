package import Market
package import Transport

/// NewsAPI's search over the last hour. https://newsapi.org/docs/endpoints/everything
package struct NewsAPISource: PolledSource {
    package let source = DataSource.newsAPI
    package let interval = Duration.seconds(300)
    private let client: SourceClient
    private let key: String
    private let keywords: @Sendable () -> [String]

    /// - Parameter keywords: what is searched for besides the words for the whole market: names of coins.
    package init(
        baseURL: String, key: String, keywords: @escaping @Sendable () -> [String], transport: any HTTPTransport,
        wallTime: any TimeSource = WallTime()
    ) {
        client = SourceClient(baseURL: baseURL, transport: transport, wallTime: wallTime)
        self.key = key
        self.keywords = keywords
    }

    private struct Answer: Decodable, Sendable {
        struct Article: Decodable, Sendable {
            struct Source: Decodable, Sendable { var name: String? }
            var title: String?
            var description: String?
            var url: String
            var publishedAt: String
        }
        var status: String
        var articles: LossyList<Article>
    }

    package mutating func poll() async throws(SourceFailure) -> Harvest {
        let from = SourceTimes.iso(client.now - .hours(1))
        let query = SourceQuery.any(["crypto", "cryptocurrency"] + keywords(), limit: 480)
        let answer = try await client.get(
            "/v2/everything?q=\(SourceAnswer.escape(query))&from=\(SourceAnswer.escape(from))&language=en"
                + "&sortBy=publishedAt&pageSize=100",
            headers: [("X-Api-Key", key)], label: "newsapi everything")
        let read = try SourceAnswer.decode(answer.body, as: Answer.self)
        guard read.status == "ok" else { throw .malformed(FrameFault("status_not_ok")) }
        var harvest = Harvest()
        if read.articles.dropped > 0 { harvest.malformed["bad_article"] = read.articles.dropped }
        for article in read.articles.elements.prefix(MediaLimits.entries) { take(article, into: &harvest) }
        return harvest
    }

    private func take(_ article: Answer.Article, into harvest: inout Harvest) {
        let title = PlainText.of(article.title ?? "", limit: MediaLimits.title)
        // What the publisher took back stands there under this title.
        guard !title.isEmpty, title != "[Removed]" else { return harvest.drop("no_title") }
        guard let time = FeedDate.parse(article.publishedAt) else { return harvest.drop("bad_time") }
        if let fault = MediaLimits.fault(of: time, now: client.now) { return harvest.drop(fault) }
        guard let link = MediaLimits.link(article.url) else { return harvest.drop("bad_url") }
        harvest.points.append(
            DataPoint(
                source: source, time: min(time, client.now),
                content: .text(
                    MediaItem(
                        id: link, title: title,
                        text: PlainText.of(article.description ?? "", limit: MediaLimits.text), url: link))))
    }
}
