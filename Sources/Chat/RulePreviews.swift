import Decisions
package import Market
import Synchronization

/// Replays of the last minutes, so that the same rule asked again costs nothing.
package final class RulePreviews: Sendable {
    private struct Entry {
        var figures: RuleFigures?
        var expiresAt: Timestamp
    }

    /// Data that is so much older than the clock has grown by a candle that counts.
    private static let dataLife = Span.hours(1)

    private let life: Span
    private let capacity: Int
    private let entries = Mutex<[String: Entry]>([:])

    /// Keeps at most `capacity` replays; when full it begins anew.
    package init(life: Span = .minutes(5), capacity: Int = 1_024) {
        self.life = life
        self.capacity = capacity
    }

    /// `nil` when nothing is known, or when an hour closed since the last candle that was replayed; `.some(nil)` when
    /// there was no history to replay.
    ///
    /// - Parameters:
    ///   - now: on the wall clock.
    ///   - ruleNow: on the clock of candles.
    func figures(of key: String, at now: Timestamp, ruleNow: Timestamp) -> RuleFigures?? {
        entries.withLock { entries in
            guard let entry = entries[key], entry.expiresAt > now else { return nil }
            if let end = entry.figures?.statistics.to, ruleNow >= end + RulePreviews.dataLife { return nil }
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
