import Market

/// Turns changes of sources into notices for operators, at most one an hour for a source and state, however it flaps; of a
/// source beside the venues one, until it is back.
///
/// Keys (locale entries `system.<key>`), values `source`, `detail`, `failures`:
/// - `source_circuit_open`: ten failures in a row, one probe every five minutes (critical for the primary venue, else
///   warning)
/// - `source_refused`: the venue refuses this country (the same)
/// - `source_stale`: three or more failures in a row (warning)
/// - `source_recovered`: live again after one of these was told (info)
struct SourceNotices: Sendable {
    static let rest = Span.hours(1)
    /// Failures in a row from which a retrying source is worth a word.
    static let failuresWorthTelling = 3

    /// Prices come from these; of the others only a long silence is worth a word.
    private static let venues: Set<String> = [Venue.binance.name, Venue.coinbase.name, Venue.simulated.name]

    private let primarySource: String
    private var told: [String: Timestamp] = [:]
    /// Sources whose trouble was told and whose recovery was not.
    private var troubled: Set<String> = []

    init(primarySource: String) { self.primarySource = primarySource }

    mutating func notice(_ health: SourceHealth, now: Timestamp) -> Alert? {
        let key: String
        var severity = SystemNotice.Severity.warning
        switch health.state {
        case .off, .starting: return nil
        case .circuitOpen:
            key = "source_circuit_open"
            if health.source == primarySource { severity = .critical }
        case .refused:
            key = "source_refused"
            if health.source == primarySource { severity = .critical }
        case .retrying:
            guard health.failures >= SourceNotices.failuresWorthTelling, SourceNotices.venues.contains(health.source)
            else { return nil }
            key = "source_stale"
        case .live:
            guard troubled.remove(health.source) != nil else { return nil }
            key = "source_recovered"
            severity = .info
        }
        // News that stay away are told of once, not every few hours for as long as a network refuses us.
        if health.state != .live, !SourceNotices.venues.contains(health.source), troubled.contains(health.source) {
            return nil
        }
        let situation = "\(key):\(health.source)"
        if let last = told[situation], now - last < SourceNotices.rest { return nil }
        told = told.filter { now - $0.value < SourceNotices.rest }
        told[situation] = now
        if health.state != .live { troubled.insert(health.source) }
        let values = ["source": health.source, "detail": health.detail, "failures": "\(health.failures)"]
        let priority: Priority =
            switch severity {
            case .critical: .critical
            case .warning: .high
            case .info: .low
            }
        return Alert(
            naturalKey: "system:\(situation):\(now.milliseconds)", symbol: nil, priority: priority, issuedAt: now,
            audience: .operators,
            body: .system(SystemNotice(severity: severity, key: key, values: values)))
    }
}
