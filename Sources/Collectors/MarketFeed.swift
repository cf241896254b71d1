package import Market
import Synchronization

/// Merges what the collectors see into one bounded sequence for one reader.
///
/// A quote, book top or ticker that nobody has read yet is replaced by a newer one of the same symbol and venue, in its
/// place in the line, unless a candle of that symbol already stands behind it: order between prices and candles of a
/// symbol is kept. Closed candles, back-fills, corrections and health are never dropped: when `capacity` of them wait,
/// the sender does too.
package final class MarketFeed: MarketSink, AsyncSequence, Sendable {
    package typealias Element = MarketEvent
    package typealias Failure = Never

    private struct Slot: Hashable {
        enum Kind { case quote, bookTop, ticker }
        var kind: Kind
        var symbol: Symbol
        var venue: Venue
    }

    private struct State {
        /// Waiting events by their number in the line; numbers are given in order and never used twice.
        var waiting: [UInt64: MarketEvent] = [:]
        var head: UInt64 = 0
        var tail: UInt64 = 0
        /// The newest waiting replaceable event of a symbol that a newer one may still replace.
        var slots: [Slot: UInt64] = [:]
        /// Which slots to close when a candle of the symbol comes in.
        var kept = 0
        var replaced = 0
        var isFinished = false
        var reader: CheckedContinuation<MarketEvent?, Never>?
        var readerID: UInt64 = 0
        var senders: [(id: UInt64, event: MarketEvent, continuation: CheckedContinuation<Void, Never>)] = []
        var nextID: UInt64 = 0
    }

    private let state = Mutex(State())
    private let capacity: Int
    private let replaceableCapacity: Int

    /// - Parameters:
    ///   - capacity: events waiting at most that may not be dropped.
    ///   - replaceableCapacity: events waiting at most that may be replaced; a new one beyond it takes the place of
    ///     nothing and is left out (it is larger than symbols × kinds × venues by far).
    package init(capacity: Int = 4096, replaceableCapacity: Int = 65_536) {
        self.capacity = Swift.max(1, capacity)
        self.replaceableCapacity = replaceableCapacity
    }

    /// Events waiting, and how many were replaced by newer ones so far.
    package var load: (waiting: Int, replaced: Int) { state.withLock { ($0.waiting.count, $0.replaced) } }

    package func send(_ event: MarketEvent) async {
        guard Self.slot(event) == nil else { return offer(event) }
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let isDone = state.withLock { state in
                    if state.isFinished || Task.isCancelled { return true }
                    if state.kept < capacity, state.senders.isEmpty {
                        Self.append(event, to: &state)
                        return true
                    }
                    state.senders.append((id, event, continuation))
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

    /// Ends the sequence after what is waiting. Later events are left out.
    package func finish() {
        let (reader, senders) = state.withLock { state in
            state.isFinished = true
            let senders = state.senders
            state.senders = []
            for sender in senders { Self.append(sender.event, to: &state) }
            defer { if state.waiting.isEmpty { state.reader = nil } }
            return (state.waiting.isEmpty ? state.reader : nil, senders)
        }
        reader?.resume(returning: nil)
        for sender in senders { sender.continuation.resume() }
    }

    package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(feed: self) }

    package struct AsyncIterator: AsyncIteratorProtocol {
        let feed: MarketFeed

        package func next() async -> MarketEvent? { await feed.next() }
        package func next(isolation actor: isolated (any Actor)?) async -> MarketEvent? { await feed.next() }
    }

    private func offer(_ event: MarketEvent) {
        guard let slot = Self.slot(event) else { return }
        state.withLock { state in
            guard !state.isFinished else { return }
            if let number = state.slots[slot], state.waiting[number] != nil {
                state.waiting[number] = event
                state.replaced += 1
            } else if state.waiting.count - state.kept < replaceableCapacity {
                Self.append(event, to: &state)
            }
        }
    }

    /// Appends, or hands the event straight to a reader that waits.
    private static func append(_ event: MarketEvent, to state: inout State) {
        if let reader = state.reader {
            state.reader = nil
            reader.resume(returning: event)
            return
        }
        let number = state.tail
        state.tail += 1
        state.waiting[number] = event
        if let slot = slot(event) {
            state.slots[slot] = number
        } else {
            state.kept += 1
            guard let (symbol, venue) = subject(event) else { return }
            for kind in [Slot.Kind.quote, .bookTop, .ticker] {
                state.slots[Slot(kind: kind, symbol: symbol, venue: venue)] = nil
            }
        }
    }

    private func next() async -> MarketEvent? {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                enum Outcome {
                    case event(MarketEvent?, CheckedContinuation<Void, Never>?)
                    case wait
                }
                let outcome: Outcome = state.withLock { state in
                    if let event = Self.popFirst(&state) {
                        return .event(event, Self.admit(&state, capacity: capacity))
                    }
                    if state.isFinished || Task.isCancelled { return .event(nil, nil) }
                    precondition(state.reader == nil, "a market feed has one reader")
                    state.reader = continuation
                    state.readerID = id
                    return .wait
                }
                if case .event(let event, let sender) = outcome {
                    sender?.resume()
                    continuation.resume(returning: event)
                }
            }
        } onCancel: {
            let reader = state.withLock { state in
                guard state.readerID == id else { return CheckedContinuation<MarketEvent?, Never>?.none }
                defer { state.reader = nil }
                return state.reader
            }
            reader?.resume(returning: nil)
        }
    }

    private static func popFirst(_ state: inout State) -> MarketEvent? {
        guard state.head < state.tail, let event = state.waiting.removeValue(forKey: state.head) else { return nil }
        if let slot = slot(event) {
            if state.slots[slot] == state.head { state.slots[slot] = nil }
        } else {
            state.kept -= 1
        }
        state.head += 1
        return event
    }

    /// Lets the longest waiting sender in when there is room again.
    private static func admit(_ state: inout State, capacity: Int) -> CheckedContinuation<Void, Never>? {
        guard state.kept < capacity, !state.senders.isEmpty else { return nil }
        let sender = state.senders.removeFirst()
        append(sender.event, to: &state)
        return sender.continuation
    }

    private static func slot(_ event: MarketEvent) -> Slot? {
        switch event {
        case .quote(let quote): Slot(kind: .quote, symbol: quote.symbol, venue: quote.venue)
        case .bookTop(let top): Slot(kind: .bookTop, symbol: top.symbol, venue: top.venue)
        case .ticker(let ticker): Slot(kind: .ticker, symbol: ticker.symbol, venue: ticker.venue)
        case .candleClosed, .backfilled, .candleCorrected, .health, .reading, .listed: nil
        }
    }

    private static func subject(_ event: MarketEvent) -> (Symbol, Venue)? {
        switch event {
        case .candleClosed(let closed), .candleCorrected(let closed): (closed.symbol, closed.venue)
        case .backfilled(let backfill): (backfill.symbol, backfill.venue)
        case .quote, .bookTop, .ticker, .health, .reading, .listed: nil
        }
    }
}
