import Chat
import Decisions
import Delivery
import Market
import People
import ServiceLifecycle
import Testing
import Turns

@testable import Storage

@Suite(.oneAtATime) struct BroadcastTests {
    private func notice(_ key: String = "1") -> Alert {
        Alert(
            naturalKey: "broadcast:\(key)", symbol: nil, priority: .low, issuedAt: .start, audience: .everybody,
            body: .system(SystemNotice(severity: .info, key: SystemNotice.broadcast, values: ["text": "hello"])))
    }

    @Test("everybody who can hear it gets one entry, a page at a time, and a closed chat leaves no dead letter")
    func audience() async throws {
        let file = try await TemporaryDatabase()
        var people: [Recipient] = []
        for number in 1...5 { people.append(try await file.addPerson("\(number)")) }
        _ = try await file.addPerson("6", role: .blocked)
        let stopped = people[1]
        let closed = people[2]
        try await file.chat.write { session in
            var person = stopped
            person.stopped = true
            try session.update(person)
            try session.disableAddress(channel: .telegram, value: "3", reason: "blocked", at: .start)
            _ = closed
        }
        _ = try await file.alerts.publish(DecisionBatch(alerts: [notice()]), now: .start)
        var pages = 0
        while try await file.alerts.expandNext(limit: 2, now: .start) != nil { pages += 1 }
        #expect(pages >= 2)
        #expect(
            try await file.database.read { sql in
                try sql.rows("SELECT recipient_id FROM outbox ORDER BY recipient_id") { RecipientID($0.integer(0)) }
            } == [people[0].id, people[3].id, people[4].id])
        #expect(try await file.count("SELECT count(*) FROM outbox WHERE state = 'dead'") == 0)
    }

    @Test("while it drains, the fan-out leaves alerts in the store, and goes on where it was afterwards")
    func drain() async throws {
        let file = try await TemporaryDatabase()
        _ = try await file.addPerson("1")
        let channels = ChannelWakeups(channels: [.telegram])
        let drain = PauseSwitch(isPaused: true, channels: channels)
        let wakeup = Wakeup()
        let fanOut = FanOut(store: file.alerts, wakeup: wakeup, channels: channels, drain: drain)
        _ = try await file.alerts.publish(DecisionBatch(alerts: [notice()]), now: .start)
        let task = Task { try await fanOut.run() }
        wakeup.signal()
        // The switch wakes the channels when it is released, so that what was expanded before cannot be mistaken.
        #expect(try await file.chat.read { try $0.unexpandedAlerts() } == 1)
        drain.set(paused: false)
        wakeup.signal()
        await channels[.telegram]?.wait()
        while try await file.chat.read({ try $0.unexpandedAlerts() }) > 0 { await channels[.telegram]?.wait() }
        #expect(try await file.count("SELECT count(*) FROM outbox") == 1)
        fanOut.stop()
        try await task.value
    }

    @Test("/channels can turn broadcasts off on a channel, and quiet hours hold them like any alert")
    func wanted() async throws {
        var levels = ChannelLevels()
        #expect(AlertChannels.channels(for: notice(), chosen: levels) == [.telegram, .discord, .terminal])
        levels[.telegram] = .off
        #expect(AlertChannels.channels(for: notice(), chosen: levels) == [.discord, .terminal])
    }
}
