import Foundation
package import Market
package import Transport

/// Asks a source over HTTP and says what its answer means for the collector.
package struct SourceClient: Sendable {
    /// Texts and figures come in answers of some hundred kilobytes.
    private static let limit = 8 << 20

    let baseURL: String
    private let transport: any HTTPTransport
    private let wallTime: any TimeSource
    /// What answers to a question that says what is known already: `ETag` and `Last-Modified`, by path.
    private var validators: [String: [(name: String, value: String)]] = [:]

    /// - Parameter isWhole: the address is one of a document, not what paths are added to.
    package init(
        baseURL: String, transport: any HTTPTransport, wallTime: any TimeSource = WallTime(), isWhole: Bool = false
    ) {
        self.baseURL = baseURL.hasSuffix("/") && !isWhole ? String(baseURL.dropLast()) : baseURL
        self.transport = transport
        self.wallTime = wallTime
    }

    var now: Timestamp { wallTime.now }

    /// The body and headers of a 200.
    func get(
        _ path: String, headers: [(name: String, value: String)] = [], label: String
    ) async throws(SourceFailure) -> HTTPAnswer {
        try await send(HTTPCall(url: baseURL + path, headers: headers, limit: Self.limit, label: label))
    }

    /// As `get`, but `nil` where nothing changed since the last time.
    mutating func getIfChanged(_ path: String, label: String) async throws(SourceFailure) -> HTTPAnswer? {
        let call = HTTPCall(
            url: baseURL + path, headers: validators[path] ?? [], limit: Self.limit, label: label)
        let answer = try await raw(call)
        if answer.status == 304 { return nil }
        try judge(answer)
        validators[path] = [
            ("If-None-Match", answer.headers["etag"]), ("If-Modified-Since", answer.headers["last-modified"]),
        ]
        .compactMap { name, value in value.map { (name, $0) } }
        return answer
    }

    func send(_ call: HTTPCall) async throws(SourceFailure) -> HTTPAnswer {
        let answer = try await raw(call)
        try judge(answer)
        return answer
    }

    private func raw(_ call: HTTPCall) async throws(SourceFailure) -> HTTPAnswer {
        do throws(TransportError) { return try await transport.send(call) } catch {
            switch error {
            case .notConnected(let reason), .noAnswer(let reason): throw .unreachable(reason)
            case .answerTooLarge: throw .malformed(FrameFault("too_large"))
            case .cancelled: throw .cancelled
            }
        }
    }

    private func judge(_ answer: HTTPAnswer) throws(SourceFailure) {
        switch answer.status {
        case 200: return
        case 429, 418: throw .limited(retryAfter: askedWait(answer))
        case 401, 403: throw .unauthorized(status: answer.status)
        case 451: throw .refused(status: answer.status)
        case 503:
            // A server that says when it will be back is taken at its word.
            guard let wait = askedWait(answer) else { throw .rejected(status: 503) }
            throw .limited(retryAfter: wait)
        default: throw .rejected(status: answer.status)
        }
    }

    /// `Retry-After` in seconds or as a date, else the reset that some sources name instead.
    private func askedWait(_ answer: HTTPAnswer) -> Duration? {
        let now = wallTime.now
        if let text = answer.headers["retry-after"] {
            if let seconds = Double(text), seconds >= 0, seconds < 1e7 { return .seconds(seconds) }
            if let date = FeedDate.parse(text) { return max(.zero, (date - now).duration) }
        }
        // An instant, as X says it; seconds from now, as Reddit does.
        if let text = answer.headers["x-rate-limit-reset"], let instant = Int64(text), instant < 1 << 40 {
            return max(.zero, (Timestamp(seconds: instant) - now).duration)
        }
        if let text = answer.headers["x-ratelimit-reset"], let seconds = Double(text), seconds >= 0, seconds < 1e7 {
            return .seconds(seconds)
        }
        return nil
    }
}
