package import Market
package import People
import Synchronization

/// At most so many commands in any minute from one speaker. The first that is too many gets one polite notice, further
/// ones nothing until there is room again.
///
/// Memory is bounded: speakers live in two generations; the older one is let go when the newer is a window old or full.
/// A speaker who is let go early may run a few commands more, never fewer.
package final class CommandThrottle: Sendable {
    package enum Verdict: Hashable, Sendable {
        case allowed
        /// Tell them, once; there is room again after the span.
        case notice(Span)
        case silent
    }

    private struct Window {
        /// The last times, oldest first from `next` on once it is full.
        var times: [Int64] = []
        var next = 0
        var wasTold = false
    }

    private struct State {
        var newer: [Identity: Window] = [:]
        var older: [Identity: Window] = [:]
        var since: Int64 = .min
    }

    private let limit: Int
    private let window: Int64
    private let mostSpeakers: Int
    private let state = Mutex(State())

    /// `limit` is at least 1.
    package init(limit: Int = 20, window: Span = .minutes(1), mostSpeakers: Int = 50_000) {
        precondition(limit >= 1 && mostSpeakers >= 1)
        self.limit = limit
        self.window = window.milliseconds
        self.mostSpeakers = mostSpeakers
    }

    package func admit(_ speaker: Identity, at time: Timestamp) -> Verdict {
        let now = time.milliseconds
        return state.withLock { state in
            if state.newer.count >= mostSpeakers || state.since == .min || now - state.since >= window {
                state.older = state.newer
                state.newer = [:]
                state.since = now
            }
            var entry = state.newer[speaker] ?? state.older.removeValue(forKey: speaker) ?? Window()
            defer { state.newer[speaker] = entry }
            guard entry.times.count >= limit else {
                entry.times.append(now)
                return .allowed
            }
            // The ring is full: its oldest time decides.
            let oldest = entry.times[entry.next]
            guard now - oldest < window else {
                entry.times[entry.next] = now
                entry.next = (entry.next + 1) % limit
                entry.wasTold = false
                return .allowed
            }
            if entry.wasTold { return .silent }
            entry.wasTold = true
            return .notice(Span(milliseconds: window - (now - oldest)))
        }
    }
}
