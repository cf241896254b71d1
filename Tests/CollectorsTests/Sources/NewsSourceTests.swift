import Foundation
import Market
import Support
import Testing
import Transport
import Turns

@testable import Collectors

@Suite("News sources", .oneAtATime, .timeLimit(.minutes(1)))
struct NewsSourceTests {
    private func newsAPI(_ rig: SourceRig) -> NewsAPISource {
        NewsAPISource(
            baseURL: rig.fake.url, key: "k3y", keywords: { ["bitcoin", "bitcoin cash"] }, transport: rig.http,
            wallTime: rig.time)
    }

    @Test("NewsAPI is asked for the last hour with the key in a header, and odd articles cost only themselves")
    func newsAPIArticles() async throws {
        try await SourceRig.run { rig in
            rig.fake.give(
                "/v2/everything",
                json: """
                    {"status":"ok","totalResults":7,"articles":[
                    {"source":{"id":null,"name":"A"},"title":"Bitcoin &amp; <b>Ether</b> climb","description":"x",
                     "url":"https://a.example/1?utm_source=rss&amp=1","publishedAt":"2026-01-11T08:00:00Z"},
                    {"title":"[Removed]","url":"https://removed.com","publishedAt":"2026-01-11T08:00:00Z"},
                    {"title":"No address","url":"ftp://a.example","publishedAt":"2026-01-11T08:00:00Z"},
                    {"title":"Tomorrow","url":"https://a.example/2","publishedAt":"2026-01-12T08:00:00Z"},
                    {"title":"Long ago","url":"https://a.example/3","publishedAt":"2025-01-12T08:00:00Z"},
                    {"title":"When?","url":"https://a.example/4","publishedAt":"soon"},
                    {"title":17,"url":"https://a.example/5","publishedAt":"2026-01-11T08:00:00Z"}]}
                    """)
            var source = newsAPI(rig)
            let harvest = try await source.poll()
            #expect(harvest.items.map(\.item.title) == ["Bitcoin & Ether climb"])
            #expect(harvest.items.map(\.item.url) == ["https://a.example/1?amp=1"])
            #expect(harvest.items.map(\.time) == [Timestamp(seconds: 1_768_118_400)])
            #expect(
                harvest.malformed == [
                    "no_title": 1, "bad_url": 1, "future": 1, "old": 1, "bad_time": 1, "bad_article": 1,
                ])
            let request = try #require(rig.fake.requests.first)
            #expect(request.header("X-Api-Key") == "k3y")
            #expect(!request.uri.contains("k3y"))
            #expect(request.query["from"] == "2026-01-11T07:30:00Z")
            #expect(request.query["q"] == "crypto OR cryptocurrency OR bitcoin OR \"bitcoin cash\"")
        }
    }

    @Test(
        "what a source answers decides what comes next",
        arguments: [
            (
                LoopbackResponse(status: 429, headers: [("Retry-After", "90")]),
                SourceFailure.limited(retryAfter: .seconds(90))
            ),
            (LoopbackResponse(status: 429), .limited(retryAfter: nil)),
            (
                LoopbackResponse(status: 429, headers: [("Retry-After", "Sun, 11 Jan 2026 08:31:00 GMT")]),
                .limited(retryAfter: .seconds(60))
            ),
            (LoopbackResponse(status: 503, headers: [("Retry-After", "5")]), .limited(retryAfter: .seconds(5))),
            (LoopbackResponse(status: 503), .rejected(status: 503)),
            (LoopbackResponse(status: 401), .unauthorized(status: 401)),
            (LoopbackResponse(status: 451), .refused(status: 451)),
            (LoopbackResponse(status: 500), .rejected(status: 500)),
            (.html("<html>"), .malformed(.notJSON)), (.json("[]"), .malformed(.wrongType)),
            (.json("{\"status\":\"error\",\"articles\":[]}"), .malformed(FrameFault("status_not_ok"))),
            (.json("{}"), .malformed(.missingField)),
        ])
    func answers(answer: LoopbackResponse, expected: SourceFailure) async throws {
        try await SourceRig.run { rig in
            rig.fake.fail(with: answer)
            #expect(await failure(of: newsAPI(rig)) == expected)
        }
    }

    @Test("a connection that breaks is unreachable", arguments: [LoopbackResponse.Ending.cutBefore, .cutInside])
    func broken(ending: LoopbackResponse.Ending) async throws {
        try await SourceRig.run { rig in
            rig.fake.fail(with: LoopbackResponse(body: Array("{\"status\"".utf8), ending: ending))
            guard case .unreachable = await failure(of: newsAPI(rig)) else {
                Issue.record("not unreachable")
                return
            }
        }
    }

    private static let feed = """
        <?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>
        <title>News</title><link>https://c.example</link>
        <item><title><![CDATA[Ether & <i>friends</i> up 5%]]></title><link>https://c.example/a?utm_source=x</link>
        <guid isPermaLink="false">id-1</guid><pubDate>Sun, 11 Jan 2026 10:00:00 +0200</pubDate>
        <description>&lt;p&gt;Up &amp;amp; away&lt;/p&gt;</description></item>
        <item><title>By its date alone</title><link>https://c.example/b</link><dc:date>2026-01-11</dc:date></item>
        <item><link>https://c.example/c</link><pubDate>Sun, 11 Jan 2026 08:00:00 GMT</pubDate></item>
        <item><title>Never</title><link>https://c.example/d</link></item>
        </channel></rss>
        """

    @Test("a feed is read without its markup, and asked again only for what changed")
    func conditional() async throws {
        try await SourceRig.run { rig in
            rig.fake.give("/rss/") { request in
                request.header("If-None-Match") == "\"v1\""
                    ? LoopbackResponse(status: 304)
                    : LoopbackResponse(headers: [("ETag", "\"v1\"")], body: Array(Self.feed.utf8))
            }
            var source = CoinDeskSource(url: rig.fake.url + "/rss/", transport: rig.http, wallTime: rig.time)
            let harvest = try await source.poll()
            #expect(harvest.items.map(\.item.title) == ["Ether & friends up 5%", "By its date alone"])
            #expect(harvest.items.first?.item.text == "Up & away")
            #expect(harvest.items.first?.item.id == "id-1")
            #expect(harvest.items.first?.time == Timestamp(seconds: 1_768_118_400))
            #expect(harvest.items.last?.item.id == "https://c.example/b")
            #expect(harvest.malformed == ["no_title": 1, "bad_time": 1])
            #expect(try await source.poll().points.isEmpty)
            #expect(rig.fake.requests.map(\.path) == ["/rss/", "/rss/"])
        }
    }

    @Test(
        "what is no feed is malformed, and a broken one gives what stood before the break",
        arguments: [("<html><body>hi</body></html>", "no_feed"), ("{\"a\":1}", "not_xml"), ("", "no_feed")])
    func noFeed(text: String, reason: String) {
        #expect(throws: FrameFault(reason)) { try FeedReader.read(Array(text.utf8)) }
        let broken = Self.feed.prefix(upTo: Self.feed.range(of: "By its date")?.upperBound ?? Self.feed.endIndex)
        #expect((try? FeedReader.read(Array(broken.utf8)))?.count == 1)
    }

    @Test("entities that would grow without end or lead outside are not followed")
    func hostileEntities() throws {
        let bomb =
            "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\">"
            + (1...9).map {
                "<!ENTITY a\($0) \"" + String(repeating: $0 == 1 ? "&a;" : "&a\($0 - 1);", count: 10) + "\">"
            }
            .joined() + "<!ENTITY f SYSTEM \"file:///etc/passwd\">]>"
        let text =
            bomb + "<rss><channel><item><title>&a9;&f;</title><link>https://x.example</link></item></channel></rss>"
        let entries = (try? FeedReader.read(Array(text.utf8))) ?? []
        #expect(entries.allSatisfy { $0.title.utf8.count < 200_000 && !$0.title.contains("root:") })
    }

    @Test(
        "dates of feeds",
        arguments: [
            ("Tue, 10 Jun 2003 04:00:00 GMT", 1_055_217_600), ("10 Jun 2003 04:00 +0000", 1_055_217_600),
            ("Tue, 10 Jun 03 00:00:00 EDT", 1_055_217_600), ("2003-06-10T06:00:00+02:00", 1_055_217_600),
            ("2003-06-10T04:00:00.123Z", 1_055_217_600), ("2003-06-10 04:00:00", 1_055_217_600),
            ("2003-06-10", 1_055_203_200), ("", nil), ("yesterday", nil), ("Tue, 10 Foo 2003 04:00:00 GMT", nil),
            ("2003-13-10T04:00:00Z", nil), ("Tue, 10 Jun 2003 24:61:00 GMT", nil), ("10 Jun 2003 04:00:00 QQT", nil),
        ] as [(String, Int64?)])
    func dates(text: String, seconds: Int64?) {
        #expect(FeedDate.parse(text) == seconds.map { Timestamp(seconds: $0) })
    }

    @Test(
        "real captures are read, or refused with a reason",
        .enabled(if: SharedData.has("captures/newsapi_everything_2020-08-09.json")))
    func captures() async throws {
        try await SourceRig.run { rig in
            rig.time.move(by: Timestamp(seconds: 1_597_000_000) - rig.time.now)
            let news = try SharedData.bytes("captures/newsapi_everything_2020-08-09.json")
            rig.fake.give("/v2/everything") { _ in LoopbackResponse(body: news) }
            var source = newsAPI(rig)
            let harvest = try await source.poll()
            #expect(harvest.items.count + harvest.malformed.values.reduce(0, +) == 20)
            #expect(harvest.items.count >= 15)
        }
        for name in [
            "coindesk_rss_links_2023-01.xml", "rss_sample_dublincore.xml", "rss_sample_mixed_content.xml",
            "rss_sample_rss092.xml", "rss_sample_rss2_with_atom.xml", "rss_sample_rss2sample.xml",
        ] {
            #expect(throws: Never.self, "\(name)") { try FeedReader.read(try SharedData.bytes("captures/" + name)) }
        }
        let links = try FeedReader.read(try SharedData.bytes("captures/coindesk_rss_links_2023-01.xml"))
        #expect(links.first?.link.hasPrefix("https://www.coindesk.com/policy/2023/01/14/") == true)
        let sample = try FeedReader.read(try SharedData.bytes("captures/rss_sample_rss2sample.xml"))
        #expect(sample.allSatisfy { FeedDate.parse($0.date) != nil } && sample.count == 4)
    }
}
