import Metrics
import People

/// How a delivery or one try of it ended, as `vigia_deliveries_total{channel,outcome}` names it.
enum DeliveryOutcome: String, CaseIterable, Sendable {
    case sent, held, dropped, expired, dead, rejected, gone, moved
    case rateLimited = "rate_limited"
    case unavailable, unknown, unauthorized

    init(_ error: DeliveryError) {
        switch error {
        case .rateLimited: self = .rateLimited
        case .recipientGone: self = .gone
        case .moved: self = .moved
        case .rejected: self = .rejected
        case .unavailable: self = .unavailable
        case .outcomeUnknown: self = .unknown
        case .unauthorized: self = .unauthorized
        }
    }
}

/// The figures of one sender.
struct DeliveryMetrics: Sendable {
    private let outcomes: [DeliveryOutcome: Counter]
    private let rateLimited: Counter
    private let seconds: Metrics.Timer
    private let storeFailures: Counter

    init(channel: ChannelKind) {
        let name = channel.rawValue
        outcomes = Dictionary(
            uniqueKeysWithValues: DeliveryOutcome.allCases.map { outcome in
                (
                    outcome,
                    Counter(
                        label: "vigia_deliveries_total", dimensions: [("channel", name), ("outcome", outcome.rawValue)])
                )
            })
        rateLimited = Counter(label: "vigia_rate_limited_total", dimensions: [("channel", name)])
        seconds = Metrics.Timer(
            label: "vigia_outbox_send_seconds", dimensions: [("channel", name)], preferredDisplayUnit: .seconds)
        storeFailures = Counter(label: "vigia_outbox_store_failures_total", dimensions: [("channel", name)])
    }

    func count(_ outcome: DeliveryOutcome) {
        outcomes[outcome]?.increment()
        if outcome == .rateLimited { rateLimited.increment() }
    }

    func storeFailed() { storeFailures.increment() }

    func sendTook(_ duration: Duration) {
        let (whole, atto) = duration.components
        seconds.recordNanoseconds(whole * 1_000_000_000 + atto / 1_000_000_000)
    }
}
