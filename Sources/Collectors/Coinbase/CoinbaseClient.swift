package import Market
package import Transport

/// Coinbase Exchange's public REST API.
package struct CoinbaseClient: Sendable {
    private let baseURL: String
    private let transport: any HTTPTransport

    package init(baseURL: String = "https://api.exchange.coinbase.com", transport: any HTTPTransport) {
        self.baseURL = baseURL
        self.transport = transport
    }

    /// Products that trade now.
    package func listings() async throws(SourceFailure) -> [Listing] {
        let body = try await get("/products", label: "coinbase products")
        do { return try CoinbaseAnswers.products(body) } catch { throw .malformed(error) }
    }

    /// The venue's clock.
    package func serverTime() async throws(SourceFailure) -> Timestamp {
        let body = try await get("/time", label: "coinbase time")
        do { return try CoinbaseMapping.time(try CoinbaseAnswers.time(body)) } catch { throw .malformed(error) }
    }

    func ticker(product: String) async throws(SourceFailure) -> CoinbaseTicker {
        let body = try await get("/products/\(product)/ticker", label: "coinbase ticker")
        do { return try CoinbaseTicker.decode(body) } catch { throw .malformed(error) }
    }

    private func get(_ path: String, label: String) async throws(SourceFailure) -> [UInt8] {
        let answer: HTTPAnswer
        do throws(TransportError) {
            answer = try await transport.send(HTTPCall(url: baseURL + path, limit: 8 << 20, label: label))
        } catch {
            switch error {
            case .notConnected(let reason), .noAnswer(let reason): throw .unreachable(reason)
            case .answerTooLarge: throw .malformed(FrameFault("too_large"))
            case .cancelled: throw .cancelled
            }
        }
        switch answer.status {
        case 200: return answer.body
        case 429:
            throw .limited(retryAfter: answer.headers["retry-after"].flatMap { Int64($0) }.map { .seconds(max(0, $0)) })
        case 451, 403: throw .refused(status: answer.status)
        default: throw .rejected(status: answer.status)
        }
    }
}
