package import Chat
import Foundation
import Hummingbird
package import Logging
import NIOCore
import ServiceLifecycle

/// The HTTP door: health, readiness, metrics and the webhooks of the front ends.
package struct WebServer: Service {
    package struct Configuration: Sendable {
        package var host: String
        package var port: Int
        /// Bytes of a request body read at the most.
        package var bodyLimit: Int

        package init(host: String, port: Int, bodyLimit: Int = 1 << 20) {
            self.host = host
            self.port = port
            self.bodyLimit = bodyLimit
        }
    }

    /// One part of `/ready`.
    package struct Readiness: Sendable {
        package var name: String
        package var isReady: Bool
        /// A part that is only told in the body, such as a stale source, does not change the status.
        package var isRequired: Bool
        package var detail: String

        package init(name: String, isReady: Bool, isRequired: Bool, detail: String) {
            self.name = name
            self.isReady = isReady
            self.isRequired = isRequired
            self.detail = detail
        }
    }

    private let configuration: Configuration
    private let metrics: MetricsRegistry
    private let webhooks: [String: any InboundWebhook]
    private let unsubscribe: UnsubscribeDoor?
    private let readiness: @Sendable () async -> [Readiness]
    private let beforeScrape: @Sendable (MetricsRegistry) async -> Void
    private let onListening: @Sendable (Int) async -> Void
    private let logger: Logger

    /// - Parameters:
    ///   - webhooks: by name: `telegram` answers at `/webhooks/telegram`.
    ///   - unsubscribe: answers at `/unsubscribe/{token}`.
    ///   - beforeScrape: brings gauges up to date.
    ///   - onListening: told the port once the server accepts connections.
    package init(
        configuration: Configuration, metrics: MetricsRegistry, webhooks: [String: any InboundWebhook],
        unsubscribe: UnsubscribeDoor? = nil, readiness: @escaping @Sendable () async -> [Readiness],
        beforeScrape: @escaping @Sendable (MetricsRegistry) async -> Void,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }, logger: Logger
    ) {
        self.configuration = configuration
        self.metrics = metrics
        self.webhooks = webhooks
        self.unsubscribe = unsubscribe
        self.readiness = readiness
        self.beforeScrape = beforeScrape
        self.onListening = onListening
        self.logger = logger
    }

    package func run() async throws {
        let onListening = self.onListening
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .notice)
        let application = Application(
            router: router(),
            configuration: .init(address: .hostname(configuration.host, port: configuration.port), serverName: "vigia"),
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? 0) },
            logger: quiet)
        try await application.run()
    }

    private func router() -> Router<BasicRequestContext> {
        let router = Router()
        router.add(middleware: ProblemMiddleware())
        router.get("health") { _, _ in JSONText.response(["status": "alive"]) }
        router.get("ready") { [readiness] _, _ in
            let parts = await readiness()
            let isReady = parts.allSatisfy { $0.isReady || !$0.isRequired }
            let body = ReadyBody(
                status: isReady ? "ready" : "not ready",
                parts: parts.map { .init(name: $0.name, ready: $0.isReady, required: $0.isRequired, detail: $0.detail) }
            )
            return JSONText.response(body, status: isReady ? .ok : .serviceUnavailable)
        }
        router.get("metrics") { [metrics, beforeScrape] _, _ in
            await beforeScrape(metrics)
            return Response(
                status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                body: .init(byteBuffer: ByteBuffer(string: metrics.exposition)))
        }
        unsubscribe?.addRoutes(to: router)
        for (name, webhook) in webhooks {
            router.post("webhooks/\(name)") { [limit = configuration.bodyLimit] request, _ in
                let body: ByteBuffer
                do { body = try await request.body.collect(upTo: limit) } catch {
                    throw HTTPError(.contentTooLarge, message: "at most \(limit) bytes")
                }
                var headers: [String: String] = [:]
                for field in request.headers { headers[field.name.canonicalName] = field.value }
                let answer = await webhook.receive(
                    target: request.uri.string, headers: headers, body: Array(body.readableBytesView))
                guard answer.status < 400 else { throw HTTPError(.init(code: answer.status), message: answer.body) }
                return Response(
                    status: .init(code: answer.status),
                    headers: answer.contentType.map { [.contentType: $0] } ?? [:],
                    body: .init(byteBuffer: ByteBuffer(string: answer.body)))
            }
        }
        return router
    }
}

private struct ReadyBody: Encodable {
    struct Part: Encodable {
        var name: String
        var ready: Bool
        var required: Bool
        var detail: String
    }
    var status: String
    var parts: [Part]
}

enum JSONText {
    static func response(
        _ value: some Encodable, status: HTTPResponse.Status = .ok, type: String = "application/json"
    ) -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let data = (try? encoder.encode(value)) ?? Data("{}".utf8)
        return Response(status: status, headers: [.contentType: type], body: .init(byteBuffer: ByteBuffer(bytes: data)))
    }
}

/// Errors leave as `application/problem+json` (RFC 9457), and never say more than their status and reason.
private struct ProblemMiddleware: RouterMiddleware {
    private struct Problem: Encodable {
        var type = "about:blank"
        var title: String
        var status: Int
        var detail: String?
    }

    func handle(
        _ request: Request, context: BasicRequestContext,
        next: (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError {
            return problem(error.status, detail: error.body)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            context.logger.error("a request failed", metadata: ["error": "\(type(of: error))"])
            return problem(.internalServerError, detail: nil)
        }
    }

    private func problem(_ status: HTTPResponse.Status, detail: String?) -> Response {
        JSONText.response(
            Problem(title: status.reasonPhrase, status: status.code, detail: detail?.isEmpty == true ? nil : detail),
            status: status, type: "application/problem+json")
    }
}
