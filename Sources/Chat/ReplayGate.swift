import People

/// Lets replays through: one at a time a person, two in all. Others wait in the order they came, at most 64; whoever
/// comes then is turned away.
package actor ReplayGate {
    private struct Waiter {
        var person: RecipientID?
        var continuation: CheckedContinuation<Void, Never>
    }

    private let atOnce: Int
    private let mostWaiting: Int
    private var running = 0
    private var busy: Set<RecipientID> = []
    private var waiters: [Waiter] = []

    package init(atOnce: Int = 2, mostWaiting: Int = 64) {
        self.atOnce = atOnce
        self.mostWaiting = mostWaiting
    }

    var waitingCount: Int { waiters.count }

    /// Does the work in its turn; `nil` when too many wait.
    func run<Answer: Sendable>(
        for person: RecipientID?, _ work: @Sendable () async -> Answer
    ) async -> Answer? {
        if mayStart(person) {
            start(person)
        } else {
            guard waiters.count < mostWaiting else { return nil }
            // Whoever wakes this one has counted it in.
            await withCheckedContinuation { waiters.append(Waiter(person: person, continuation: $0)) }
        }
        let answer = await work()
        leave(person)
        return answer
    }

    private func mayStart(_ person: RecipientID?) -> Bool {
        running < atOnce && person.map { !busy.contains($0) } ?? true
    }

    private func start(_ person: RecipientID?) {
        running += 1
        if let person { busy.insert(person) }
    }

    private func leave(_ person: RecipientID?) {
        running -= 1
        if let person { busy.remove(person) }
        while let next = waiters.firstIndex(where: { mayStart($0.person) }) {
            let waiter = waiters.remove(at: next)
            start(waiter.person)
            waiter.continuation.resume()
        }
    }
}
