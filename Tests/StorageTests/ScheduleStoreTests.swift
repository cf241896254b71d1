import Market
import Schedule
import Testing
import Turns

@testable import Storage

@Suite(.oneAtATime) struct ScheduleStoreTests {
    private let hour = Span.hours(1)

    @Test("a job is leased once, by the longest due, and comes back when its lease runs out")
    func leases() async throws {
        let file = try await TemporaryDatabase()
        let store = SQLScheduleStore(file.database)
        try await store.ensure(DueJob(name: "late", dueAt: .start + .seconds(1), every: hour))
        try await store.ensure(DueJob(name: "early", dueAt: .start, every: hour))
        let now = Timestamp.start + .seconds(5)
        #expect(try await store.nextDue() == .start)
        #expect(try await store.takeDue(now: now, lease: now + hour)?.name == "early")
        let other = SQLScheduleStore(try await file.reopened())
        #expect(try await other.takeDue(now: now, lease: now + hour)?.name == "late")
        #expect(try await other.takeDue(now: now, lease: now + hour) == nil)
        #expect(try await other.nextDue() == now + hour)
        #expect(try await other.takeDue(now: now + hour, lease: now + hour + hour)?.name == "early")
    }

    @Test("missed turns are caught up once, and the time of day stays", arguments: [0, 1, 59, 60, 61, 60 * 24 * 30])
    func catchUp(minutesLate: Int64) async throws {
        let file = try await TemporaryDatabase()
        let store = SQLScheduleStore(file.database)
        try await store.ensure(DueJob(name: "job", dueAt: .start, every: hour))
        let now = Timestamp.start + .minutes(minutesLate)
        let job = try #require(try await store.takeDue(now: now, lease: now + hour))
        try await store.finish(job, now: now)
        #expect(try await store.takeDue(now: now, lease: now + hour) == nil)
        let next = try #require(try await store.nextDue())
        #expect(next > now && next <= now + hour)
        #expect((next - .start).milliseconds % hour.milliseconds == 0)
    }

    @Test("a job that was postponed keeps its turn")
    func postponed() async throws {
        let file = try await TemporaryDatabase()
        let store = SQLScheduleStore(file.database)
        try await store.ensure(DueJob(name: "job", dueAt: .start, every: hour))
        let job = try #require(try await store.takeDue(now: .start, lease: .start + hour))
        let retryAt = Timestamp.start + .minutes(7)
        try await store.postpone(job, to: retryAt)
        #expect(try await store.takeDue(now: retryAt - .milliseconds(1), lease: retryAt + hour) == nil)
        #expect(try await store.nextDue() == retryAt)
        let again = try #require(try await store.takeDue(now: retryAt, lease: retryAt + hour))
        try await store.finish(again, now: retryAt)
        #expect(try await store.nextDue() == .start + hour)
    }

    @Test("a single job is gone when it is done")
    func single() async throws {
        let file = try await TemporaryDatabase()
        let store = SQLScheduleStore(file.database)
        try await store.ensure(DueJob(name: "once", dueAt: .start, every: nil))
        let job = try #require(try await store.takeDue(now: .start, lease: .start + hour))
        try await store.finish(job, now: .start)
        #expect(try await store.nextDue() == nil)
    }

    @Test("ensuring again keeps the due time; a new period takes effect")
    func ensureAgain() async throws {
        let file = try await TemporaryDatabase()
        let store = SQLScheduleStore(file.database)
        try await store.ensure(DueJob(name: "job", dueAt: .start + hour, every: hour))
        try await store.ensure(DueJob(name: "job", dueAt: .start, every: hour))
        #expect(try await store.nextDue() == .start + hour)
        try await store.ensure(DueJob(name: "job", dueAt: .start + .minutes(1), every: .minutes(1)))
        #expect(try await store.nextDue() == .start + .minutes(1))
    }
}
