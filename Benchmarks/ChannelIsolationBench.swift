import Decisions
import Delivery
import Foundation
import Logging
import Market
import Messages
import People
import Storage
import Synchronization

/// What a channel that is down, or one address that is told to wait, costs everybody else: four dispatchers over one
/// database as the agent has them, channels in the process, pacing off.
///
/// An hour of the wall clock passes in steps of 20 seconds; at each the same critical alert is told to everybody, first in
/// a calm agent, then in one with a trouble of that hour, so that whatever else the machine does is in both. A channel
/// that is down refuses connections in one step and lets them hang in the next, until the step is over (the time-out). A
/// flooded address is answered 429 with `retry_after` 30 at every try. Compared is the slowest percent of the others.
enum ChannelIsolationBench {
    static let channels: [ChannelKind] = [.telegram, .discord, .email, .sms]
    static let people = 50
    static let steps = 180

    enum Trouble: Hashable {
        case down(ChannelKind)
        case flooded(ChannelKind)

        var name: String {
            switch self {
            case .down(let channel): "down_\(channel.rawValue)"
            case .flooded(let channel): "flooded_\(channel.rawValue)"
            }
        }

        /// Whether a send to that place is one of the others.
        func spares(_ channel: ChannelKind, _ address: String) -> Bool {
            switch self {
            case .down(let down): channel != down
            case .flooded(let flooded): channel != flooded || address != ChannelIsolationBench.flooded(channel)
            }
        }
    }

    static func address(_ channel: ChannelKind, _ number: Int) -> String { "\(channel.rawValue)-\(number)" }
    static func flooded(_ channel: ChannelKind) -> String { address(channel, 1) }

    static func run() async throws {
        for trouble in channels.map(Trouble.down) + channels.map(Trouble.flooded) {
            let calm = try await World()
            let troubled = try await World()
            var times: (calm: [Double], troubled: [Double]) = ([], [])
            try await withThrowingTaskGroup(of: Void.self) { group in
                for dispatcher in calm.dispatchers + troubled.dispatchers {
                    group.addTask { try await dispatcher.run() }
                }
                for step in 0..<steps {
                    times.calm.append(try await calm.tell(step, sparedBy: trouble))
                    troubled.suffer(trouble, step: step)
                    times.troubled.append(try await troubled.tell(step, sparedBy: trouble))
                    troubled.endStep()
                }
                for dispatcher in calm.dispatchers + troubled.dispatchers { dispatcher.stop() }
                try await group.waitForAll()
            }
            report("isolation_\(trouble.name)_failed", Double(troubled.failures), "sends")
            report("isolation_\(trouble.name)_calm_p99", times.calm.percentile(0.5), "ms")
            report("isolation_\(trouble.name)_p99", times.troubled.percentile(0.5), "ms")
            report(
                "isolation_\(trouble.name)_ratio",
                zip(times.troubled, times.calm).map { $0 / $1 }.percentile(0.5), "times")
        }
    }

    /// The machine's clock and what it was set ahead.
    private final class SteppedTime: TimeSource {
        private let ahead = Mutex(Span.zero)
        var now: Timestamp { WallTime().now + ahead.withLock { $0 } }
        func advance(by span: Span) { ahead.withLock { $0 = $0 + span } }
    }

    /// A provider in the process that keeps when it was reached.
    private final class Provider: Channel {
        enum State { case well, refusing, hanging }
        private struct Journal {
            var state = State.well
            var floods = false
            var failures = 0
            var told: [(address: String, at: ContinuousClock.Instant)] = []
            var hung: [CheckedContinuation<Void, Never>] = []
        }

        let kind: ChannelKind
        private let journal = Mutex(Journal())
        private let changed = Wakeup()

        init(_ kind: ChannelKind) { self.kind = kind }

        func set(_ state: State) { journal.withLock { $0.state = state } }
        var failures: Int { journal.withLock { $0.failures } }
        func flood() { journal.withLock { $0.floods = true } }

        /// Those that hang time out.
        func timeOut() {
            let hung = journal.withLock { journal in
                defer { journal.hung.removeAll() }
                if journal.state == .hanging { journal.state = .refusing }
                return journal.hung
            }
            for send in hung { send.resume() }
        }

        func send(_ delivery: OutgoingDelivery) async throws(DeliveryError) -> Receipt {
            let now = ContinuousClock.now
            let (state, isFlooded) = journal.withLock { journal in
                let isFlooded = journal.floods && delivery.address == ChannelIsolationBench.flooded(kind)
                if journal.state == .well, !isFlooded {
                    journal.told.append((delivery.address, now))
                } else {
                    journal.failures += 1
                }
                return (journal.state, isFlooded)
            }
            switch state {
            case .well:
                if isFlooded { throw .rateLimited(retryAfter: .seconds(30), scope: .address) }
                changed.signal()
                return Receipt(providerMessageID: "1")
            case .refusing: throw .unavailable(reason: "connection refused")
            case .hanging:
                await withCheckedContinuation { continuation in
                    let isOver = journal.withLock { journal in
                        guard journal.state == .hanging else { return true }
                        journal.hung.append(continuation)
                        return false
                    }
                    if isOver { continuation.resume() }
                }
                throw .unavailable(reason: "timed out")
            }
        }

        /// When `count` of the addresses that `matches` picks were told since the call before.
        func take(
            _ count: Int, where matches: (String) -> Bool
        ) async -> [ContinuousClock.Instant] {
            while true {
                let times = journal.withLock { journal -> [ContinuousClock.Instant]? in
                    let times = journal.told.filter { matches($0.address) }.map(\.at)
                    guard times.count >= count else { return nil }
                    journal.told.removeAll()
                    return times
                }
                if let times { return times }
                await changed.wait()
            }
        }
    }

    /// One agent's delivery.
    private final class World: Sendable {
        private let scratch: Scratch
        private let time = SteppedTime()
        private let ruleTime = SteppedTime()
        private let wakeups = ChannelWakeups(channels: channels)
        private let providers: [Provider]
        let dispatchers: [OutboxDispatcher]

        init() async throws {
            scratch = try await Scratch()
            for channel in channels {
                try await scratch.add(people: people) { number in
                    Address(channel: channel, value: address(channel, number))
                }
            }
            let providers = channels.map(Provider.init)
            let clocks = DeliveryTime(wall: time, rule: ruleTime)
            let store = SQLOutboxStore(scratch.database, keepsAlive: true)
            let wakeups = wakeups
            dispatchers = providers.compactMap { provider in
                wakeups[provider.kind].map { wakeup in
                    OutboxDispatcher(
                        channel: provider, store: store, rendering: PlainRendering(),
                        settings: DispatchSettings(pacing: Pacing()), time: clocks,
                        signals: DispatchSignals(wakeup: wakeup, pause: PauseSwitch(channels: wakeups)),
                        logger: Logger(label: "bench", factory: { _ in SwiftLogNoOpLogHandler() }))
                }
            }
            self.providers = providers
        }

        func suffer(_ trouble: Trouble, step: Int) {
            for provider in providers {
                switch trouble {
                case .down(provider.kind): provider.set(step.isMultiple(of: 2) ? .refusing : .hanging)
                case .flooded(provider.kind): provider.flood()
                default: break
                }
            }
        }

        /// Sends that did not get through.
        var failures: Int { providers.reduce(0) { $0 + $1.failures } }

        func endStep() { for provider in providers { provider.timeOut() } }

        /// Tells everybody; milliseconds until 99% of those were told whom the trouble spares.
        func tell(_ step: Int, sparedBy trouble: Trouble) async throws -> Double {
            time.advance(by: .seconds(20))
            // Another hour each time, so that no budget is in the way.
            ruleTime.advance(by: .hours(1))
            let begin = ContinuousClock.now
            try await scratch.publish(1, from: step, at: time.now, ruleTime: ruleTime.now, priority: .critical)
            wakeups.wakeAll()
            var times: [Double] = []
            for provider in providers {
                let kind = provider.kind
                let spared = (1...people).count { trouble.spares(kind, address(kind, $0)) }
                guard spared > 0 else { continue }
                let told = await provider.take(spared) { trouble.spares(kind, $0) }
                times += told.map { begin.duration(to: $0).milliseconds }
            }
            return times.percentile(0.99)
        }
    }
}
