package import Market
package import Transport

/// Recent posts of X (Twitter), API v2. https://docs.x.com/x-api/posts/search-recent-posts
///
/// Every read post costs credits, so it asks for what is new (`since_id`) and once an hour whether what it took in the
/// last hours still stands: posts that were deleted are taken back.
package struct TwitterSource: PolledSource {
    package let source = DataSource.twitter
    package let interval = Duration.seconds(180)
    private static let pollsBetweenChecks = 20
    private static let checked = 100

    private let client: SourceClient
    private let token: String
    private let keywords: @Sendable () -> [String]
    private var sinceID: String?
    private var polls = 0
    /// Newest posts that were taken, oldest first.
    private var taken: [String] = []

    package init(
        baseURL: String, token: String, keywords: @escaping @Sendable () -> [String], transport: any HTTPTransport,
        wallTime: any TimeSource = WallTime()
    ) {
        client = SourceClient(baseURL: baseURL, transport: transport, wallTime: wallTime)
        self.token = token
        self.keywords = keywords
    }

    private struct Answer: Decodable, Sendable {
        struct Post: Decodable, Sendable {
            struct Metrics: Decodable, Sendable {
                var like_count: Int?
                var retweet_count: Int?
                var reply_count: Int?
                var quote_count: Int?
            }
            var id: String
            var text: String
            var created_at: String?
            var public_metrics: Metrics?
        }
        struct Meta: Decodable, Sendable { var newest_id: String? }
        /// Absent when nothing was found.
        var data: LossyList<Post>?
        var meta: Meta?
    }

    package mutating func poll() async throws(SourceFailure) -> Harvest {
        var harvest = try await search()
        polls += 1
        if polls % Self.pollsBetweenChecks == 0 {
            for id in try await gone() {
                harvest.points.append(DataPoint(source: source, time: client.now, content: .retracted(id: id)))
            }
        }
        return harvest
    }

    private mutating func search() async throws(SourceFailure) -> Harvest {
        let query = "(\(SourceQuery.any(["crypto"] + keywords(), limit: 440))) -is:retweet lang:en"
        var path =
            "/2/tweets/search/recent?query=\(SourceAnswer.escape(query))&max_results=100"
            + "&tweet.fields=created_at,public_metrics"
        if let sinceID { path += "&since_id=\(SourceAnswer.escape(sinceID))" }
        let answer: HTTPAnswer
        do throws(SourceFailure) {
            answer = try await client.get(path, headers: authorization, label: "twitter search")
        } catch {
            // An id from before the week that can be searched is refused: begin anew.
            if case .rejected(400) = error { sinceID = nil }
            throw error
        }
        let read = try SourceAnswer.decode(answer.body, as: Answer.self)
        var harvest = Harvest()
        if let dropped = read.data?.dropped, dropped > 0 { harvest.malformed["bad_post"] = dropped }
        for post in read.data?.elements.prefix(MediaLimits.entries) ?? [] { take(post, into: &harvest) }
        if let newest = read.meta?.newest_id, newest.utf8.allSatisfy({ (48...57).contains($0) }) { sinceID = newest }
        return harvest
    }

    private var authorization: [(name: String, value: String)] { [("Authorization", "Bearer \(token)")] }

    private mutating func take(_ post: Answer.Post, into harvest: inout Harvest) {
        guard post.id.utf8.allSatisfy({ (48...57).contains($0) }), !post.id.isEmpty else {
            return harvest.drop("bad_id")
        }
        let text = PlainText.of(post.text, limit: MediaLimits.text)
        guard !text.isEmpty else { return harvest.drop("no_text") }
        guard let time = post.created_at.flatMap(FeedDate.parse) else { return harvest.drop("bad_time") }
        if let fault = MediaLimits.fault(of: time, now: client.now) { return harvest.drop(fault) }
        let metrics = post.public_metrics
        func count(_ value: Int?) -> Int { min(max(0, value ?? 0), 1_000_000_000) }
        taken.append(post.id)
        if taken.count > Self.checked { taken.removeFirst(taken.count - Self.checked) }
        harvest.points.append(
            DataPoint(
                source: source, time: min(time, client.now),
                content: .text(
                    MediaItem(
                        id: post.id, title: text, url: "https://x.com/i/status/\(post.id)",
                        engagement: .init(
                            likes: count(metrics?.like_count),
                            reposts: count(metrics?.retweet_count) + count(metrics?.quote_count),
                            replies: count(metrics?.reply_count))))))
    }

    /// Those of the newest posts that are not there any more.
    private mutating func gone() async throws(SourceFailure) -> [String] {
        guard !taken.isEmpty else { return [] }
        let answer = try await client.get(
            "/2/tweets?ids=\(taken.joined(separator: ","))", headers: authorization, label: "twitter lookup")
        let read = try SourceAnswer.decode(answer.body, as: Answer.self)
        // A post that could not be read is there; an answer without any says nothing of all of them.
        guard let list = read.data, list.dropped == 0 else { return [] }
        let present = Set(list.elements.map(\.id))
        let missing = taken.filter { !present.contains($0) }
        taken.removeAll { !present.contains($0) }
        return missing
    }
}
