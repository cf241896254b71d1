import Market

/// Where the gateway is, and how many sessions may still be begun: `GET /gateway/bot`.
struct GatewayOffer: Hashable, Sendable {
    var url: String
    var total: Int
    var remaining: Int
    var resetAfter: Span
    /// Sessions that may be begun in five seconds.
    var atOnce: Int

    init?(_ json: JSONValue) {
        guard let url = json["url"]?.string, let limit = json["session_start_limit"],
            let total = limit["total"]?.integer, let remaining = limit["remaining"]?.integer,
            let reset = limit["reset_after"]?.integer, total >= 0, remaining >= 0, reset >= 0
        else { return nil }
        self.url = url
        self.total = Int(clamping: total)
        self.remaining = Int(clamping: remaining)
        resetAfter = .milliseconds(min(reset, 86_400_000))
        atOnce = Int(clamping: max(1, limit["max_concurrency"]?.integer ?? 1))
    }
}

/// Keeps the day's sessions from being used up: at the thousandth IDENTIFY within 24 hours Discord resets the token. A
/// tenth of them is a reserve that is never touched; it is told by the server's own count and, should the server not say,
/// by ours, which outlasts a restart. RESUME costs nothing. https://discord.com/developers/docs/events/gateway
struct IdentifyBudget: Hashable, Sendable {
    static let day = Span.hours(24)
    /// Between two sessions of one shard.
    static let spacing = Span.seconds(5)

    /// Since when sessions are counted (wall clock), and how many were begun.
    var since: Timestamp?
    var begun = 0

    init() {}

    /// Reads what `text` wrote; anything else begins anew.
    init(_ text: String?) {
        let parts = (text ?? "").split(separator: " ")
        guard parts.count == 2, let since = Int64(parts[0]), let begun = Int(parts[1]), begun >= 0 else { return }
        self.since = Timestamp(milliseconds: since)
        self.begun = begun
    }

    var text: String { "\(since?.milliseconds ?? 0) \(begun)" }

    /// How long to wait before a session may be begun; `nil` when it may now.
    func rest(_ offer: GatewayOffer, now: Timestamp) -> Span? {
        let reserve = offer.total / 10
        if offer.remaining <= reserve { return max(offer.resetAfter, .seconds(1)) }
        guard let since, now >= since, now - since < IdentifyBudget.day, begun >= offer.total - reserve else {
            return nil
        }
        return IdentifyBudget.day - (now - since)
    }

    /// A session is begun.
    mutating func count(now: Timestamp) {
        if let since, now >= since, now - since < IdentifyBudget.day {
            begun += 1
        } else {
            since = now
            begun = 1
        }
    }
}
