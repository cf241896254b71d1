import Synchronization

/// A bounded line of elements from several senders to one reader: a sender waits while it is full.
final class BoundedChannel<Element: Sendable>: AsyncSequence, Sendable {
    private struct State {
        var elements: [Element] = []
        var head = 0
        var isFinished = false
        var reader: CheckedContinuation<Element?, Never>?
        var senders: [(id: UInt64, element: Element, continuation: CheckedContinuation<Void, Never>)] = []
        var nextID: UInt64 = 0
        var count: Int { elements.count - head }
    }
    private let state = Mutex(State())
    private let capacity: Int

    init(capacity: Int) { self.capacity = Swift.max(1, capacity) }

    /// Puts an element in line. Returns without doing so when the channel is finished or the task cancelled.
    func send(_ element: Element) async {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let isDone = state.withLock { state in
                    if state.isFinished || Task.isCancelled { return true }
                    if let reader = state.reader {
                        state.reader = nil
                        reader.resume(returning: element)
                        return true
                    }
                    if state.count < capacity {
                        state.elements.append(element)
                        return true
                    }
                    state.senders.append((id, element, continuation))
                    return false
                }
                if isDone { continuation.resume() }
            }
        } onCancel: {
            let continuation = state.withLock { state in
                state.senders.firstIndex { $0.id == id }.map { state.senders.remove(at: $0).continuation }
            }
            continuation?.resume()
        }
    }

    func finish() {
        let (reader, senders) = state.withLock { state in
            state.isFinished = true
            defer {
                state.reader = nil
                state.senders = []
            }
            return (state.reader, state.senders)
        }
        reader?.resume(returning: nil)
        for sender in senders { sender.continuation.resume() }
    }

    /// Takes what is in line without waiting, at most `limit`.
    func drain(limit: Int) -> [Element] {
        var taken: [Element] = []
        while taken.count < limit, let element = pop() { taken.append(element) }
        return taken
    }

    struct AsyncIterator: AsyncIteratorProtocol {
        let channel: BoundedChannel

        func next() async -> Element? { await channel.next() }
        func next(isolation actor: isolated (any Actor)?) async -> Element? { await channel.next() }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(channel: self) }

    private func pop() -> Element? {
        let (element, sender) = state.withLock { state -> (Element?, CheckedContinuation<Void, Never>?) in
            guard state.head < state.elements.count else { return (nil, nil) }
            let element = state.elements[state.head]
            state.head += 1
            if state.head == state.elements.count || state.head > 1024 {
                state.elements.removeFirst(state.head)
                state.head = 0
            }
            guard !state.senders.isEmpty else { return (element, nil) }
            let sender = state.senders.removeFirst()
            state.elements.append(sender.element)
            return (element, sender.continuation)
        }
        sender?.resume()
        return element
    }

    private func next() async -> Element? {
        if let element = pop() { return element }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let immediate: Element?? = state.withLock { state in
                    if state.head < state.elements.count {
                        let element = state.elements[state.head]
                        state.head += 1
                        return .some(element)
                    }
                    if state.isFinished || Task.isCancelled { return .some(nil) }
                    state.reader = continuation
                    return nil
                }
                if let immediate { continuation.resume(returning: immediate) }
            }
        } onCancel: {
            let reader = state.withLock { state in
                defer { state.reader = nil }
                return state.reader
            }
            reader?.resume(returning: nil)
        }
    }
}
