/// How long to wait after failures in a row: 1 s doubling to 5 min, jittered to between half and all of it, so that
/// many clients do not come back at once. What the provider asks for (`Retry-After`) is waited at the least.
package struct Backoff: Hashable, Sendable {
    package let first: Duration
    package let longest: Duration
    /// Failures in a row.
    package private(set) var failures = 0

    package init(first: Duration = .seconds(1), longest: Duration = .seconds(300)) {
        self.first = first
        self.longest = longest
    }

    /// Counts a failure. `jitter` is 0 to 1, from a random source of the caller's.
    package mutating func failed(retryAfter: Duration? = nil, jitter: Double) -> Duration {
        let doublings = min(failures, 30)
        failures += 1
        let full = min(longest, first * (1 << doublings))
        let wait = full * (0.5 + 0.5 * min(max(jitter, 0), 1))
        guard let retryAfter else { return wait }
        return max(wait, retryAfter + first * (0.5 * min(max(jitter, 0), 1)))
    }

    package mutating func succeeded() { failures = 0 }
}

/// Opens after ten failures in a row: from then on only one probe every five minutes, until one succeeds.
package struct Circuit: Hashable, Sendable {
    package let threshold: Int
    package let probeEvery: Duration
    package private(set) var failures = 0

    package init(threshold: Int = 10, probeEvery: Duration = .seconds(300)) {
        self.threshold = threshold
        self.probeEvery = probeEvery
    }

    package var isOpen: Bool { failures >= threshold }

    /// Counts a failure; true when this one opened the circuit, which is worth a system alert.
    package mutating func failed() -> Bool {
        failures += 1
        return failures == threshold
    }

    /// True when this success closed an open circuit.
    package mutating func succeeded() -> Bool {
        defer { failures = 0 }
        return isOpen
    }
}
