import NIOCore
import NIOPosix

/// A fake whose journal tests wait for.
package protocol JournaledFake: Sendable {
    associatedtype Journal: Sendable
    /// Works on the journal and those who wait for it, under the fake's lock.
    func withWaiters<R: Sendable>(_ body: @Sendable (Journal, inout JournalWaiters<Journal>) -> R) -> R
}

/// Who waits for a journal to hold something. Its owner calls `serve` whenever the journal changed.
package struct JournalWaiters<Journal> {
    private struct Waiter {
        var id: Int
        /// True when the waiter is served and to be forgotten.
        var check: @Sendable (Journal) -> Bool
    }

    private var waiting: [Waiter] = []
    private var next = 0

    package init() {}

    mutating func serve(_ journal: Journal) {
        guard !waiting.isEmpty else { return }
        waiting.removeAll { $0.check(journal) }
    }

    mutating func add(_ check: @escaping @Sendable (Journal) -> Bool) -> Int {
        next += 1
        waiting.append(Waiter(id: next, check: check))
        return next
    }

    /// False when it was served already.
    mutating func remove(_ id: Int) -> Bool {
        let before = waiting.count
        waiting.removeAll { $0.id == id }
        return waiting.count < before
    }
}

extension JournaledFake {
    /// Waits until `find` gives something. It is asked again whenever the journal changes, under the lock: keep it cheap.
    package func until<R: Sendable>(
        _ what: String, within time: Duration = .seconds(10), _ find: @escaping @Sendable (Journal) -> R?
    ) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            let waiter = withWaiters { journal, waiters -> Int? in
                if let found = find(journal) {
                    continuation.resume(returning: found)
                    return nil
                }
                return waiters.add { journal in
                    guard let found = find(journal) else { return false }
                    continuation.resume(returning: found)
                    return true
                }
            }
            guard let waiter else { return }
            MultiThreadedEventLoopGroup.singleton.any().scheduleTask(in: TimeAmount(time)) {
                if self.withWaiters({ $1.remove(waiter) }) {
                    continuation.resume(throwing: WaitedInVain(what: what))
                }
            }
        }
    }

    /// Waits until the journal `holds` what is expected of it.
    package func wait(
        for what: String, within time: Duration = .seconds(10), _ holds: @escaping @Sendable (Journal) -> Bool
    ) async throws {
        _ = try await until(what, within: time) { holds($0) ? true : nil }
    }
}

package struct WaitedInVain: Error, Sendable, CustomStringConvertible {
    package var what: String
    package var description: String { "waited in vain for \(what)" }
}
