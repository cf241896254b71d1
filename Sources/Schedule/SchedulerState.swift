import Market

/// What the scheduler has under way.
struct SchedulerState {
    private var running: Set<String> = []
    private var wakes: Set<Timestamp> = []
    private var failures: [String: Int] = [:]
    private var storeFailures = 0

    /// False when the job runs already.
    mutating func start(_ name: String) -> Bool { running.insert(name).inserted }

    mutating func stop(_ name: String) { running.remove(name) }

    /// False when something wakes at `time` or before it anyway.
    mutating func wake(at time: Timestamp) -> Bool {
        if let earliest = wakes.min(), earliest <= time { return false }
        wakes.insert(time)
        return true
    }

    mutating func woke(_ time: Timestamp) { wakes.remove(time) }

    mutating func succeeded(_ name: String) { failures[name] = nil }

    /// How long to wait after this failure.
    mutating func failed(_ job: DueJob) -> Span {
        failures[job.name, default: 0] += 1
        return JobBackoff.pause(after: failures[job.name] ?? 1, every: job.every)
    }

    mutating func storeAnswered() { storeFailures = 0 }
    mutating func storeFailed() { storeFailures += 1 }

    /// How long to leave the store alone; `nil` while it answers.
    var storePause: Span? {
        storeFailures == 0 ? nil : JobBackoff.pause(after: storeFailures, every: .seconds(1))
    }
}

/// Pauses after failures: 30 s, or the period where that is shorter, doubling to an hour.
enum JobBackoff {
    static let first = Span.seconds(30)
    static let longest = Span.hours(1)

    static func pause(after failures: Int, every: Span?) -> Span {
        let base = max(.seconds(1), min(first, every ?? first))
        return min(longest, base * (Int64(1) << Int64(min(max(failures, 1) - 1, 20))))
    }
}
