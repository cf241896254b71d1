package import Logging
package import Market
import ServiceLifecycle

/// Runs jobs when they are due: each under a lease, each for itself, so that a slow one holds up no other. What was
/// missed while the process was down is caught up once. A failed job comes again after a back-off.
///
/// On a graceful stop nothing new is started and what runs is finished. When the task is cancelled, what runs is
/// cancelled, and is due again at once for the next start.
package struct Scheduler: Service {
    package typealias Work = @Sendable () async throws -> Void

    private let store: any ScheduleStore
    private let jobs: [String: Work]
    private let time: any TimeSource
    private let clock: any Clock<Duration>
    private let lease: Span
    private let longestWait: Span
    private let logger: Logger

    /// - Parameters:
    ///   - jobs: what to do, by the name of the due job. Jobs get into the store with `ScheduleStore.ensure`.
    ///   - time: the wall clock, which due times are on.
    ///   - clock: what waiting goes by.
    ///   - lease: after this a job whose process died is due again; longer than any job takes.
    ///   - longestWait: a job that somebody else adds to the store is seen after this at the latest.
    package init(
        store: any ScheduleStore, jobs: [String: Work], time: any TimeSource, clock: any Clock<Duration>,
        lease: Span = .minutes(10), longestWait: Span = .seconds(30), logger: Logger
    ) {
        self.store = store
        self.jobs = jobs
        self.time = time
        self.clock = clock
        self.lease = lease
        self.longestWait = longestWait
        self.logger = logger
    }

    private enum Event: Sendable {
        case finished(DueJob, Outcome)
        case woke(Timestamp)
    }

    private enum Outcome: Sendable {
        case done
        case cancelled
        case failed(String)
    }

    package func run() async throws {
        await withTaskGroup(of: Event.self) { group in
            var state = SchedulerState()
            while !Task.isShuttingDownGracefully, !Task.isCancelled {
                await startDue(&state, in: &group)
                await sleepUntilNext(&state, in: &group)
                guard let event = await group.next() else { continue }
                await handle(event, &state)
            }
            while let event = await group.next() { await handle(event, &state) }
        }
    }

    private func startDue(_ state: inout SchedulerState, in group: inout TaskGroup<Event>) async {
        do {
            while let job = try await store.takeDue(now: time.now, lease: time.now + lease) {
                // Its lease ran out while it runs here: that renewed it.
                guard state.start(job.name) else { continue }
                guard let work = jobs[job.name] else {
                    state.stop(job.name)
                    logger.warning("no such job", metadata: ["job": "\(job.name)"])
                    try await store.postpone(job, to: time.now + JobBackoff.longest)
                    continue
                }
                group.addTask { .finished(job, await Self.outcome(of: work)) }
            }
            state.storeAnswered()
        } catch {
            state.storeFailed()
            logger.error("schedule cannot be read", metadata: ["error": "\(error)"])
        }
    }

    private static func outcome(of work: Work) async -> Outcome {
        do {
            try await work()
            return .done
        } catch is CancellationError {
            return .cancelled
        } catch {
            return .failed("\(error)")
        }
    }

    /// Sees to it that something wakes the loop when the next job is due.
    private func sleepUntilNext(_ state: inout SchedulerState, in group: inout TaskGroup<Event>) async {
        let now = time.now
        var target = now + longestWait
        if let pause = state.storePause {
            target = now + pause
        } else {
            do {
                if let due = try await store.nextDue() { target = min(target, max(due, now)) }
            } catch {
                logger.error("schedule cannot be read", metadata: ["error": "\(error)"])
            }
        }
        guard state.wake(at: target) else { return }
        let clock = clock
        let wait = target - now
        group.addTask {
            // An interrupted sleep is a wake like any other.
            try? await cancelWhenGracefulShutdown { try await clock.sleep(for: wait.duration) }
            return .woke(target)
        }
    }

    private func handle(_ event: Event, _ state: inout SchedulerState) async {
        switch event {
        case .woke(let target): state.woke(target)
        case .finished(let job, let outcome):
            state.stop(job.name)
            let now = time.now
            do {
                switch outcome {
                case .done:
                    state.succeeded(job.name)
                    try await store.finish(job, now: now)
                case .cancelled:
                    try await store.postpone(job, to: now)
                case .failed(let reason):
                    let retryAt = now + state.failed(job)
                    logger.error(
                        "job failed",
                        metadata: [
                            "job": "\(job.name)", "error": "\(reason)", "retry_at": "\(retryAt.milliseconds)",
                        ])
                    try await store.postpone(job, to: retryAt)
                }
            } catch {
                // The lease runs out and the job is due again.
                logger.error("job not recorded", metadata: ["job": "\(job.name)", "error": "\(error)"])
            }
        }
    }
}
