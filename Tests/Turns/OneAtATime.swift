import Synchronization
package import Testing

/// Lets one test function of the whole run go at a time, with all its cases.
///
/// Many tests speak over real sockets with deadlines, others keep every core busy for seconds. Side by side on two cores
/// the one kind starves the other, and `swift test` runs everything side by side unless it is told not to. Waiting for the
/// turn counts against no time limit: limits are those of the cases.
package struct OneAtATime: SuiteTrait, TestTrait, TestScoping {
    @TaskLocal private static var hasTurn = false
    private static let turns = Turns()

    package var isRecursive: Bool { true }

    package func scopeProvider(for test: Test, testCase: Test.Case?) -> OneAtATime? {
        testCase == nil && !test.isSuite ? self : nil
    }

    package func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        // A suite within a suite brings the trait twice.
        guard !OneAtATime.hasTurn else { return try await function() }
        await OneAtATime.turns.take()
        defer { OneAtATime.turns.give() }
        try await OneAtATime.$hasTurn.withValue(true) { try await function() }
    }
}

extension Trait where Self == OneAtATime {
    package static var oneAtATime: OneAtATime { OneAtATime() }
}

/// Whose turn it is, in the order of asking.
private final class Turns: Sendable {
    private struct State {
        var isTaken = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func take() async {
        await withCheckedContinuation { continuation in
            let isMine = state.withLock { state in
                if state.isTaken {
                    state.waiting.append(continuation)
                    return false
                }
                state.isTaken = true
                return true
            }
            if isMine { continuation.resume() }
        }
    }

    func give() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            if state.waiting.isEmpty {
                state.isTaken = false
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume()
    }
}
