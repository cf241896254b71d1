import Synchronization

/// The symbols that collectors follow: the default ones, and those that people ask for, up to a limit.
package final class WatchList: Sendable {
    private struct State: Sendable {
        var symbols: [Symbol]
        var listeners: [Int: AsyncStream<[Symbol]>.Continuation] = [:]
        var nextListener = 0
    }

    private let defaults: [Symbol]
    private let limit: Int
    private let state: Mutex<State>

    /// `limit` counts the defaults too; the first of them stay when it is smaller than their number.
    package init(defaults: [Symbol], limit: Int) {
        self.defaults = defaults
        self.limit = limit
        state = Mutex(State(symbols: Self.order(defaults, [], limit)))
    }

    /// Says which symbols people ask for now, in place of what was said before. Listeners hear of it when the list
    /// changed.
    package func setDemand(_ demand: Set<Symbol>) {
        let symbols = Self.order(defaults, demand, limit)
        state.withLock { state in
            guard state.symbols != symbols else { return }
            state.symbols = symbols
            // Inside the lock, so that two changes cannot reach a listener in the wrong order.
            for listener in state.listeners.values { listener.yield(symbols) }
        }
    }

    /// The defaults first, then by name.
    package var symbols: [Symbol] { state.withLock { $0.symbols } }

    /// The list now, and whenever it changes. A slow listener sees only the newest.
    package func changes() -> AsyncStream<[Symbol]> {
        let (stream, continuation) = AsyncStream.makeStream(of: [Symbol].self, bufferingPolicy: .bufferingNewest(1))
        let id = state.withLock { state in
            let id = state.nextListener
            state.nextListener += 1
            state.listeners[id] = continuation
            continuation.yield(state.symbols)
            return id
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { state in state.listeners[id] = nil }
        }
        return stream
    }

    deinit {
        let listeners = state.withLock { Array($0.listeners.values) }
        for listener in listeners { listener.finish() }
    }

    private static func order(_ defaults: [Symbol], _ demand: Set<Symbol>, _ limit: Int) -> [Symbol] {
        Array((defaults + demand.subtracting(defaults).sorted()).prefix(max(0, limit)))
    }
}
