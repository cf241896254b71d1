package import Market
package import Schedule

/// Jobs that are due, one row a name.
package struct SQLScheduleStore: ScheduleStore {
    private let database: SQLiteDatabase

    package init(_ database: SQLiteDatabase) { self.database = database }

    /// A period that changed takes effect at once: the job is then due at the earlier of the two times.
    package func ensure(_ job: DueJob) async throws {
        try await database.write { sql in
            try sql.execute(
                """
                INSERT INTO jobs (name, due_at, every) VALUES (?, ?, ?)
                ON CONFLICT (name) DO UPDATE SET
                    due_at = CASE WHEN excluded.due_at < jobs.due_at THEN excluded.due_at ELSE jobs.due_at END,
                    every = excluded.every
                WHERE jobs.every <> excluded.every OR (jobs.every IS NULL) <> (excluded.every IS NULL)
                """, [.text(job.name), SQLValue(job.dueAt), SQLValue(job.every?.milliseconds)])
        }
    }

    package func takeDue(now: Timestamp, lease: Timestamp) async throws -> DueJob? {
        try await database.write { sql in
            try sql.first(
                """
                UPDATE jobs SET lease_until = ? WHERE name = (
                    SELECT name FROM jobs WHERE coalesce(retry_at, due_at) <= ? AND (lease_until IS NULL OR lease_until <= ?)
                    ORDER BY coalesce(retry_at, due_at), name LIMIT 1)
                RETURNING name, due_at, every
                """, [SQLValue(lease), SQLValue(now), SQLValue(now)]
            ) { row in
                DueJob(
                    name: row.text(0), dueAt: row.time(1),
                    every: row.optionalInteger(2).map { Span(milliseconds: $0) })
            }
        }
    }

    package func finish(_ job: DueJob, now: Timestamp) async throws {
        try await database.write { sql in
            guard let every = job.every?.milliseconds, every > 0 else {
                try sql.execute("DELETE FROM jobs WHERE name = ?", [.text(job.name)])
                return
            }
            // The daily job of 08:00 stays one of 08:00, however late it ran.
            let missed = max(0, now.milliseconds - job.dueAt.milliseconds) / every
            try sql.execute(
                "UPDATE jobs SET due_at = ?, retry_at = NULL, lease_until = NULL WHERE name = ?",
                [.integer(job.dueAt.milliseconds + (missed + 1) * every), .text(job.name)])
        }
    }

    package func postpone(_ job: DueJob, to retryAt: Timestamp) async throws {
        try await database.write { sql in
            try sql.execute(
                "UPDATE jobs SET retry_at = ?, lease_until = NULL WHERE name = ?", [SQLValue(retryAt), .text(job.name)])
        }
    }

    package func nextDue() async throws -> Timestamp? {
        try await database.read { sql in
            try sql.first(
                """
                SELECT min(CASE WHEN lease_until > coalesce(retry_at, due_at) THEN lease_until
                    ELSE coalesce(retry_at, due_at) END) FROM jobs
                """
            ) { $0.optionalTime(0) } ?? nil
        }
    }
}
