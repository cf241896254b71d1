package import Market

/// A clock whose waits end `factor` times sooner, and the wall clock that goes with it: a simulated hour over real
/// sockets takes moments.
package struct HurryingClock: Clock {
    package typealias Instant = ContinuousClock.Instant
    let factor: Int

    package init(factor: Int) { self.factor = max(1, factor) }

    package var now: Instant { .now }
    package var minimumResolution: Duration { .zero }

    package func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let left = Instant.now.duration(to: deadline)
        if left > .zero { try await Task.sleep(for: left / factor) }
    }
}

package struct HurryingTime: TimeSource {
    let factor: Int
    private let began = ContinuousClock.now
    private let start: Timestamp

    package init(from start: Timestamp, factor: Int) {
        self.start = start
        self.factor = max(1, factor)
    }

    package var now: Timestamp {
        let (seconds, attoseconds) = (began.duration(to: .now) * factor).components
        return start + .milliseconds(seconds * 1_000 + attoseconds / 1_000_000_000_000_000)
    }
}
