import Metrics

/// Figures of the watch.
struct WatchMetrics: Sendable {
    let quotes = Counter(label: "vigia_quotes_total")
    /// Events that were decided on: quotes and closed base candles of the primary venue.
    let evaluations = Counter(label: "vigia_evaluations_total")
    let firedRules = Counter(label: "vigia_fired_total", dimensions: [("kind", "rule")])
    let firedOpportunities = Counter(label: "vigia_fired_total", dimensions: [("kind", "opportunity")])
    let firedNotices = Counter(label: "vigia_fired_total", dimensions: [("kind", "system")])
    /// From the event's arrival at the watch to its alerts being stored.
    let tickToCommit = Metrics.Timer(label: "vigia_tick_to_commit_seconds")
    let storeErrors = Counter(label: "vigia_watch_store_errors_total")

    func count(_ alerts: [Alert]) {
        for alert in alerts {
            switch alert.body {
            case .ruleFired: firedRules.increment()
            case .opportunity: firedOpportunities.increment()
            case .system: firedNotices.increment()
            }
        }
    }
}
