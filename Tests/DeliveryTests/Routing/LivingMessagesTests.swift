import Chat
import Decisions
import Market
import Messages
import People
import Storage
import Testing
import Turns

@testable import Delivery

/// Living messages over a real file and a dispatcher.
@Suite(.oneAtATime, .timeLimit(.minutes(1)))
struct LivingMessagesTests {
    private struct Words: LivingRendering {
        func living(
            _ alert: StoredAlert, _ situation: LivingSituation, at time: Timestamp, reader: Reader
        ) throws -> Message { text("\(situation.stage) \(situation.shown)") }
        func news(
            _ alert: StoredAlert, _ situation: LivingSituation, at time: Timestamp, reader: Reader
        ) throws -> Message { text("news \(situation.stage)") }
    }

    private func send(_ channel: ScriptedChannel, _ file: OutboxFile, count: Int, time: any TimeSource) async throws {
        let dispatcher = OutboxDispatcher(
            channel: channel, store: SQLOutboxStore(file.database, owner: "first", keepsAlive: true),
            rendering: KeyRendering(), settings: DispatchSettings(pacing: Pacing()),
            time: DeliveryTime(wall: time, rule: time),
            signals: DispatchSignals(
                wakeup: Wakeup(), pause: PauseSwitch(channels: ChannelWakeups(channels: [ChannelKind]()))))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await dispatcher.run() }
            await channel.wait { $0.delivered.count >= count }
            dispatcher.stop()
            try await group.waitForAll()
        }
    }

    @Test(
        "one message is edited as its situation goes on, with the provider's key from the file, and sounds at a change")
    func edited() async throws {
        let file = try await OutboxFile()
        try await file.addPeople(1...1)
        let time = SetTime(WallTime().now)
        let channel = ScriptedChannel { _, _ in .success(Receipt(providerMessageID: "m1")) }
        try await file.publish(opportunity("a", symbol: .btc, priority: .high, at: time.now))
        time.set(time.now + .seconds(1))
        try await send(channel, file, count: 1, time: time)
        let begin = time.now
        func living(_ price: Double) -> LivingMessages {
            // Made anew each time, as after a restart.
            LivingMessages(
                store: SQLLivingStore(file.database), rendering: Words(), time: DeliveryTime(wall: time, rule: time),
                channels: ChannelWakeups(channels: [ChannelKind]())
            ) { _ in price }
        }
        #expect(try await living(101).turn() == 0)
        time.set(begin + .minutes(1))
        #expect(try await living(101).turn() == 1)
        time.set(begin + .minutes(2))
        #expect(try await living(101.1).turn() == 0)
        time.set(begin + .minutes(3))
        // Twice as far as was expected: an edit, and a line with a sound.
        #expect(try await living(104).turn() == 2)
        try await send(channel, file, count: 4, time: time)
        let forms = channel.delivered.map(\.form)
        #expect(forms.count { $0 == .edit(messageID: "m1") } == 2)
        #expect(channel.delivered.contains { $0.message.plainText == "news reached" && $0.form == .new })
        time.set(begin + .days(3))
        #expect(try await living(104).turn() == 1)
        #expect(try await living(104).turn() == 0)
    }
}
