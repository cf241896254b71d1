package import Market

/// Why a source gave nothing, as far as it matters for what to do next.
package enum SourceFailure: Error, Hashable, Sendable {
    /// No connection, no answer, or a connection that ended.
    case unreachable(String)
    /// 429, or 418 when banned: wait.
    case limited(retryAfter: Duration?)
    /// 451 or 403: this country, or this network, is not served.
    case refused(status: Int)
    /// 401, or 403 of a source that takes a key: the key is wrong, or not good for this.
    case unauthorized(status: Int)
    /// Another status that is no success.
    case rejected(status: Int)
    /// An answer that is not what it should be.
    case malformed(FrameFault)
    case cancelled

    /// For `/ops sources` and logs.
    package var detail: String {
        switch self {
        case .unreachable(let reason): reason
        case .limited(let wait): wait.map { "asked to wait \($0.components.seconds) s" } ?? "asked to slow down"
        case .refused(let status): "refused with status \(status): this country or network is not served"
        case .unauthorized(let status): "status \(status): the key is not accepted"
        case .rejected(let status): "status \(status)"
        case .malformed(let fault): "malformed answer: \(fault.reason)"
        case .cancelled: "stopped"
        }
    }
}

/// What to do after a failure: back-off while the circuit is closed, probes once it is open or the source refuses.
package struct Recovery: Hashable, Sendable {
    package private(set) var backoff: Backoff
    package private(set) var circuit: Circuit
    package private(set) var isRefused = false

    package init(backoff: Backoff = Backoff(), circuit: Circuit = Circuit()) {
        self.backoff = backoff
        self.circuit = circuit
    }

    package var failures: Int { circuit.failures }

    /// State a source is in after what happened so far.
    package var state: SourceHealth.State {
        if isRefused { return .refused }
        return circuit.isOpen ? .circuitOpen : circuit.failures > 0 ? .retrying : .live
    }

    /// Counts a failure and says how long to wait before the next try.
    package mutating func failed(_ failure: SourceFailure, jitter: Double) -> Duration {
        _ = circuit.failed()
        var asked: Duration?
        if case .limited(let retryAfter) = failure { asked = retryAfter }
        let wait = backoff.failed(retryAfter: asked, jitter: jitter)
        if case .refused = failure { isRefused = true } else { isRefused = false }
        return isRefused || circuit.isOpen ? max(wait, circuit.probeEvery) : wait
    }

    package mutating func succeeded() {
        backoff.succeeded()
        _ = circuit.succeeded()
        isRefused = false
    }
}
