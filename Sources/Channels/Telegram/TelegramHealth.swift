import Synchronization

/// How receiving from Telegram goes, for readiness and operators.
package final class TelegramHealth: Sendable {
    package enum State: Hashable, Sendable {
        case starting
        /// The last poll was answered, or the webhook is registered.
        case receiving
        /// Another process uses the token.
        case conflict
        /// The token is refused; nothing will come until it is changed.
        case unauthorized
        /// The server cannot be reached or its answers cannot be used.
        case failing(kind: String)
        /// Updates come but cannot be stored.
        case notCommitting
    }

    private let current = Mutex(State.starting)
    package init() {}
    package var state: State { current.withLock { $0 } }

    /// Sets the state and tells whether it is another one.
    @discardableResult
    package func become(_ state: State) -> Bool {
        current.withLock { current in
            defer { current = state }
            return current != state
        }
    }

    func become(after error: TelegramError) -> Bool {
        switch error {
        case .conflict: become(.conflict)
        case .unauthorized: become(.unauthorized)
        default: become(.failing(kind: error.kind))
        }
    }
}
