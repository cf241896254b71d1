import Chat
import CoreMetrics
import Delivery
import Logging
import Messages
import People
import Support
import Synchronization
import Testing
import Turns

@testable import Web

@Suite(.oneAtATime) struct UnsubscribeEndpointTests {
    private final class Lists: MailingLists {
        let isOn = Mutex(true)
        func subscriber(_ reference: String) async throws -> MailSubscriber? {
            guard reference == "c1" else { return nil }
            return MailSubscriber(
                recipient: RecipientID(4), masked: "m…@e….com", reader: Reader(language: "es", zone: "UTC"),
                isSubscribed: isOn.withLock { $0 })
        }
        func unsubscribe(_ reference: String) async throws -> Bool {
            isOn.withLock { isOn in
                defer { isOn = false }
                return isOn
            }
        }
    }

    private func serve(
        _ lists: Lists, endDigest: (@Sendable (RecipientID) async throws -> Void)? = nil,
        _ body: @Sendable (Int) async throws -> Void
    ) async throws {
        let port = try FreePort.find()
        let renderer = try MessageRenderer()
        let door = UnsubscribeDoor(
            lists: lists,
            read: { token in
                switch token {
                case "good": ("c1", .alerts)
                case "digest": ("c1", .digest)
                case "old": ("c9", .alerts)
                default: nil
                }
            }, render: { try renderer.page(for: $0, reader: $1) }, endDigest: endDigest)
        let (started, signal) = AsyncStream.makeStream(of: Int.self)
        let server = WebServer(
            configuration: .init(host: "127.0.0.1", port: port), metrics: MetricsRegistry(), webhooks: [:],
            unsubscribe: door, readiness: { [] }, beforeScrape: { _ in }, onListening: { signal.yield($0) },
            logger: Logger(label: "test"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            for await port in started {
                try await body(port)
                break
            }
            group.cancelAll()
        }
    }

    @Test("GET shows one button in the reader's language and changes nothing")
    func show() async throws {
        let lists = Lists()
        try await serve(lists) { port in
            let page = try #require(await LocalHTTP.get(port: port, path: "/unsubscribe/good"))
            #expect(page.status == 200)
            #expect(page.body.contains("m…@e….com"))
            #expect(page.body.contains("Terminar"))
            #expect(page.body.matches(of: /<button/).count == 1)
            #expect(page.headers["content-type"] == "text/html; charset=utf-8")
            #expect(page.headers["set-cookie"] == nil)
            #expect(page.headers["referrer-policy"] == "no-referrer")
            #expect(page.headers["cache-control"] == "no-store")
            #expect(lists.isOn.withLock { $0 })
        }
    }

    @Test(
        "POST consumes, from a mail program and from the button alike",
        arguments: [
            ("application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"),
            ("application/x-www-form-urlencoded", "confirm=yes"), ("multipart/form-data; boundary=x", "--x--"),
        ])
    func consume(type: String, body: String) async throws {
        let lists = Lists()
        try await serve(lists) { port in
            let answer = await LocalHTTP.send(
                port: port, method: "POST", path: "/unsubscribe/good", headers: ["Content-Type": type], body: body)
            #expect(answer?.status == 200)
            #expect(answer?.body.contains("Hecho") == true)
            #expect(answer?.body.contains("<button") == false)
            #expect(lists.isOn.withLock { !$0 })
            #expect(await LocalHTTP.get(port: port, path: "/unsubscribe/good")?.body.contains("Hecho") == true)
        }
    }

    @Test("a token that is not ours is not found, one of a removed address has nothing to end, a flood is not read")
    func refusals() async throws {
        let lists = Lists()
        try await serve(lists) { port in
            let path = "/unsubscribe/"
            #expect(await LocalHTTP.get(port: port, path: path + "bad")?.status == 404)
            let spanish = await LocalHTTP.send(
                port: port, method: "GET", path: path + "bad", headers: ["Accept-Language": "es-MX,es;q=0.9"], body: "")
            #expect(spanish?.body.contains("no es mío") == true)
            let refused = await LocalHTTP.send(port: port, method: "POST", path: path + "bad", headers: [:], body: "x")
            #expect(refused?.status == 404)
            #expect(await LocalHTTP.get(port: port, path: path + "old")?.status == 200)
            let flood = await LocalHTTP.send(
                port: port, method: "POST", path: path + "good", headers: [:],
                body: String(repeating: "x", count: 10_000))
            #expect(flood?.status == 413)
            #expect(lists.isOn.withLock { $0 })
        }
    }

    @Test("the digest's link ends the digest where there is one, else all e-mail")
    func digest() async throws {
        let lists = Lists()
        let ended = Mutex<[RecipientID]>([])
        try await serve(lists, endDigest: { id in ended.withLock { $0.append(id) } }) { port in
            _ = await LocalHTTP.send(port: port, method: "POST", path: "/unsubscribe/digest", headers: [:], body: "")
            #expect(ended.withLock { $0 } == [RecipientID(4)])
            #expect(lists.isOn.withLock { $0 })
        }
        try await serve(lists) { port in
            _ = await LocalHTTP.send(port: port, method: "POST", path: "/unsubscribe/digest", headers: [:], body: "")
            #expect(lists.isOn.withLock { !$0 })
        }
    }
}
