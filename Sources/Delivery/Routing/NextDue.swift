import Market
import Synchronization

/// When a loop will look again by itself, for those who may know of something earlier.
final class NextDue: Sendable {
    private let due = Mutex(RoutingDue(wall: nil, rule: nil))

    func set(_ next: RoutingDue) { due.withLock { $0 = next } }

    /// Whether that is before everything known; remembers it.
    func isEarlier(wall time: Timestamp) -> Bool {
        due.withLock { due in
            if let known = due.wall, known <= time { return false }
            due.wall = time
            return true
        }
    }

    func isDue(rule now: Timestamp) -> Bool {
        due.withLock { $0.rule.map { $0 <= now } ?? false }
    }
}
