package import Logging
import Decisions
import Market
import Messages
import People
import ServiceLifecycle
import Synchronization

/// Sends what waits in the outbox for one channel: claims due entries under a lease, asks the gate, begins as many sends
/// as may be in flight, and records what became of them, several a transaction.
///
/// What to do is decided by `DispatchState`; this is the loop that does it. It alone touches the store, one call after
/// another; sends run beside it and put their results into its mailbox. A failing store is tried again with back-off and
/// loses nothing: what was sent waits in memory to be recorded, and meanwhile takes up the places in flight.
package final class OutboxDispatcher: Service {
    private static let poll = Span.seconds(5)

    private let channel: any Channel
    private let store: any OutboxStore
    private let rendering: any AlertRendering
    private let settings: DispatchSettings
    private let time: DeliveryTime
    private let signals: DispatchSignals
    private let logger: Logger
    private let metrics: DeliveryMetrics
    private let policy: RetryPolicy

    /// Results of sends, and whether somebody announced new entries, for the loop to pick up.
    private struct Mailbox {
        var finished: [(id: OutboxID, result: DispatchState.SendResult)] = []
        var isAnnounced = false
    }
    private let mailbox = Mutex(Mailbox())
    private let work = Wakeup()
    private let stopping = StopFlag()

    package init(
        channel: any Channel, store: any OutboxStore, rendering: any AlertRendering, settings: DispatchSettings,
        time: DeliveryTime = DeliveryTime(), signals: DispatchSignals, logger: Logger = Logger(label: "vigia.delivery")
    ) {
        self.channel = channel
        self.store = store
        self.rendering = rendering
        self.settings = settings
        self.time = time
        self.signals = signals
        var logger = logger
        logger[metadataKey: "channel"] = "\(channel.kind.rawValue)"
        self.logger = logger
        metrics = DeliveryMetrics(channel: channel.kind)
        policy = RetryPolicy(looksUp: channel.record != nil)
    }

    /// Runs until it is stopped. At a graceful stop nothing new is taken, the sends in hand are waited for (up to
    /// `stopDeadline`, then they are cancelled), their outcomes are recorded and the leases given back.
    package func run() async throws {
        await withGracefulShutdownHandler {
            await runUntilStopped()
        } onGracefulShutdown: {
            self.stop()
        }
    }

    /// Begins the graceful stop.
    package func stop() {
        stopping.set()
        work.signal()
    }

    private func runUntilStopped() async {
        var state = DispatchState(
            channel: channel.kind, settings: settings, gate: DeliveryGate(policy: policy), policy: policy)
        await withDiscardingTaskGroup { group in
            // Two wake-ups would need two waits: the announcements of others are passed on to the loop's own.
            group.addTask { [signals] in
                while !Task.isCancelled {
                    await signals.wakeup.wait()
                    self.mailbox.withLock { $0.isAnnounced = true }
                    self.work.signal()
                }
            }
            await serve(&state, &group)
            // The signal that ended the loop may have stood for a finished send too.
            collect(&state, &group)
            let deadline = time.wall.now + settings.stopDeadline
            while state.inFlight > 0, !Task.isCancelled, time.wall.now < deadline {
                await work.wait(atMost: deadline - time.wall.now, on: time.waiting)
                collect(&state, &group)
            }
            group.cancelAll()
        }
        await windUp(&state)
    }

    /// The loop. Leaves when stopped or cancelled.
    private func serve(_ state: inout DispatchState, _ group: inout DiscardingTaskGroup) async {
        var backOff = BackOff()
        var storeRests: Timestamp?
        while !stopping.isSet, !Task.isCancelled {
            collect(&state, &group)
            let now = time.wall.now
            if let until = storeRests, until > now {
                // A clock set back must not make this rest longer than it ever was meant to be.
                await work.wait(atMost: min(until - now, backOff.most), on: time.waiting)
                continue
            }
            storeRests = nil
            do {
                if try await step(&state, &group) {
                    backOff.succeeded()
                    continue
                }
                if state.isDrained {
                    let due = try await store.nextDue(channel: channel.kind)
                    state.noteNextDue(due, now: time.wall.now, poll: OutboxDispatcher.poll)
                }
            } catch is CancellationError {
                return
            } catch {
                let pause = backOff.failed()
                storeRests = time.wall.now + pause
                metrics.storeFailed()
                logger.error(
                    "outbox not reachable, trying again",
                    metadata: ["cause": "\(error)", "pause_seconds": "\(pause.seconds)"])
                continue
            }
            let instant = time.wall.now
            let wait = state.nextInstant(now: instant).map { $0 - instant } ?? OutboxDispatcher.poll
            await work.wait(atMost: min(max(wait, .milliseconds(1)), OutboxDispatcher.poll), on: time.waiting)
        }
    }

    /// One round, which is one transaction: what is settled is recorded, what may go is begun, and more is claimed for
    /// the next round. Returns whether there was anything to do.
    private func step(_ state: inout DispatchState, _ group: inout DiscardingTaskGroup) async throws -> Bool {
        let now = time.wall.now
        let records = state.isRecordDue(now: now)
        let tickets = state.takeReady(now: now, isPaused: signals.pause.isPaused, afterRecording: records)
        let settled = records ? state.outcomes : []
        let limit = state.claimLimit(now: now, afterRecording: records)
        let round = OutboxExchange(
            outcomes: settled.map(\.outcome), begun: tickets.map(\.entry.id), limit: limit, lease: now + settings.lease)
        guard !round.isEmpty else { return false }
        let claimed: [ClaimedEntry]
        do {
            claimed = try await store.exchange(round, channel: channel.kind, now: now)
        } catch {
            state.putBack(tickets, now: now)
            throw error
        }
        if records {
            state.recorded()
            tell(settled)
        }
        if limit > 0 {
            state.admit(
                claimed, limit: limit, now: time.wall.now, ruleNow: time.rule.now, isPaused: signals.pause.isPaused)
        }
        for ticket in tickets {
            group.addTask {
                let started = ContinuousClock.now
                let result = await self.send(ticket)
                self.metrics.sendTook(started.duration(to: .now))
                self.mailbox.withLock { $0.finished.append((ticket.entry.id, result)) }
                self.work.signal()
            }
        }
        return !settled.isEmpty || !tickets.isEmpty || !claimed.isEmpty
    }

    private func send(_ ticket: DispatchState.Ticket) async -> DispatchState.SendResult {
        var message: Message
        var form = ticket.entry.form
        do {
            switch ticket.entry.content {
            case .message(let ready, let asked):
                message = ready
                form = asked
            case .alert(let alert): message = try rendering.message(for: alert, reader: ticket.reader)
            case .digest(let alerts):
                message =
                    ticket.entry.isSilent
                    ? try rendering.summary(alerts, reader: ticket.reader)
                    : try rendering.digest(alerts, reader: ticket.reader)
            }
            if ticket.entry.isSilent { message.silent = true }
        } catch {
            return .unrenderable("\(error)")
        }
        do throws(DeliveryError) {
            let delivery = OutgoingDelivery(
                id: ticket.entry.id, address: ticket.entry.address, message: message, form: form,
                possibleRepeat: ticket.entry.possibleRepeat, createdAt: ticket.entry.createdAt, reader: ticket.reader)
            if delivery.possibleRepeat, !policy.repeatsUnknown(channel.kind) {
                return .sent(try await lookedUp(delivery))
            }
            return .sent(try await channel.send(delivery))
        } catch {
            return .failed(error)
        }
    }

    /// What became of a delivery that may have arrived and must not be repeated.
    private func lookedUp(_ delivery: OutgoingDelivery) async throws(DeliveryError) -> Receipt {
        guard let record = channel.record else { throw .rejected(reason: RetryPolicy.outcomeUnknown) }
        let receipt: Receipt?
        do {
            receipt = try await record.find(delivery)
        } catch {
            switch error {
            case .rateLimited, .unauthorized: throw error
            case .recipientGone(let reason), .rejected(let reason), .unavailable(let reason),
                .outcomeUnknown(let reason):
                throw .unavailable(reason: "\(RetryPolicy.outcomeUnknown), and the record cannot be read: \(reason)")
            case .moved: throw .unavailable(reason: RetryPolicy.outcomeUnknown)
            }
        }
        guard let receipt else { throw .outcomeUnknown(reason: "\(RetryPolicy.outcomeUnknown), looking it up") }
        return receipt
    }

    /// Takes over what came into the mailbox.
    private func collect(_ state: inout DispatchState, _ group: inout DiscardingTaskGroup) {
        for notice in collect(&state) {
            group.addTask { [signals] in await signals.notice(notice) }
        }
    }

    private func collect(_ state: inout DispatchState) -> [SystemNotice] {
        let (finished, isAnnounced) = mailbox.withLock { mailbox in
            defer {
                mailbox.finished.removeAll(keepingCapacity: true)
                mailbox.isAnnounced = false
            }
            return (mailbox.finished, mailbox.isAnnounced)
        }
        if isAnnounced { state.wake() }
        guard !finished.isEmpty else { return [] }
        let now = time.wall.now
        let ruleNow = time.rule.now
        return finished.compactMap { id, result in
            state.finish(id, result, now: now, ruleNow: ruleNow, jitter: Double.random(in: 0..<1))
        }
    }

    private func record(_ state: inout DispatchState) async throws {
        let settled = state.outcomes
        guard !settled.isEmpty else { return }
        try await store.record(settled.map(\.outcome), now: time.wall.now)
        state.recorded()
        tell(settled)
    }

    /// Counts and passes on what is recorded.
    private func tell(_ settled: [DispatchState.Settled]) {
        for item in settled {
            if let label = item.label { metrics.count(label) }
            switch item.outcome.result {
            case .held(let until, _): signals.held(until)
            case .dead(let reason), .addressGone(let reason):
                logger.warning("delivery dead", metadata: ["delivery": "\(item.outcome.id)", "reason": "\(reason)"])
            case .sent, .retry, .summarised, .dropped, .moved: break
            }
        }
    }

    /// After the last send: stores what is known. What cannot be stored comes back as a possible repeat when its lease
    /// has run out.
    private func windUp(_ state: inout DispatchState) async {
        _ = collect(&state)
        var backOff = BackOff()
        for _ in 1...3 {
            do {
                try await record(&state)
                try await store.releaseLeases(channel: channel.kind)
                return
            } catch {
                logger.error("outbox not reachable while stopping", metadata: ["cause": "\(error)"])
                await Wakeup().wait(atMost: backOff.failed(), on: time.waiting)
            }
        }
    }
}
