import Metrics

/// Figures of the watch.
struct WatchMetrics: Sendable {
    private let quotes = Counter(label: "vigia_quotes_total")
    private let evaluations = Counter(label: "vigia_evaluations_total")
    private let firedRules = Counter(label: "vigia_fired_total", dimensions: [("kind", "rule")])
    private let firedOpportunities = Counter(label: "vigia_fired_total", dimensions: [("kind", "opportunity")])
    private let firedNotices = Counter(label: "vigia_fired_total", dimensions: [("kind", "system")])
    private let tickToCommit = Metrics.Timer(label: "vigia_tick_to_commit_seconds")
    private let storeErrors = Counter(label: "vigia_watch_store_errors_total")

    func sawQuote() { quotes.increment() }

    /// A quote or closed base candle of the primary venue was decided on.
    func evaluated() { evaluations.increment() }

    func storeFailed() { storeErrors.increment() }

    /// Alerts are stored; `elapsed` since their event arrived at the watch.
    func committed(_ alerts: [Alert], elapsed: Duration) {
        guard !alerts.isEmpty else { return }
        tickToCommit.record(duration: elapsed)
        for alert in alerts {
            switch alert.body {
            case .ruleFired: firedRules.increment()
            case .opportunity: firedOpportunities.increment()
            case .system: firedNotices.increment()
            }
        }
    }
}
