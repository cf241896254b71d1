import Foundation
import Market
import Support
import Testing
import Transport
import Turns

@testable import Collectors

@Suite("Social sources", .oneAtATime, .timeLimit(.minutes(1)))
struct SocialSourceTests {
    private func twitter(_ rig: SourceRig) -> TwitterSource {
        TwitterSource(
            baseURL: rig.fake.url, token: "b34rer", keywords: { ["bitcoin"] }, transport: rig.http, wallTime: rig.time)
    }

    @Test("posts come with how they were noticed; the next question asks for newer ones only")
    func posts() async throws {
        try await SourceRig.run { rig in
            rig.fake.give("/2/tweets/search/recent") { request in
                request.query["since_id"] == nil
                    ? .json(
                        """
                        {"data":[{"id":"11","text":"BTC up\\n\\nnow","created_at":"2026-01-11T08:20:00.000Z",
                          "public_metrics":{"like_count":7,"retweet_count":2,"reply_count":3,"quote_count":1}},
                         {"id":"x","text":"bad","created_at":"2026-01-11T08:20:00.000Z"},{"text":"no id"},
                         {"id":"12","text":"when"}],"meta":{"newest_id":"12","result_count":4}}
                        """) : .json("{\"meta\":{\"result_count\":0}}")
            }
            var source = twitter(rig)
            let harvest = try await source.poll()
            #expect(harvest.items.map(\.item.title) == ["BTC up now"])
            #expect(harvest.items.first?.item.engagement == .init(likes: 7, reposts: 3, replies: 3))
            #expect(harvest.malformed == ["bad_id": 1, "bad_post": 1, "bad_time": 1])
            #expect(try await source.poll().points.isEmpty)
            let requests = rig.fake.requests
            #expect(requests.map { $0.header("Authorization") } == ["Bearer b34rer", "Bearer b34rer"])
            #expect(requests[0].query["query"] == "(crypto OR bitcoin) -is:retweet lang:en")
            #expect(requests[0].query["tweet.fields"]?.contains("public_metrics") == true)
            #expect(requests[1].query["since_id"] == "12")
        }
    }

    @Test("posts that were deleted are taken back")
    func deleted() async throws {
        try await SourceRig.run { rig in
            rig.fake.give(
                "/2/tweets",
                json:
                    "{\"data\":[{\"id\":\"22\",\"text\":\"b\"}],\"errors\":[{\"value\":\"21\",\"title\":\"Not Found Error\"}]}"
            )
            rig.fake.give(
                "/2/tweets/search/recent",
                json: """
                    {"data":[{"id":"21","text":"a","created_at":"2026-01-11T08:20:00Z"},
                     {"id":"22","text":"b","created_at":"2026-01-11T08:21:00Z"}],"meta":{"newest_id":"22"}}
                    """)
            var source = twitter(rig)
            var retracted: [String] = []
            for _ in 0..<20 {
                for point in try await source.poll().points {
                    if case .retracted(let id) = point.content { retracted.append(id) }
                }
            }
            #expect(retracted.contains("21") && !retracted.contains("22"))
        }
    }

    @Test("the limit's reset is waited for, and an id that is too old is forgotten")
    func limits() async throws {
        try await SourceRig.run { rig in
            rig.fake.fail(with: LoopbackResponse(status: 429, headers: [("x-rate-limit-reset", "1768120800")]))
            #expect(await failure(of: twitter(rig)) == .limited(retryAfter: .seconds(600)))
            rig.fake.fail(with: nil)
            rig.fake.give("/2/tweets/search/recent") { request in
                request.query["since_id"] == nil
                    ? .json("{\"meta\":{\"newest_id\":\"5\"}}") : LoopbackResponse(status: 400)
            }
            var source = twitter(rig)
            _ = try await source.poll()
            await #expect(throws: SourceFailure.rejected(status: 400)) { _ = try await source.poll() }
            _ = try await source.poll()
        }
    }

    private static let listing = """
        {"kind":"Listing","data":{"children":[
         {"kind":"t3","data":{"id":"a1","title":"Ether is &amp; stays","selftext":"[removed]","permalink":"/r/x/comments/a1/e/",
          "created_utc":1768118400.0,"score":120,"num_comments":30,"num_crossposts":2,"stickied":false}},
         {"kind":"t3","data":{"id":"a2","title":"Rules","created_utc":1768118400,"stickied":true}},
         {"kind":"t3","data":{"id":"a3","title":"Gone","created_utc":1768118400,"removed_by_category":"moderator"}},
         {"kind":"t3","data":{"id":"a4","title":"Last week","created_utc":1767500000}},
         {"kind":"t3","data":{"id":5}}]}}
        """

    @Test("what is hot in four communities, without notices of moderators and removed posts")
    func reddit() async throws {
        try await SourceRig.run { rig in
            rig.fake.give("/r/", json: Self.listing)
            rig.fake.give("/r/bitcoin") { _ in .html("<html>quarantined</html>") }
            var source = RedditSource(
                baseURL: rig.fake.url, credentials: nil, version: "1.0", transport: rig.http, wallTime: rig.time)
            let harvest = try await source.poll()
            #expect(harvest.items.map(\.item.id) == ["a1", "a1", "a1"])
            #expect(harvest.items.first?.item.title == "Ether is & stays")
            #expect(harvest.items.first?.item.text == "")
            #expect(harvest.items.first?.item.url == "https://www.reddit.com/r/x/comments/a1/e/")
            #expect(harvest.items.first?.item.engagement == .init(likes: 120, reposts: 2, replies: 30))
            #expect(harvest.malformed == ["bad_post": 3, "community_unread": 1])
            #expect(rig.fake.requests.count == 4)
            #expect(rig.fake.requests.allSatisfy { $0.header("User-Agent")?.contains("vigia") == true })
            #expect(rig.fake.requests.allSatisfy { $0.path.hasSuffix("/hot.json") })
        }
    }

    @Test("with a client id a token is asked for once, used, and asked for anew when it is refused")
    func oauth() async throws {
        try await SourceRig.run { rig in
            rig.fake.give("/api/v1/access_token", json: "{\"access_token\":\"t0k\",\"expires_in\":3600}")
            rig.fake.give("/r/", json: Self.listing)
            var source = RedditSource(
                baseURL: rig.fake.url, credentials: .init(id: "me", secret: "s3c"), version: "1.0", transport: rig.http,
                wallTime: rig.time)
            _ = try await source.poll()
            let requests = rig.fake.requests
            #expect(requests.filter { $0.path == "/api/v1/access_token" }.count == 1)
            #expect(requests.first?.header("Authorization") == "Basic " + Data("me:s3c".utf8).base64EncodedString())
            #expect(requests.first?.text == "grant_type=client_credentials")
            #expect(requests.dropFirst().allSatisfy { $0.header("Authorization") == "Bearer t0k" })
            rig.fake.give("/r/") { _ in LoopbackResponse(status: 401) }
            await #expect(throws: SourceFailure.unauthorized(status: 401)) { _ = try await source.poll() }
            rig.fake.give("/r/", json: Self.listing)
            _ = try await source.poll()
            #expect(rig.fake.requests.filter { $0.path == "/api/v1/access_token" }.count == 2)
        }
    }

    @Test(
        "real captures are read",
        .enabled(if: SharedData.has("captures/reddit_listing_Front_hot.json.gz")))
    func captures() async throws {
        try await SourceRig.run { rig in
            rig.time.move(by: Timestamp(seconds: 1_456_814_984) - rig.time.now)
            let hot = try SharedData.bytes("captures/reddit_listing_Front_hot.json.gz")
            rig.fake.give("/r/") { _ in LoopbackResponse(body: hot) }
            var reddit = RedditSource(
                baseURL: rig.fake.url, credentials: nil, version: "1", transport: rig.http, wallTime: rig.time)
            let posts = try await reddit.poll()
            #expect(posts.items.count == 4 * 100 && posts.malformed.isEmpty)
            #expect(posts.items.contains { ($0.item.engagement?.likes ?? 0) > 6_000 })
            let tweets = try SharedData.bytes("captures/twitter_v2_client_search_recent_tweets.json")
            rig.fake.give("/2/") { _ in LoopbackResponse(body: tweets) }
            var source = twitter(rig)
            // Recorded without the field that says when.
            let harvest = try await source.poll()
            #expect(harvest.malformed == ["bad_time": 10])
        }
    }
}
