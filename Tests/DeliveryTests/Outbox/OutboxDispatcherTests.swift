import Decisions
import Market
import Messages
import People
import Storage
import Synchronization
import Testing
import Turns

@testable import Delivery

/// The dispatcher over a real SQLite file, with a channel that misbehaves.
@Suite(.oneAtATime, .timeLimit(.minutes(2)))
struct OutboxDispatcherTests {
    private func dispatcher(
        _ channel: any Channel, _ store: any OutboxStore, inFlight: Int = 8, pacing: Pacing = Pacing(),
        time: DeliveryTime = DeliveryTime(), wakeup: Wakeup = Wakeup(), pause: PauseSwitch? = nil,
        rendering: KeyRendering = KeyRendering(), held: @escaping @Sendable (Timestamp) -> Void = { _ in }
    ) -> OutboxDispatcher {
        OutboxDispatcher(
            channel: channel, store: store, rendering: rendering,
            settings: DispatchSettings(pacing: pacing, inFlight: inFlight), time: time,
            signals: DispatchSignals(
                wakeup: wakeup, pause: pause ?? PauseSwitch(channels: ChannelWakeups(channels: [ChannelKind]())),
                held: held)
        )
    }

    /// Runs the dispatcher during `body` and stops it gracefully.
    private func running(_ dispatcher: OutboxDispatcher, _ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await dispatcher.run() }
            try await body()
            dispatcher.stop()
            try await group.waitForAll()
        }
    }

    @Test("ten thousand deliveries through a channel that fails in every way are all accounted for")
    func tenThousand() async throws {
        let file = try await OutboxFile()
        try await file.addPeople(1...10_000)
        try await file.publish(opportunity("a", symbol: .btc))
        let channel = ScriptedChannel { delivery, send in
            let number = Int(delivery.address) ?? 0
            if number % 100 == 0 { return .failure(.recipientGone(reason: "blocked")) }
            if number % 101 == 0 { return .failure(.rejected(reason: "refused")) }
            if send == 1, number % 7 == 0 { return .failure(.unavailable(reason: "502")) }
            if send == 1, number % 11 == 0 { return .failure(.outcomeUnknown(reason: "no answer")) }
            if send == 1, number % 13 == 0 { return .failure(.rateLimited(retryAfter: .seconds(1), scope: .address)) }
            return .success(Receipt(providerMessageID: "m\(number)"))
        }
        let gone = 100
        let rejected = (1...10_000).count { $0 % 101 == 0 && $0 % 100 != 0 }
        let store = file.outbox()
        try await running(dispatcher(channel, store, inFlight: 64)) {
            await channel.wait { $0.delivered.count == 10_000 - gone - rejected }
            // The last of them may still be refused or on its way to be recorded.
            await channel.wait { Set($0.begun.map(\.id)).count == 10_000 }
        }
        #expect(try await file.count("state = 'sent'") == 10_000 - gone - rejected)
        #expect(try await file.count("state = 'dead' AND reason = 'blocked'") == gone)
        #expect(try await file.count("state = 'dead' AND reason = 'refused'") == rejected)
        #expect(try await file.count("1 = 1") == 10_000)
        #expect(channel.mostInFlight <= 64)
        #expect(channel.delivered.count == Set(channel.delivered.map(\.id)).count)
        // Every repeat of an unknown outcome is marked, and nothing else is.
        let marked = Set(channel.begun.filter(\.possibleRepeat).map(\.address))
        let unknown = (1...10_000).filter { $0 % 11 == 0 && $0 % 7 != 0 && $0 % 100 != 0 && $0 % 101 != 0 }
        #expect(marked == Set(unknown.map(String.init)))
    }

    @Test("messages to a chat keep their order, whatever other chats do")
    func order() async throws {
        let file = try await OutboxFile()
        for number in 0..<40 {
            for chat in 1...5 { try await file.reply("\(number)", to: "\(chat)") }
        }
        let channel = ScriptedChannel { delivery, send in
            // Every seventh fails at first and is tried again half a second later: those behind it wait.
            if send == 1, delivery.id.rawValue % 67 == 0 { return .failure(.unavailable(reason: "502")) }
            for _ in 0..<(delivery.id.rawValue % 5) { await Task.yield() }
            return .success(Receipt(providerMessageID: nil))
        }
        try await running(dispatcher(channel, file.outbox())) {
            await channel.wait { $0.delivered.count == 200 }
        }
        for chat in 1...5 {
            let seen = channel.delivered.filter { $0.address == "\(chat)" }.map(\.message.plainText)
            #expect(seen == (0..<40).map(String.init))
        }
        #expect(channel.begun.count > 200)
    }

    @Test("chats that never answer hold up no other")
    func slowChats() async throws {
        let file = try await OutboxFile()
        try await file.addPeople(1...200)
        try await file.publish(opportunity("a", symbol: .btc))
        let door = Door()
        let channel = ScriptedChannel { delivery, _ in
            if (Int(delivery.address) ?? 0) <= 3 { await door.pass() }
            return .success(Receipt(providerMessageID: nil))
        }
        try await running(dispatcher(channel, file.outbox())) {
            await channel.wait { $0.delivered.count == 197 }
            #expect(channel.begun.count == 200)
            door.open()
            await channel.wait { $0.delivered.count == 200 }
        }
        #expect(try await file.count("state = 'sent'") == 200)
    }

    @Test("after a crash between send and record nothing is lost, and at most the sends in flight repeat, marked")
    func crash() async throws {
        let file = try await OutboxFile()
        try await file.addPeople(1...100)
        try await file.publish(opportunity("a", symbol: .btc))
        let crashed = Door()
        let first = ScriptedChannel { _, _ in .success(Receipt(providerMessageID: nil)) }
        let store = FailingOutbox(inner: file.outbox("first")) { call in
            // The process dies when some were recorded and others only sent: from then on it writes nothing.
            if call == .record, first.delivered.count >= 40 { crashed.open() }
            return crashed.isOpen
        }
        try await running(dispatcher(first, store)) { await crashed.pass() }
        let before = Set(first.delivered.map(\.address))
        let unrecorded = 100 - (try await file.count("state = 'sent'")) - (100 - before.count)
        #expect((1...8).contains(unrecorded))

        let second = ScriptedChannel()
        // A minute later its leases have run out.
        let time = DeliveryTime(wall: AheadTime(ahead: .seconds(61)))
        try await running(dispatcher(second, file.outbox("second"), time: time)) {
            await second.wait { $0.delivered.count == 100 - before.count + unrecorded }
        }
        let after = second.delivered
        #expect(try await file.count("state = 'sent'") == 100)
        #expect(before.union(after.map(\.address)).count == 100)
        #expect(after.filter(\.possibleRepeat).count == unrecorded)
        #expect(after.allSatisfy { $0.possibleRepeat == before.contains($0.address) })
    }

    @Test("a store that fails now and then loses nothing and repeats nothing")
    func failingStore() async throws {
        let file = try await OutboxFile()
        try await file.addPeople(1...60)
        try await file.publish(opportunity("a", symbol: .btc))
        let calls = Mutex(0)
        let store = FailingOutbox(inner: file.outbox()) { call in
            guard call != .release else { return false }
            return calls.withLock { calls in
                calls += 1
                return calls % 4 == 1
            }
        }
        let channel = ScriptedChannel()
        try await running(dispatcher(channel, store)) { await channel.wait { $0.delivered.count == 60 } }
        #expect(try await file.count("state = 'sent'") == 60)
        #expect(channel.begun.count == 60)
    }

    @Test("a graceful stop begins nothing new, finishes what is in hand and gives the rest back")
    func gracefulStop() async throws {
        let file = try await OutboxFile()
        try await file.addPeople(1...50)
        try await file.publish(opportunity("a", symbol: .btc))
        let door = Door()
        let channel = ScriptedChannel { _, _ in
            await door.pass()
            return .success(Receipt(providerMessageID: "m"))
        }
        let service = dispatcher(channel, file.outbox())
        try await running(service) {
            await channel.wait { $0.begun.count == 7 }
            service.stop()
            door.open()
        }
        #expect(channel.begun.count == 7)
        #expect(try await file.count("state = 'sent' AND provider_message_id = 'm'") == 7)
        #expect(try await file.count("state = 'pending' AND possible_repeat = 0 AND attempts = 0") == 43)
        #expect(try await file.count("state = 'leased'") == 0)
    }

    @Test("sends that outlast the stop are cancelled and come back as possible repeats")
    func stopDeadline() async throws {
        let file = try await OutboxFile()
        try await file.reply("a", to: "1")
        let door = Door()
        let channel = ScriptedChannel { _, _ in
            await door.pass()
            return .failure(.outcomeUnknown(reason: "cancelled"))
        }
        let service = OutboxDispatcher(
            channel: channel, store: file.outbox(), rendering: KeyRendering(),
            settings: DispatchSettings(pacing: Pacing(), stopDeadline: .milliseconds(50)),
            signals: DispatchSignals(
                wakeup: Wakeup(), pause: PauseSwitch(channels: ChannelWakeups(channels: [ChannelKind]()))))
        try await running(service) { await channel.wait { $0.begun.count == 1 } }
        #expect(try await file.count("state = 'pending' AND possible_repeat = 1") == 1)
    }

    @Test("an alert that cannot be put into words is dead with its reason, and the next one goes")
    func unrenderable() async throws {
        let file = try await OutboxFile()
        try await file.addPeople(1...3)
        let eth = try #require(Symbol("ETH"))
        try await file.publish(opportunity("broken", symbol: .btc))
        try await file.chat.write { session in
            guard let person = try session.recipient(for: Identity(platform: .telegram, externalID: "1")) else {
                return
            }
            try session.subscribe(person.id, to: Subscription(symbol: eth, minimumStrength: 0), at: start)
        }
        try await file.publish(opportunity("whole", symbol: eth))
        let channel = ScriptedChannel()
        try await running(dispatcher(channel, file.outbox(), rendering: KeyRendering(refused: "broken"))) {
            await channel.wait { $0.delivered.count == 1 }
        }
        #expect(channel.delivered.map(\.message.plainText) == ["opportunity:ETH:whole"])
        #expect(try await file.count("state = 'dead' AND reason LIKE 'not rendered%'") == 3)
    }

    @Test("what waits is sent when it is announced, without waiting for the next look")
    func announced() async throws {
        let file = try await OutboxFile()
        let channel = ScriptedChannel()
        let wakeup = Wakeup()
        // A clock that never ends a wait: only signals move anything.
        let time = DeliveryTime(waiting: StoppedClock())
        try await running(dispatcher(channel, file.outbox(), time: time, wakeup: wakeup)) {
            for number in 1...5 {
                try await file.reply("\(number)", to: "1")
                wakeup.signal()
                await channel.wait { $0.delivered.count == number }
            }
        }
        #expect(channel.delivered.map(\.message.plainText) == ["1", "2", "3", "4", "5"])
    }

    @Test("what a mute held goes out as one message when the rule clock passes its end")
    func heldAndReleased() async throws {
        let file = try await OutboxFile()
        let rule = SetTime(start)
        try await file.addPeople(1...1, preferences: Preferences(mutedUntil: start + .hours(2)))
        let channels = ChannelWakeups(channels: [ChannelKind.telegram])
        let time = DeliveryTime(rule: rule)
        let releaser = HeldReleaser(store: file.held, time: time, channels: channels)
        let channel = ScriptedChannel()
        let wakeup = try #require(channels[.telegram])
        let holds = Holds()
        let service = dispatcher(channel, file.outbox(), time: time, wakeup: wakeup) { until in
            holds.add(until)
            releaser.noteHeld(until: until)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await service.run() }
            group.addTask { try await releaser.run() }
            for key in ["a", "b"] {
                // Half an hour apart, so that neither is a repeat of the other.
                try await file.publish(opportunity(key, symbol: .btc, at: start + (key == "a" ? .zero : .minutes(40))))
                wakeup.signal()
            }
            await holds.wait(for: 2)
            #expect(channel.begun.isEmpty)
            rule.set(start + .hours(2))
            releaser.ruleTimeAdvanced()
            await channel.wait { $0.delivered.count == 1 }
            service.stop()
            releaser.stop()
            try await group.waitForAll()
        }
        #expect(channel.delivered.map(\.message.plainText) == ["opportunity:BTC:a + opportunity:BTC:b"])
        #expect(try await file.count("state = 'held'") == 0)
    }
}

/// Counts what was held.
final class Holds: Sendable {
    private let times = Mutex<[Timestamp]>([])
    private let changed = Wakeup()

    func add(_ time: Timestamp) {
        times.withLock { $0.append(time) }
        changed.signal()
    }

    func wait(for count: Int) async {
        while times.withLock({ $0.count }) < count, !Task.isCancelled { await changed.wait() }
    }
}

/// A clock on which no wait ever ends by itself.
struct StoppedClock: Clock {
    typealias Instant = ContinuousClock.Instant
    var now: Instant { ContinuousClock.now }
    var minimumResolution: Duration { .zero }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let never = Wakeup()
        await never.wait()
        try Task.checkCancellation()
    }
}
