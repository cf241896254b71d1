package import Market

/// A job that is due at a time, survives a restart, runs once and catches up once.
package struct DueJob: Hashable, Sendable, Codable {
    /// `retention`, `held-alerts`: one row a name.
    package var name: String
    package var dueAt: Timestamp
    /// `nil` runs once.
    package var every: Span?
    package init(name: String, dueAt: Timestamp, every: Span?) {
        self.name = name
        self.dueAt = dueAt
        self.every = every
    }
}

package protocol ScheduleStore: Sendable {
    /// Adds the job unless one of that name is there; its period is brought up to date.
    func ensure(_ job: DueJob) async throws
    /// Leases the job that has been due longest.
    func takeDue(now: Timestamp, lease: Timestamp) async throws -> DueJob?
    /// Done: a periodic job is due again at the next multiple of its period after `now` (missed turns are caught up
    /// once, not one by one); a single one is removed.
    func finish(_ job: DueJob, now: Timestamp) async throws
    /// Failed: due again at `retryAt`.
    func postpone(_ job: DueJob, to retryAt: Timestamp) async throws
    func nextDue() async throws -> Timestamp?
}
