import Decisions
import Market
import Messages
import People

@testable import Delivery

/// One sender in virtual time: a model of the store (one claimed entry an address, lowest lane first), `DispatchState`,
/// and a network that delays every message by itself.
struct Simulation {
    struct Start: Hashable {
        var id: Int64
        var address: String
        var at: Timestamp
    }

    private struct Flight {
        var ticket: DispatchState.Ticket
        var arrival: Timestamp
        var completion: Timestamp
        var isArrived = false
        var answer: DispatchState.SendResult = .sent(Receipt(providerMessageID: nil))
    }

    var state: DispatchState
    var provider = StrictProvider()
    var isPaused = false
    /// What the provider answers in place of its limits; `nil` lets the limits speak.
    var answer: (OutgoingStart) -> DispatchState.SendResult? = { _ in nil }
    private(set) var starts: [Start] = []
    private(set) var outcomes: [OutboxID: OutboxOutcome.Result] = [:]
    private(set) var sent: [OutboxID: Timestamp] = [:]
    private(set) var mostUnrecorded = 0
    private(set) var mostInHand = 0
    private(set) var notices: [SystemNotice] = []
    private(set) var now = start

    private var pending: [String: [(entry: ClaimedEntry, due: Timestamp)]] = [:]
    private var leased: Set<String> = []
    private var addressOf: [OutboxID: (String, ClaimedEntry)] = [:]
    private var flights: [Flight] = []
    private var random = SeededGenerator(state: 7)
    private let latency: ClosedRange<Int64>

    struct OutgoingStart {
        var entry: OutboxEntry
        var at: Timestamp
    }

    init(settings: DispatchSettings, channel: ChannelKind = .telegram, latency: ClosedRange<Int64> = 20...120) {
        state = DispatchState(channel: channel, settings: settings)
        self.latency = latency
    }

    mutating func enqueue(_ entry: ClaimedEntry) {
        pending[entry.entry.address, default: []].append((entry, now))
        state.wake()
    }

    var unsettled: Int { pending.values.reduce(0) { $0 + $1.count } + addressOf.count }

    /// Lets `span` pass in steps of `step` milliseconds, or until everything is settled.
    mutating func run(_ span: Span, step: Int64 = 5) {
        let end = now + span
        while now < end, unsettled > 0 {
            turn()
            now += .milliseconds(step)
        }
    }

    private mutating func turn() {
        for index in flights.indices where !flights[index].isArrived && flights[index].arrival <= now {
            flights[index].isArrived = true
            let ticket = flights[index].ticket
            if let fixed = answer(OutgoingStart(entry: ticket.entry, at: flights[index].arrival)) {
                flights[index].answer = fixed
            } else if !provider.arrive(ticket.chat, at: flights[index].arrival) {
                flights[index].answer = .failed(.rateLimited(retryAfter: .seconds(3), scope: .address))
            }
        }
        for flight in flights where flight.completion <= now {
            if case .sent = flight.answer { sent[flight.ticket.entry.id] = flight.completion }
            let notice = state.finish(
                flight.ticket.entry.id, flight.answer, now: now, ruleNow: now,
                jitter: Double.random(in: 0..<1, using: &random))
            if let notice { notices.append(notice) }
        }
        flights.removeAll { $0.completion <= now }
        if state.isRecordDue(now: now) { record() }
        let limit = state.claimLimit(now: now)
        if limit > 0 {
            state.admit(claim(limit), limit: limit, now: now, ruleNow: now, isPaused: isPaused)
        }
        if state.isDrained { state.noteNextDue(pending.values.joined().map(\.due).min(), now: now, poll: .seconds(5)) }
        for ticket in state.takeReady(now: now, isPaused: isPaused) {
            starts.append(Start(id: ticket.entry.id.rawValue, address: ticket.entry.address, at: now))
            let delay = Int64.random(in: latency, using: &random)
            flights.append(
                Flight(
                    ticket: ticket, arrival: now + .milliseconds(Int64.random(in: 0...delay, using: &random)),
                    completion: now + .milliseconds(delay)))
        }
        mostUnrecorded = max(mostUnrecorded, state.unrecorded)
        mostInHand = max(mostInHand, state.waitingCount)
    }

    private mutating func claim(_ limit: Int) -> [ClaimedEntry] {
        // The head of each lane is its oldest; a later one does not pass it, but another lane does.
        let heads = pending.compactMap { address, queue -> ClaimedEntry? in
            guard !leased.contains(address) else { return nil }
            return Lane.allCases.lazy.compactMap { lane in queue.first { $0.entry.entry.lane == lane } }
                .first { $0.due <= now }?.entry
        }
        let order = heads.sorted { ($0.entry.lane, $0.entry.id) < ($1.entry.lane, $1.entry.id) }.prefix(limit)
        for head in order {
            pending[head.entry.address]?.removeAll { $0.entry.entry.id == head.entry.id }
            leased.insert(head.entry.address)
            addressOf[head.entry.id] = (head.entry.address, head)
        }
        return Array(order)
    }

    private mutating func record() {
        for item in state.outcomes {
            guard let (address, entry) = addressOf.removeValue(forKey: item.outcome.id) else { continue }
            leased.remove(address)
            outcomes[item.outcome.id] = item.outcome.result
            if case .retry(let time, _) = item.outcome.result {
                var again = entry
                if item.wasBegun { again.entry.attempts += 1 }
                again.entry.possibleRepeat = again.entry.possibleRepeat || item.outcome.mayHaveArrived
                pending[address, default: []].insert((again, time), at: 0)
            }
        }
        state.recorded()
    }
}

extension Pacing {
    /// Telegram's defaults.
    static let telegram = Pacing(
        overall: Pace(text: "30/1s") ?? .off, perAddress: Pace(text: "1/1s") ?? .off,
        perGroup: Pace(text: "20/1m") ?? .off)
}
