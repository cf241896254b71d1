package import Market

/// A ledger whose last verification is good for a minute, so that asking often costs little.
package actor RememberedLedger: LedgerReader {
    private static let life = Span.minutes(1)

    private let inner: any LedgerReader
    private let time: any TimeSource
    private var last: (at: Timestamp, report: LedgerReport)?

    /// `time` is the wall clock.
    package init(_ inner: any LedgerReader, time: any TimeSource) {
        self.inner = inner
        self.time = time
    }

    package func head() async throws -> LedgerHead { try await inner.head() }

    package func verify() async throws -> LedgerReport {
        if let last, time.now >= last.at, time.now - last.at < Self.life { return last.report }
        let report = try await inner.verify()
        last = (time.now, report)
        return report
    }
}
