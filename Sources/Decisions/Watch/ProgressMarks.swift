import Market

/// How far the stored marks of progress have come, and which are due.
struct ProgressMarks: Sendable {
    /// A mark alone is worth a transaction when the stored one is so old.
    static let worthStoring = Span.hours(1)

    private var stored: [Symbol: Timestamp] = [:]

    mutating func stored(_ symbol: Symbol, _ mark: Timestamp) { stored[symbol] = mark }

    /// With a decision: every mark that moved, because the stored states must be those of the stored marks. Alone: those
    /// that are an hour behind.
    func toStore(_ current: [Symbol: Timestamp], withDecision: Bool) -> [Symbol: Timestamp] {
        current.filter { symbol, mark in
            guard let held = stored[symbol] else { return true }
            return withDecision ? mark != held : mark - held >= ProgressMarks.worthStoring
        }
    }
}
