import Messages
import Synchronization

/// What stands on the terminal: messages out, one at a time, and the buttons of the latest that has any, which the next line
/// may name by number.
package final class TerminalScreen: Sendable {
    private struct State {
        var shown = 0
        var buttons: (messageID: String, buttons: [Message.Button])?
        var waiters: [Int: Waiter] = [:]
        var nextWaiter = 0
    }

    private struct Waiter {
        var count: Int
        var continuation: CheckedContinuation<Void, Never>
    }

    private let markup: TerminalMarkup
    private let output: @Sendable (String) -> Void
    private let state = Mutex(State())

    /// `output` writes a text and a line end.
    package init(markup: TerminalMarkup, output: @escaping @Sendable (String) -> Void) {
        self.markup = markup
        self.output = output
    }

    /// Messages shown so far.
    package var shownCount: Int { state.withLock { $0.shown } }

    /// Shows the message and returns its id.
    func show(_ message: Message, isRepeat: Bool) -> String {
        let waiters: [Waiter]
        let id: String
        (id, waiters) = state.withLock { state in
            state.shown += 1
            let id = "\(state.shown)"
            let buttons = message.buttons.flatMap { $0 }
            if !buttons.isEmpty { state.buttons = (id, buttons) }
            // Written under the lock, so that two messages never mix.
            output((isRepeat ? "(↻) " : "") + markup.text(of: message) + "\n")
            let ready = state.waiters.filter { $0.value.count <= state.shown }
            for key in ready.keys { state.waiters[key] = nil }
            return (id, Array(ready.values))
        }
        for waiter in waiters { waiter.continuation.resume() }
        return id
    }

    /// A line of the terminal itself, such as the echo of a script.
    package func note(_ text: String) { state.withLock { _ in output(text) } }

    /// The button that the number (from 1) means now, and the message it sits on.
    func button(_ number: Int) -> (messageID: String, button: Message.Button)? {
        state.withLock { state in
            guard let (id, buttons) = state.buttons, buttons.indices.contains(number - 1) else { return nil }
            return (id, buttons[number - 1])
        }
    }

    /// Returns when `count` messages have been shown, or at cancellation.
    package func waitUntilShown(_ count: Int) async {
        let key = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if state.shown >= count || Task.isCancelled { return true }
                    state.waiters[key] = Waiter(count: count, continuation: continuation)
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: key) }?.continuation.resume()
        }
    }
}
