import Foundation
package import Market
package import Transport

/// What is hot in four communities of Reddit, with a client id through OAuth and without one openly (10 requests a
/// minute). https://www.reddit.com/dev/api
package struct RedditSource: PolledSource {
    package let source = DataSource.reddit
    package let interval = Duration.seconds(300)
    private static let communities = ["cryptocurrency", "bitcoin", "ethereum", "cryptomarkets"]

    package struct Credentials: Sendable {
        package var id: String
        package var secret: String
        package init(id: String, secret: String) {
            self.id = id
            self.secret = secret
        }
    }

    private let client: SourceClient
    private let signedClient: SourceClient
    private let credentials: Credentials?
    private let userAgent: String
    private var token: (text: String, until: Timestamp)?

    /// - Parameter version: of the product; Reddit wants to know who asks.
    package init(
        baseURL: String, credentials: Credentials?, version: String, transport: any HTTPTransport,
        wallTime: any TimeSource = WallTime()
    ) {
        client = SourceClient(baseURL: baseURL, transport: transport, wallTime: wallTime)
        // The open site sends those with a token to a host of their own.
        let signed = baseURL == "https://www.reddit.com" ? "https://oauth.reddit.com" : baseURL
        signedClient = SourceClient(baseURL: signed, transport: transport, wallTime: wallTime)
        self.credentials = credentials
        userAgent = "server:vigia:v\(version) (self-hosted market alerts)"
    }

    private struct Listing: Decodable, Sendable {
        struct Page: Decodable, Sendable { var children: LossyList<Child> }
        struct Child: Decodable, Sendable { var data: Post }
        struct Post: Decodable, Sendable {
            var id: String
            var title: String
            var selftext: String?
            var permalink: String?
            var created_utc: LooseNumber
            var score: Int?
            var num_comments: Int?
            var num_crossposts: Int?
            var stickied: Bool?
            var removed_by_category: String?
        }
        var data: Page
    }

    private struct Token: Decodable, Sendable {
        var access_token: String
        var expires_in: LooseNumber?
    }

    package mutating func poll() async throws(SourceFailure) -> Harvest {
        var harvest = Harvest()
        var failure: SourceFailure?
        var read = 0
        for community in Self.communities {
            do throws(SourceFailure) {
                try await ask(community, into: &harvest)
                read += 1
            } catch {
                // One community that is closed or odd says nothing of the others.
                switch error {
                case .rejected(404), .malformed: harvest.drop("community_unread")
                default: throw error
                }
                failure = error
            }
        }
        if read == 0, let failure { throw failure }
        return harvest
    }

    private mutating func ask(_ community: String, into harvest: inout Harvest) async throws(SourceFailure) {
        let answer: HTTPAnswer
        if let credentials {
            let token = try await validToken(credentials)
            do throws(SourceFailure) {
                answer = try await signedClient.get(
                    "/r/\(community)/hot?limit=50&raw_json=1",
                    headers: [("User-Agent", userAgent), ("Authorization", "Bearer \(token)")], label: "reddit hot")
            } catch {
                if case .unauthorized = error { self.token = nil }
                throw error
            }
        } else {
            answer = try await client.get(
                "/r/\(community)/hot.json?limit=50&raw_json=1", headers: [("User-Agent", userAgent)],
                label: "reddit hot")
        }
        let listing = try SourceAnswer.decode(answer.body, as: Listing.self)
        if listing.data.children.dropped > 0 {
            harvest.malformed["bad_post", default: 0] += listing.data.children.dropped
        }
        for child in listing.data.children.elements.prefix(MediaLimits.entries) { take(child.data, into: &harvest) }
    }

    private mutating func validToken(_ credentials: Credentials) async throws(SourceFailure) -> String {
        if let token, token.until > client.now { return token.text }
        let basic = Data("\(credentials.id):\(credentials.secret)".utf8).base64EncodedString()
        let answer = try await client.send(
            HTTPCall(
                method: "POST", url: client.baseURL + "/api/v1/access_token",
                headers: [
                    ("User-Agent", userAgent), ("Authorization", "Basic \(basic)"),
                    ("Content-Type", "application/x-www-form-urlencoded"),
                ], body: Array("grant_type=client_credentials".utf8), limit: 1 << 16, label: "reddit token"))
        let made = try SourceAnswer.decode(answer.body, as: Token.self)
        let life = min(max(60, made.expires_in?.value ?? 3_600), 86_400)
        token = (made.access_token, client.now + .seconds(Int64(life) - 30))
        return made.access_token
    }

    private func take(_ post: Listing.Post, into harvest: inout Harvest) {
        // Notices of the moderators stay on top for weeks and are no news; removed posts have no text.
        if post.stickied == true || post.removed_by_category != nil { return }
        let title = PlainText.of(post.title, limit: MediaLimits.title)
        guard !title.isEmpty else { return harvest.drop("no_title") }
        guard post.created_utc.value > 0, post.created_utc.value < 1e11 else { return harvest.drop("bad_time") }
        let time = Timestamp(seconds: Int64(post.created_utc.value))
        if let fault = MediaLimits.fault(of: time, now: client.now) {
            // What is hot may be some days old; that is no fault.
            if fault != "old" { harvest.drop(fault) }
            return
        }
        let text = post.selftext ?? ""
        let path = post.permalink.flatMap { $0.hasPrefix("/r/") ? $0 : nil } ?? "/comments/\(post.id)"
        func count(_ value: Int?) -> Int { min(max(0, value ?? 0), 1_000_000_000) }
        harvest.points.append(
            DataPoint(
                source: source, time: min(time, client.now),
                content: .text(
                    MediaItem(
                        id: String(post.id.prefix(40)), title: title,
                        text: ["[removed]", "[deleted]"].contains(text)
                            ? "" : PlainText.of(text, limit: MediaLimits.text),
                        url: MediaLimits.link("https://www.reddit.com" + path),
                        engagement: .init(
                            likes: count(post.score), reposts: count(post.num_crossposts),
                            replies: count(post.num_comments))))))
    }
}
