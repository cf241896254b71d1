import Logging
import Market
import Schedule
import ServiceLifecycle
import Synchronization
import Testing
import Turns

@testable import Storage

/// Time that stands still until it is moved.
final class StandingTime: Clock {
    struct Instant: InstantProtocol {
        var offset: Duration
        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (a: Instant, b: Instant) -> Bool { a.offset < b.offset }
    }

    private struct State {
        var offset = Duration.zero
        var nextKey = 0
        var sleepers: [Int: (until: Duration, continuation: CheckedContinuation<Void, any Error>)] = [:]
    }

    private let state = Mutex(State())
    /// One element for each sleep that begins.
    let sleeps: AsyncStream<Duration>
    private let sleepBegan: AsyncStream<Duration>.Continuation

    init() { (sleeps, sleepBegan) = AsyncStream.makeStream(of: Duration.self) }

    var minimumResolution: Duration { .zero }
    var now: Instant { state.withLock { Instant(offset: $0.offset) } }
    /// The same time for stamps.
    var stamps: Stamps { Stamps(clock: self) }

    struct Stamps: TimeSource {
        let clock: StandingTime
        var now: Timestamp { .start + Span.milliseconds(Int64(clock.now.offset / .milliseconds(1))) }
    }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let key = state.withLock { state in
            state.nextKey += 1
            return state.nextKey
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isOver = state.withLock { state in
                    guard !Task.isCancelled, deadline.offset > state.offset else { return true }
                    state.sleepers[key] = (deadline.offset, continuation)
                    return false
                }
                if isOver { continuation.resume() }
                sleepBegan.yield(deadline.offset)
            }
        } onCancel: {
            state.withLock { $0.sleepers.removeValue(forKey: key) }?.continuation.resume(throwing: CancellationError())
        }
    }

    func advance(by span: Span) {
        let due = state.withLock { state in
            state.offset += span.duration
            let offset = state.offset
            let due = state.sleepers.filter { $0.value.until <= offset }
            for key in due.keys { state.sleepers[key] = nil }
            return due.values.map(\.continuation)
        }
        for continuation in due { continuation.resume() }
    }
}

@Suite(.oneAtATime, .timeLimit(.minutes(1))) struct SchedulerTests {
    struct Refusal: Error {}

    /// Runs a scheduler in a service group while `body` drives it, then stops it gracefully.
    private func withScheduler(
        _ file: TemporaryDatabase, _ time: StandingTime, jobs: [String: Scheduler.Work],
        _ body: (ServiceGroup) async throws -> Void
    ) async throws {
        let scheduler = Scheduler(
            store: SQLScheduleStore(file.database), jobs: jobs, time: time.stamps, clock: time,
            longestWait: .days(1), logger: .quiet)
        let group = ServiceGroup(services: [scheduler], logger: .quiet)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            try await body(group)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    @Test("a job runs when it is due, again each period, and what was missed is caught up once")
    func periods() async throws {
        let file = try await TemporaryDatabase()
        let time = StandingTime()
        let store = SQLScheduleStore(file.database)
        try await store.ensure(DueJob(name: "tick", dueAt: .start + .seconds(10), every: .seconds(10)))
        let (runs, ran) = AsyncStream.makeStream(of: Timestamp.self)
        var iterator = runs.makeAsyncIterator()
        var sleeps = time.sleeps.makeAsyncIterator()
        try await withScheduler(file, time, jobs: ["tick": { ran.yield(time.stamps.now) }]) { _ in
            while let sleep = await sleeps.next(), sleep != .seconds(10) {}
            time.advance(by: .seconds(10))
            #expect(await iterator.next() == .start + .seconds(10))
            while let sleep = await sleeps.next(), sleep != .seconds(20) {}
            time.advance(by: .seconds(95))
            #expect(await iterator.next() == .start + .seconds(105))
            while let sleep = await sleeps.next(), sleep != .seconds(110) {}
        }
        ran.finish()
        #expect(await iterator.next() == nil)
        #expect(try await store.nextDue() == .start + .seconds(110))
    }

    @Test("a job survives a restart and runs once in the next process")
    func restart() async throws {
        let file = try await TemporaryDatabase()
        let time = StandingTime()
        let store = SQLScheduleStore(file.database)
        try await store.ensure(DueJob(name: "once", dueAt: .start + .seconds(5), every: nil))
        let count = Mutex(0)
        var sleeps = time.sleeps.makeAsyncIterator()
        let jobs: [String: Scheduler.Work] = ["once": { count.withLock { $0 += 1 } }]
        try await withScheduler(file, time, jobs: jobs) { _ in _ = await sleeps.next() }
        #expect(count.withLock { $0 } == 0)
        time.advance(by: .hours(3))
        let next = try await file.reopened()
        let scheduler = Scheduler(
            store: SQLScheduleStore(next), jobs: jobs, time: time.stamps, clock: time,
            longestWait: .days(1), logger: .quiet)
        let group = ServiceGroup(services: [scheduler], logger: .quiet)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            _ = await sleeps.next()
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        #expect(count.withLock { $0 } == 1)
        #expect(try await store.nextDue() == nil)
    }

    @Test("a failed job is postponed with growing pauses and holds up no other")
    func failures() async throws {
        let file = try await TemporaryDatabase()
        let time = StandingTime()
        let store = SQLScheduleStore(file.database)
        try await store.ensure(DueJob(name: "broken", dueAt: .start, every: .hours(1)))
        let (runs, ran) = AsyncStream.makeStream(of: Timestamp.self)
        var iterator = runs.makeAsyncIterator()
        var sleeps = time.sleeps.makeAsyncIterator()
        let jobs: [String: Scheduler.Work] = [
            "broken": {
                ran.yield(time.stamps.now)
                throw Refusal()
            }
        ]
        try await withScheduler(file, time, jobs: jobs) { _ in
            #expect(await iterator.next() == .start)
            var expected = Timestamp.start
            for pause in [Span.seconds(30), .seconds(60), .seconds(120)] {
                expected += pause
                while let sleep = await sleeps.next(), sleep != (expected - .start).duration {}
                time.advance(by: pause)
                #expect(await iterator.next() == expected)
            }
        }
    }

    @Test("a slow job delays no other one; a graceful stop lets it finish")
    func slowJob() async throws {
        let file = try await TemporaryDatabase()
        let time = StandingTime()
        let store = SQLScheduleStore(file.database)
        try await store.ensure(DueJob(name: "slow", dueAt: .start, every: .hours(1)))
        try await store.ensure(DueJob(name: "quick", dueAt: .start + .seconds(1), every: .hours(1)))
        let (started, start) = AsyncStream.makeStream(of: String.self)
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let finished = Mutex(false)
        var iterator = started.makeAsyncIterator()
        var sleeps = time.sleeps.makeAsyncIterator()
        let jobs: [String: Scheduler.Work] = [
            "slow": {
                start.yield("slow")
                for await _ in gate {}
                finished.withLock { $0 = true }
            },
            "quick": { start.yield("quick") },
        ]
        try await withScheduler(file, time, jobs: jobs) { group in
            #expect(await iterator.next() == "slow")
            _ = await sleeps.next()
            time.advance(by: .seconds(1))
            #expect(await iterator.next() == "quick")
            await group.triggerGracefulShutdown()
            #expect(!finished.withLock { $0 })
            open.finish()
        }
        #expect(finished.withLock { $0 })
        #expect(try await store.nextDue() == .start + .hours(1))
    }

    @Test("a job of a name that nobody knows is put aside, not run in a loop")
    func unknownJob() async throws {
        let file = try await TemporaryDatabase()
        let time = StandingTime()
        let store = SQLScheduleStore(file.database)
        try await store.ensure(DueJob(name: "stranger", dueAt: .start, every: nil))
        var sleeps = time.sleeps.makeAsyncIterator()
        try await withScheduler(file, time, jobs: [:]) { _ in _ = await sleeps.next() }
        #expect(try await store.nextDue() == .start + .hours(1))
    }
}

extension Logger {
    fileprivate static var quiet: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}
