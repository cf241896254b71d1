import Chat
import CoreMetrics
import Logging
import Support
import Testing
import Turns

@testable import Web

@Suite(.oneAtATime) struct WebServerTests {
    /// Answers with what it was given.
    private struct Echo: InboundWebhook {
        func receive(headers: [String: String], body: [UInt8]) async -> WebhookAnswer {
            guard headers["x-secret"] == "yes" else { return WebhookAnswer(status: 401, body: "no") }
            return WebhookAnswer(status: 200, body: String(decoding: body, as: UTF8.self))
        }
    }

    /// Answers with the target it was called at, as XML.
    private struct Mirror: InboundWebhook {
        func receive(headers: [String: String], body: [UInt8]) async -> WebhookAnswer { WebhookAnswer(status: 500) }
        func receive(target: String, headers: [String: String], body: [UInt8]) async -> WebhookAnswer {
            WebhookAnswer(status: 200, body: target, contentType: "text/xml")
        }
    }

    private func serve(isReady: Bool, _ body: @Sendable (Int) async throws -> Void) async throws {
        let port = try FreePort.find()
        let metrics = MetricsRegistry()
        metrics.makeCounter(label: "vigia_things_total", dimensions: [("kind", "a\"b")]).increment(by: 3)
        let (started, signal) = AsyncStream.makeStream(of: Int.self)
        let server = WebServer(
            configuration: .init(host: "127.0.0.1", port: port, bodyLimit: 1000), metrics: metrics,
            webhooks: ["echo": Echo(), "deep/mirror": Mirror()],
            readiness: {
                [
                    .init(name: "database", isReady: isReady, isRequired: true, detail: "x"),
                    .init(name: "venue", isReady: false, isRequired: false, detail: "stale"),
                ]
            },
            beforeScrape: { $0.set("vigia_depth", to: 7) }, onListening: { signal.yield($0) },
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

    @Test("what is required decides readiness; the rest is told in the body")
    func readiness() async throws {
        try await serve(isReady: true) { port in
            #expect(await LocalHTTP.get(port: port, path: "/health")?.status == 200)
            let ready = await LocalHTTP.get(port: port, path: "/ready")
            #expect(ready?.status == 200)
            #expect(ready?.body.contains("stale") == true)
        }
        try await serve(isReady: false) { port in
            #expect(await LocalHTTP.get(port: port, path: "/ready")?.status == 503)
        }
    }

    @Test("metrics are in Prometheus' text format, with labels escaped")
    func metrics() async throws {
        try await serve(isReady: true) { port in
            let body = try #require(await LocalHTTP.get(port: port, path: "/metrics")?.body)
            #expect(body.contains("# TYPE vigia_things_total counter\nvigia_things_total{kind=\"a\\\"b\"} 3\n"))
            #expect(body.contains("vigia_depth 7.0\n"))
        }
    }

    @Test("webhooks get raw headers and body; refusals and unknown paths are problems, too large a body is not read")
    func webhooks() async throws {
        try await serve(isReady: true) { port in
            func post(_ path: String, _ headers: [String: String], _ body: String) async -> LocalHTTP.Answer? {
                await LocalHTTP.send(port: port, method: "POST", path: path, headers: headers, body: body)
            }
            let answer = await post("/webhooks/echo", ["X-Secret": "yes"], "hello")
            #expect(answer?.status == 200)
            #expect(answer?.body == "hello")
            let refused = await post("/webhooks/echo", [:], "hello")
            #expect(refused?.status == 401)
            #expect(refused?.headers["content-type"] == "application/problem+json")
            #expect(await post("/webhooks/other", [:], "")?.status == 404)
            #expect(
                await post("/webhooks/echo", ["X-Secret": "yes"], String(repeating: "x", count: 2000))?.status == 413)
        }
    }

    @Test("a webhook sees path and query as they came, and says of what type its answer is")
    func target() async throws {
        try await serve(isReady: true) { port in
            let answer = await LocalHTTP.send(
                port: port, method: "POST", path: "/webhooks/deep/mirror?delivery=7&x=%C3%B1", headers: [:], body: "")
            #expect(answer?.body == "/webhooks/deep/mirror?delivery=7&x=%C3%B1")
            #expect(answer?.headers["content-type"] == "text/xml")
        }
    }

    @Test("histograms count into their buckets and sum")
    func histogram() {
        let registry = MetricsRegistry()
        let timer = registry.makeTimer(label: "vigia_time_seconds", dimensions: [])
        timer.recordNanoseconds(3_000_000)
        timer.recordNanoseconds(700_000_000)
        let text = registry.exposition
        #expect(text.contains("vigia_time_seconds_bucket{le=\"0.005\"} 1\n"))
        #expect(text.contains("vigia_time_seconds_bucket{le=\"+Inf\"} 2\n"))
        #expect(text.contains("vigia_time_seconds_count 2\n"))
    }
}
