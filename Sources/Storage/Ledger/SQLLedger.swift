package import Decisions
import Market

/// The ledger over SQL. The chain is recomputed a page at a time, each in a read transaction of its own.
package struct SQLLedger: LedgerReader {
    private let database: SQLiteDatabase
    private let page: Int

    /// - Parameter page: most entries that one read looks at.
    package init(_ database: SQLiteDatabase, page: Int = 2_000) {
        self.database = database
        self.page = max(1, page)
    }

    package func head() async throws -> LedgerHead {
        try await database.read { sql in
            let last = try LedgerTable(sql: sql).head()
            return LedgerHead(sequence: last.sequence, hash: LedgerHash.hex(last.head))
        }
    }

    package func verify() async throws -> LedgerReport {
        let page = page
        var walk = LedgerWalk()
        while true {
            try Task.checkCancellation()
            let start = walk
            let (next, count) = try await database.read { sql in
                var walk = start
                let rows = try LedgerWalk.rows(after: walk.sequence, limit: page, sql)
                for row in rows { walk.take(row) }
                return (walk, rows.count)
            }
            walk = next
            if count < page { break }
        }
        var report = walk.report
        if let stray = try await database.read({ try LedgerWalk.unentered($0) }) {
            report.broken += 1
            report.fault = report.fault ?? LedgerFault(kind: .unentered, sequence: stray)
        }
        return report
    }
}

/// The state of recomputing the chain.
struct LedgerWalk: Sendable {
    struct Entry: Sendable {
        var sequence: Int64
        var kind: String
        var subject: Int64
        var at: Timestamp
        var salt: [UInt8]?
        var content: [UInt8]
        var previous: [UInt8]
        var head: [UInt8]
        var subjectState: SubjectState
    }

    enum SubjectState: Sendable {
        case gone
        /// The row is there and its content is erased.
        case erased
        /// Hash of what is stored now, with the entry's salt.
        case present([UInt8])
    }

    private(set) var sequence: Int64 = 0
    private(set) var report = LedgerReport(head: .empty)
    private var previous = LedgerHash.none

    mutating func take(_ entry: Entry) {
        let fault = fault(of: entry)
        if let fault {
            report.broken += 1
            report.fault = report.fault ?? LedgerFault(kind: fault, sequence: entry.sequence)
        } else {
            report.verified += 1
            if entry.salt == nil { report.erased += 1 }
            if entry.kind == LedgerHash.Kind.forecast.rawValue { report.forecasts += 1 }
        }
        report.head = LedgerHead(sequence: entry.sequence, hash: LedgerHash.hex(entry.head))
        sequence = entry.sequence
        previous = entry.head
    }

    private func fault(of entry: Entry) -> LedgerFault.Kind? {
        guard entry.sequence == sequence + 1 else { return .gap }
        guard entry.previous == previous else { return .unlinked }
        let head = LedgerHash.head(
            previous: entry.previous, sequence: entry.sequence, kind: entry.kind, subject: entry.subject, at: entry.at,
            content: entry.content)
        guard head == entry.head else { return .altered }
        switch (entry.subjectState, entry.salt) {
        case (.erased, nil): return nil
        case (.present(let hash), .some): return hash == entry.content ? nil : .content
        // A salt that is gone while the content is there would let the content be anything.
        case (.present, nil): return .content
        case (.erased, .some), (.gone, _): return .missing
        }
    }

    static func rows(after sequence: Int64, limit: Int, _ sql: SQLConnection) throws -> [Entry] {
        try sql.rows(
            """
            SELECT l.sequence, l.kind, l.subject_id, l.at, l.salt, l.content, l.previous, l.head,
                a.id, a.natural_key, a.symbol, a.lane, a.issued_at, a.rule_id, a.document, a.created_at,
                f.id, f.natural_key, f.document, f.told_at
            FROM ledger l
            LEFT JOIN alerts a ON l.kind = 'alert' AND a.id = l.subject_id
            LEFT JOIN told_forecasts f ON l.kind = 'forecast' AND f.id = l.subject_id
            WHERE l.sequence > ? ORDER BY l.sequence LIMIT ?
            """, [.integer(sequence), SQLValue(limit)]
        ) { row in
            let salt = row.optionalBytes(4)
            var state = SubjectState.gone
            if !row.isNull(8) {
                if let document = row.optionalText(14) {
                    let alert = LedgeredAlert(
                        naturalKey: row.text(9), symbol: row.optionalText(10), lane: row.integer(11),
                        issuedAt: row.integer(12), rule: row.optionalInteger(13), document: document,
                        createdAt: row.integer(15))
                    state = .present(alert.hash(salt: salt ?? []))
                } else {
                    state = .erased
                }
            } else if !row.isNull(16) {
                let forecast = LedgeredForecast(
                    naturalKey: row.text(17), document: row.text(18), toldAt: row.integer(19))
                state = .present(forecast.hash(salt: salt ?? []))
            }
            return Entry(
                sequence: row.integer(0), kind: row.text(1), subject: row.integer(2), at: row.time(3), salt: salt,
                content: row.optionalBytes(5) ?? [], previous: row.optionalBytes(6) ?? [],
                head: row.optionalBytes(7) ?? [], subjectState: state)
        }
    }

    /// An alert or forecast that stands beside the chain. Alerts from before there was a ledger are not in it.
    static func unentered(_ sql: SQLConnection) throws -> Int64? {
        try sql.integer(
            """
            SELECT a.id FROM alerts a
            WHERE a.id > (SELECT min(subject_id) FROM ledger WHERE kind = 'alert')
                AND NOT EXISTS (SELECT 1 FROM ledger l WHERE l.kind = 'alert' AND l.subject_id = a.id)
            ORDER BY a.id LIMIT 1
            """)
            ?? sql.integer(
                """
                SELECT f.id FROM told_forecasts f
                WHERE NOT EXISTS (SELECT 1 FROM ledger l WHERE l.kind = 'forecast' AND l.subject_id = f.id)
                ORDER BY f.id LIMIT 1
                """)
    }
}
