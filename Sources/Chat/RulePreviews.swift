package import Market
import Synchronization

/// Replays of the last minutes, so that the same rule asked again costs nothing.
package final class RulePreviews: Sendable {
    private struct Entry {
        var figures: RuleFigures?
        var expiresAt: Timestamp
    }

    private let life: Span
    private let capacity: Int
    private let entries = Mutex<[String: Entry]>([:])

    /// Keeps at most `capacity` replays; when full it begins anew.
    package init(life: Span = .minutes(5), capacity: Int = 1_024) {
        self.life = life
        self.capacity = capacity
    }

    /// `nil` when nothing is known; `.some(nil)` when there was no history to replay.
    func figures(of key: String, at now: Timestamp) -> RuleFigures?? {
        entries.withLock { entries in
            guard let entry = entries[key], entry.expiresAt > now else { return nil }
            return .some(entry.figures)
        }
    }

    func remember(_ figures: RuleFigures?, for key: String, at now: Timestamp) {
        entries.withLock { entries in
            if entries.count >= capacity { entries.removeAll(keepingCapacity: true) }
            entries[key] = Entry(figures: figures, expiresAt: now + life)
        }
    }
}
