package import Market
import People

/// Removes what has been kept long enough, a bounded batch at a time, so that it never holds the writer for long.
package struct Retention: Sendable {
    /// How long each kind is kept. Larger candles and alerts are kept for ever.
    package struct Limits: Hashable, Sendable {
        /// One-minute candles (`RETENTION_1M`).
        package var minuteCandles: Span
        /// Finished deliveries and ended rules (`RETENTION_DELIVERIES`).
        package var deliveries: Span
        /// News and posts (`RETENTION_NEWS`).
        package var texts: Span
        /// Keys of handled updates; platforms repeat an update for a day at most.
        package var inbox: Span

        package init(
            minuteCandles: Span = .days(400), deliveries: Span = .days(90), texts: Span = .days(30),
            inbox: Span = .days(3)
        ) {
            self.minuteCandles = minuteCandles
            self.deliveries = deliveries
            self.texts = texts
            self.inbox = inbox
        }
    }

    /// How many rows went.
    package struct Removed: Hashable, Sendable {
        package var candles = 0
        package var deliveries = 0
        package var updates = 0
        package var others = 0
        package var total: Int { candles + deliveries + updates + others }
        package init() {}
    }

    private let database: SQLiteDatabase
    private let limits: Limits
    private let batch: Int

    /// - Parameter batch: most rows that one transaction removes.
    package init(_ database: SQLiteDatabase, limits: Limits = Limits(), batch: Int = 5_000) {
        self.database = database
        self.limits = limits
        self.batch = max(1, batch)
    }

    /// Removes everything that is too old, in as many transactions as that takes. `ruleTime` judges candles.
    package func run(now: Timestamp, ruleTime: Timestamp) async throws -> Removed {
        var removed = Removed()
        let candles = SQLCandleStore(database)
        removed.candles = try await repeated {
            try await candles.prune(.m1, before: ruleTime - limits.minuteCandles, limit: batch)
        }
        removed.deliveries = try await repeated { try await pruneDeliveries(before: now - limits.deliveries) }
        let texts = SQLTextStore(database)
        removed.others += try await repeated { try await texts.prune(before: now - limits.texts, limit: batch) }
        removed.updates = try await repeated {
            try await remove("inbox", key: "update_key", where: "received_at < ?", now - limits.inbox)
        }
        removed.others += try await repeated {
            try await remove("rules", key: "id", where: "ended_at < ?", now - limits.deliveries)
        }
        removed.others += try await repeated {
            try await remove("delivery_stages", key: "id", where: "at < ?", now - limits.deliveries)
        }
        removed.others += try await repeated {
            try await remove("vetoes", key: "(symbol, at, kind)", where: "at < ?", ruleTime - limits.deliveries)
        }
        removed.others += try await repeated { try await remove("drafts", key: "id", where: "expires_at < ?", now) }
        removed.others += try await repeated {
            try await remove("sms_reports", key: "message_id", where: "updated_at < ?", now - limits.deliveries)
        }
        removed.others += try await repeated {
            // The newest one stays: it tells which alerts were taken already.
            try await remove(
                "live_firings", key: "alert_id",
                where: "at < ? AND next_at IS NULL AND alert_id < (SELECT max(alert_id) FROM live_firings)",
                ruleTime - .days(400))
        }
        removed.others += try await repeated { try await remove("codes", key: "hash", where: "expires_at < ?", now) }
        for (table, condition, age) in [
            ("contacts", "verified_at IS NULL AND code_expires_at < ?", Span.zero),
            ("code_requests", "at < ?", .days(1)), ("link_codes", "expires_at < ?", .zero),
        ] {
            let key = table == "link_codes" ? "recipient_id" : "id"
            removed.others += try await repeated {
                try await remove(table, key: key, where: condition, now - age)
            }
        }
        removed.others += try await repeated {
            try await remove("told", key: "(recipient_id, situation)", where: "issued_at < ?", ruleTime - .days(1))
        }
        removed.others += try await repeated {
            // The longest that a group is asked for is a repeat interval.
            try await remove(
                "alert_groups", key: "id", where: "flush_at IS NULL AND event_at < ?", ruleTime - .days(7))
        }
        removed.others += try await repeated {
            try await remove("shared_rules", key: "hash", where: "expires_at < ?", now)
        }
        removed.others += try await repeated { try await remove("broadcasts", key: "id", where: "expires_at < ?", now) }
        removed.others += try await repeated {
            try await remove("silences", key: "id", where: "ends_at < ?", ruleTime - limits.deliveries)
        }
        return removed
    }

    private func repeated(_ step: () async throws -> Int) async throws -> Int {
        var total = 0
        while true {
            try Task.checkCancellation()
            let count = try await step()
            total += count
            if count < batch { return total }
        }
    }

    private func remove(_ table: String, key: String, where condition: String, _ bound: Timestamp) async throws -> Int {
        let batch = batch
        let columns = key.filter { $0 != "(" && $0 != ")" }
        return try await database.write { sql in
            try sql.execute(
                "DELETE FROM \(table) WHERE \(key) IN (SELECT \(columns) FROM \(table) WHERE \(condition) LIMIT ?)",
                [SQLValue(bound), SQLValue(batch)])
        }
    }

    /// An alert that went into a digest goes no sooner than the digest is finished.
    private func pruneDeliveries(before bound: Timestamp) async throws -> Int {
        let batch = batch
        return try await database.write { sql in
            let old = try sql.rows(
                """
                SELECT o.id FROM outbox o WHERE o.finished_at < ? AND NOT EXISTS
                    (SELECT 1 FROM outbox d WHERE d.id = o.merged_into AND d.finished_at IS NULL)
                ORDER BY o.finished_at LIMIT ?
                """, [SQLValue(bound), SQLValue(batch)]
            ) { $0.integer(0) }
            try SQLList.forEach(old) { keys in
                try sql.execute("DELETE FROM outbox WHERE id IN (\(keys.placeholders))", keys.values)
            }
            return old.count
        }
    }
}
