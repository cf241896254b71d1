import Synchronization

/// How far the answer to each interaction of this process has come, so that it is acknowledged once: by the answer itself,
/// or by a deferral when that takes long. Whoever makes the next step has it to themselves until it is over.
package final class OpenInteractions: Sendable {
    enum Phase: Hashable, Sendable {
        case unanswered
        /// "Thinking…" was said.
        case deferred
        case answered
    }

    private struct Entry {
        var phase = Phase.unanswered
        /// Somebody makes a step.
        var isBusy = false
        var waiting: [CheckedContinuation<Void, Never>] = []
        /// The request that posted it waits for its response.
        var isPosted: Bool
        var response: JSONValue?
        var responder: CheckedContinuation<JSONValue?, Never>?
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var order: [String] = []
        var first = 0
    }

    private let most: Int
    private let state = Mutex(State())

    /// Remembers at most `most` interactions; the oldest go first.
    package init(most: Int = 10_000) { self.most = max(1, most) }

    /// Takes an interaction in. False when it was here before. `isPosted`: its first answer is the response to a request.
    func open(_ id: String, isPosted: Bool) -> Bool {
        let (isNew, forgotten) = state.withLock { state -> (Bool, Entry?) in
            guard state.entries[id] == nil else { return (false, nil) }
            state.entries[id] = Entry(isPosted: isPosted)
            state.order.append(id)
            guard state.entries.count > most else { return (true, nil) }
            let oldest = state.order[state.first]
            state.first += 1
            if state.first > 4_096, state.first * 2 > state.order.count {
                state.order.removeFirst(state.first)
                state.first = 0
            }
            return (true, state.entries.removeValue(forKey: oldest))
        }
        if let forgotten { release(forgotten) }
        return isNew
    }

    /// Nothing came of it, and it may come again. Whoever waits for its answer hears that there is none.
    func forget(_ id: String) {
        if let entry = state.withLock({ $0.entries.removeValue(forKey: id) }) { release(entry) }
    }

    /// Waits until nobody else makes a step, and takes the next one. `nil` when the interaction is not known here (it came
    /// before a restart). What is answered is not taken.
    func begin(_ id: String) async -> Phase? {
        while true {
            let (phase, isBusy) = take(id)
            if !isBusy { return phase }
            await withCheckedContinuation { continuation in
                let isFree = state.withLock { state in
                    guard state.entries[id]?.isBusy == true else { return true }
                    state.entries[id]?.waiting.append(continuation)
                    return false
                }
                if isFree { continuation.resume() }
            }
        }
    }

    /// Takes the step if the interaction has no answer yet and nobody is at it.
    func beginIfUnanswered(_ id: String) -> Bool {
        state.withLock { state in
            guard let entry = state.entries[id], !entry.isBusy, entry.phase == .unanswered else { return false }
            state.entries[id]?.isBusy = true
            return true
        }
    }

    /// The step is over.
    func end(_ id: String, _ phase: Phase) {
        let waiting = state.withLock { state in
            guard var entry = state.entries[id] else { return [CheckedContinuation<Void, Never>]() }
            entry.phase = phase
            entry.isBusy = false
            defer { state.entries[id]?.waiting.removeAll() }
            state.entries[id] = entry
            return entry.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func phase(of id: String) -> Phase? { state.withLock { $0.entries[id]?.phase } }

    // MARK: The response to a posted interaction

    /// Puts the first answer into the response to the request; false when there is no request that waits for one.
    func respond(_ id: String, with answer: JSONValue?) -> Bool {
        let (isTaken, responder) = state.withLock { state -> (Bool, CheckedContinuation<JSONValue?, Never>?) in
            guard var entry = state.entries[id], entry.isPosted else { return (false, nil) }
            entry.isPosted = false
            let responder = entry.responder
            entry.responder = nil
            if responder == nil { entry.response = answer }
            state.entries[id] = entry
            return (true, responder)
        }
        responder?.resume(returning: answer)
        return isTaken
    }

    /// What to answer to the request, once it is known; `nil` when nothing will come.
    func response(_ id: String) async -> JSONValue? {
        await withCheckedContinuation { continuation in
            let (isKnown, ready) = state.withLock { state -> (Bool, JSONValue?) in
                guard var entry = state.entries[id] else { return (true, nil) }
                if !entry.isPosted {
                    state.entries[id]?.response = nil
                    return (true, entry.response)
                }
                entry.responder = continuation
                state.entries[id] = entry
                return (false, nil)
            }
            if isKnown { continuation.resume(returning: ready) }
        }
    }

    /// Lets every request go that still waits: the agent stops.
    func releaseAll() {
        for id in state.withLock({ Array($0.entries.keys) }) { _ = respond(id, with: nil) }
    }

    private func take(_ id: String) -> (Phase?, isBusy: Bool) {
        state.withLock { state in
            guard let entry = state.entries[id] else { return (nil, false) }
            if entry.isBusy { return (entry.phase, true) }
            if entry.phase != .answered { state.entries[id]?.isBusy = true }
            return (entry.phase, false)
        }
    }

    private func release(_ entry: Entry) {
        entry.responder?.resume(returning: nil)
        for continuation in entry.waiting { continuation.resume() }
    }
}
