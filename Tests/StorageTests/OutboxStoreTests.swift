import Chat
import Decisions
import Delivery
import Market
import Messages
import People
import Testing
import Turns

@testable import Storage

private let minute = Span.minutes(1)

extension TemporaryDatabase {
    fileprivate func claim(_ limit: Int = 10, at now: Timestamp = .start) async throws -> [ClaimedEntry] {
        try await outbox.claim(channel: .telegram, limit: limit, now: now, lease: now + minute)
    }

    fileprivate func record(
        _ id: OutboxID, _ result: OutboxOutcome.Result, countedAt: Timestamp? = nil, at now: Timestamp = .start
    ) async throws {
        try await outbox.record([OutboxOutcome(id: id, result: result, countedAt: countedAt)], now: now)
    }
}

@Suite(.oneAtATime) struct OutboxClaimTests {
    @Test("a mailbox gives one entry at a time, in order")
    func oneAtATime() async throws {
        let file = try await TemporaryDatabase()
        for text in ["a", "b", "c"] { try await file.reply(text, to: "1") }
        var order: [String] = []
        for _ in 0..<3 {
            let claimed = try await file.claim()
            #expect(claimed.count == 1)
            #expect(try await file.claim().isEmpty)
            order += claimed.map(\.entry.label)
            try await file.record(claimed[0].entry.id, .sent(providerMessageID: nil))
        }
        #expect(order == ["a", "b", "c"])
        #expect(try await file.count("SELECT count(*) FROM outbox") == 0)
        #expect(try await file.count("SELECT count(*) FROM lane_heads") == 0)
    }

    @Test("replies go first, then the most urgent alerts, then those that wait longest")
    func lanes() async throws {
        let file = try await TemporaryDatabase()
        for (index, chat) in ["low", "medium", "high", "critical"].enumerated() {
            let person = try await file.addPerson(chat)
            let rule = try await file.chat.write { try $0.addRule(text: "BTC > 1", owner: person.id, at: .start) }
            try await file.publishAndExpand(
                ruleAlert(rule, priority: Priority.allCases[index]), now: .start + .seconds(Int64(index)))
        }
        try await file.reply("r", to: "late", at: .start + .seconds(9))
        try await file.reply("r", to: "early", at: .start + .seconds(8))
        let claimed = try await file.claim(at: .start + .seconds(10))
        #expect(claimed.map(\.entry.address) == ["early", "late", "critical", "high", "medium", "low"])
        #expect(try await file.claim(at: .start + .seconds(10)).isEmpty)
    }

    @Test("a limit takes the best heads and leaves the others")
    func limit() async throws {
        let file = try await TemporaryDatabase()
        for chat in 1...5 { try await file.reply("r", to: "\(chat)", at: .start + .seconds(Int64(chat))) }
        #expect(try await file.claim(2, at: .start + minute).map(\.entry.address) == ["1", "2"])
        #expect(try await file.claim(9, at: .start + minute).map(\.entry.address) == ["3", "4", "5"])
    }

    @Test("an entry that waits for its retry holds up its lane, and a reply overtakes it")
    func retry() async throws {
        let file = try await TemporaryDatabase()
        let person = try await file.addPerson("1")
        let rule = try await file.chat.write { try $0.addRule(text: "BTC > 1", owner: person.id, at: .start) }
        try await file.publishAndExpand(ruleAlert(rule, sequence: 1))
        try await file.publishAndExpand(ruleAlert(rule, sequence: 2))
        let first = try #require(try await file.claim().first)
        try await file.outbox.beginSend([first.entry.id], now: .start)
        try await file.record(first.entry.id, .retry(at: .start + minute, reason: "503"))
        #expect(try await file.outbox.nextDue(channel: .telegram) == .start + minute)
        #expect(try await file.claim().isEmpty)
        try await file.reply("r", to: "1")
        let reply = try #require(try await file.claim().first)
        #expect(reply.entry.label == "r")
        try await file.record(reply.entry.id, .sent(providerMessageID: nil))
        #expect(try await file.claim(at: .start + minute - .milliseconds(1)).isEmpty)
        let again = try #require(try await file.claim(at: .start + minute).first)
        #expect(again.entry.id == first.entry.id)
        #expect(again.entry.attempts == 1)
        #expect(!again.entry.possibleRepeat)
        try await file.record(again.entry.id, .sent(providerMessageID: "9"), at: .start + minute)
        #expect(try await file.claim(at: .start + minute).map(\.entry.label) == ["rule:\(rule.id):2"])
    }

    @Test("a critical alert whose retry is due goes before a waiting low one of the same chat")
    func retriedCritical() async throws {
        let file = try await TemporaryDatabase()
        let person = try await file.addPerson("1")
        let rule = try await file.chat.write { try $0.addRule(text: "BTC > 1", owner: person.id, at: .start) }
        try await file.publishAndExpand(ruleAlert(rule, sequence: 1, priority: .critical))
        for sequence in 2...3 { try await file.publishAndExpand(ruleAlert(rule, sequence: sequence, priority: .low)) }
        let critical = try #require(try await file.claim().first)
        try await file.record(critical.entry.id, .retry(at: .start + minute, reason: "503"))
        let low = try #require(try await file.claim().first)
        #expect(low.entry.lane == .low)
        try await file.record(low.entry.id, .sent(providerMessageID: nil))
        #expect(try await file.claim(at: .start + minute).map(\.entry.lane) == [.critical])
    }

    @Test("the other channel's entries are not claimed")
    func channels() async throws {
        let file = try await TemporaryDatabase()
        try await file.reply("r", to: "1")
        #expect(try await file.outbox.claim(channel: .discord, limit: 5, now: .start, lease: .start + minute).isEmpty)
        #expect(try await file.outbox.nextDue(channel: .discord) == nil)
        #expect(try await file.outbox.nextDue(channel: .telegram) == .start)
    }
}

@Suite(.oneAtATime) struct OutboxLeaseTests {
    @Test("after a crash an unbegun send comes back clean and a begun one as a possible repeat")
    func crash() async throws {
        let file = try await TemporaryDatabase()
        try await file.reply("unbegun", to: "1")
        try await file.reply("begun", to: "2")
        let claimed = try await file.claim()
        let begun = try #require(claimed.first { $0.entry.label == "begun" })
        try await file.outbox.beginSend([begun.entry.id], now: .start)

        let next = SQLOutboxStore(try await file.reopened(), owner: "second")
        let end = Timestamp.start + minute
        #expect(
            try await next.claim(channel: .telegram, limit: 9, now: end - .milliseconds(1), lease: end + minute).isEmpty
        )
        #expect(try await next.nextDue(channel: .telegram) == end)
        let again = try await next.claim(channel: .telegram, limit: 9, now: end, lease: end + minute)
        #expect(again.count == 2)
        for entry in again.map(\.entry) {
            #expect(entry.possibleRepeat == (entry.label == "begun"))
            #expect(entry.attempts == (entry.label == "begun" ? 1 : 0))
        }
    }

    @Test("once a send may have arrived, later attempts stay marked")
    func markStays() async throws {
        let file = try await TemporaryDatabase()
        try await file.reply("r", to: "1")
        let first = try #require(try await file.claim().first)
        try await file.outbox.beginSend([first.entry.id], now: .start)
        let second = try #require(try await file.claim(at: .start + minute).first)
        #expect(second.entry.possibleRepeat)
        try await file.record(second.entry.id, .retry(at: .start + .minutes(2), reason: "503"))
        let third = try #require(try await file.claim(at: .start + .minutes(2)).first)
        #expect(third.entry.possibleRepeat)
    }

    @Test("an unknown outcome that is recorded as such is marked when it comes again")
    func recordedUnknown() async throws {
        let file = try await TemporaryDatabase()
        try await file.reply("r", to: "1")
        let first = try #require(try await file.claim().first)
        try await file.outbox.beginSend([first.entry.id], now: .start)
        try await file.outbox.record(
            [
                OutboxOutcome(
                    id: first.entry.id, result: .retry(at: .start + .seconds(5), reason: "answer lost"),
                    mayHaveArrived: true)
            ], now: .start)
        let again = try #require(try await file.claim(at: .start + .seconds(5)).first)
        #expect(again.entry.possibleRepeat)
        #expect(again.entry.attempts == 1)
    }

    @Test("a graceful stop gives back this process's leases only")
    func release() async throws {
        let file = try await TemporaryDatabase()
        try await file.reply("a", to: "1")
        try await file.reply("b", to: "2")
        let mine = try await file.claim(1)
        let other = SQLOutboxStore(file.database, owner: "other")
        let theirs = try await other.claim(channel: .telegram, limit: 1, now: .start, lease: .start + minute)
        try await file.outbox.beginSend(mine.map(\.entry.id), now: .start)
        try await file.outbox.releaseLeases(channel: .telegram)
        let again = try await file.claim()
        #expect(again.map(\.entry.id) == mine.map(\.entry.id))
        #expect(again.map(\.entry.possibleRepeat) == [true])
        #expect(theirs.count == 1)
    }

    @Test("two processes never lease one entry at once, and together they lease all")
    func twoConnections() async throws {
        let file = try await TemporaryDatabase()
        for chat in 0..<200 { try await file.reply("r", to: "\(chat)") }
        let second = SQLOutboxStore(try await file.reopened(), owner: "second")
        let ids = try await withThrowingTaskGroup(of: [OutboxID].self) { group in
            for store in [file.outbox, second] {
                group.addTask {
                    var ids: [OutboxID] = []
                    while true {
                        let claimed = try await store.claim(
                            channel: .telegram, limit: 7, now: .start, lease: .start + minute)
                        if claimed.isEmpty { return ids }
                        ids += claimed.map(\.entry.id)
                        try await store.beginSend(claimed.map(\.entry.id), now: .start)
                    }
                }
            }
            var all: [OutboxID] = []
            for try await some in group { all += some }
            return all
        }
        #expect(ids.count == 200)
        #expect(Set(ids).count == 200)
    }

    @Test("an answer that comes after the lease ran out still counts as sent, and frees nobody else's lease")
    func lateAnswer() async throws {
        let file = try await TemporaryDatabase()
        try await file.reply("a", to: "1")
        try await file.reply("b", to: "1")
        let first = try #require(try await file.claim().first)
        try await file.outbox.beginSend([first.entry.id], now: .start)
        try await file.outbox.releaseLeases(channel: .telegram)
        try await file.record(first.entry.id, .sent(providerMessageID: "1"))
        let second = try #require(try await file.claim().first)
        #expect(second.entry.label == "b")
        try await file.record(first.entry.id, .sent(providerMessageID: "1"))
        #expect(try await file.claim().isEmpty)
    }
}

@Suite(.oneAtATime) struct OutboxRecordTests {
    @Test("a permanent error disables the address and is a dead letter with its reason")
    func addressGone() async throws {
        let file = try await TemporaryDatabase()
        let person = try await file.addPerson("1")
        let rule = try await file.chat.write { try $0.addRule(text: "BTC > 1", owner: person.id, at: .start) }
        for sequence in 1...2 { try await file.publishAndExpand(ruleAlert(rule, sequence: sequence)) }
        let first = try #require(try await file.claim().first)
        #expect(first.addressDisabledReason == nil)
        try await file.record(first.entry.id, .addressGone(reason: "blocked"))
        let second = try #require(try await file.claim().first)
        #expect(second.addressDisabledReason == "blocked")
        let dead = try await file.chat.read { try $0.deadLetters(limit: 10, offset: 0) }
        #expect(dead.map(\.id) == [first.entry.id])
        #expect(dead.map(\.reason) == ["blocked"])
    }

    @Test("dead letters come back on request, one or all")
    func retryDead() async throws {
        let file = try await TemporaryDatabase()
        for chat in 1...3 { try await file.reply("r\(chat)", to: "\(chat)") }
        for entry in try await file.claim() { try await file.record(entry.entry.id, .dead(reason: "rejected")) }
        #expect(try await file.claim().isEmpty)
        let dead = try await file.chat.read { try $0.deadLetters(limit: 2, offset: 0) }
        #expect(dead.count == 2)
        #expect(try await file.chat.write { try $0.retryDead(dead[0].id, now: .start) } == 1)
        #expect(try await file.claim().map(\.entry.id) == [dead[0].id])
        #expect(try await file.chat.write { try $0.retryDead(nil, now: .start) } == 2)
        #expect(try await file.claim().count == 2)
        #expect(try await file.chat.write { try $0.retryDead(nil, now: .start) } == 0)
    }

    @Test("the hourly usage counts alerts of the rule clock's hour, critical ones apart, and no replies")
    func usage() async throws {
        let file = try await TemporaryDatabase()
        let person = try await file.addPerson("1")
        let rule = try await file.chat.write { try $0.addRule(text: "BTC > 1", owner: person.id, at: .start) }
        let hour = Timeframe.h1.openTime(containing: .start)
        func send(_ sequence: Int, _ priority: Priority, countedAt: Timestamp) async throws -> HourlyUsage {
            try await file.publishAndExpand(ruleAlert(rule, sequence: sequence, priority: priority))
            let claimed = try #require(try await file.claim().first)
            try await file.record(claimed.entry.id, .sent(providerMessageID: nil), countedAt: countedAt)
            return claimed.sentThisHour
        }
        #expect(try await send(1, .medium, countedAt: hour).total == 0)
        #expect(
            try await send(2, .critical, countedAt: hour + minute) == HourlyUsage(hour: hour, total: 1, critical: 0))
        #expect(try await send(3, .low, countedAt: hour + .hours(1)) == HourlyUsage(hour: hour, total: 2, critical: 1))
        // One of the hour before, recorded late, does not wipe the new hour out.
        #expect(
            try await send(4, .low, countedAt: hour + .minutes(59))
                == HourlyUsage(hour: hour + .hours(1), total: 1, critical: 0))
        try await file.reply("r", to: "1", recipient: person.id)
        let reply = try #require(try await file.claim().first)
        #expect(reply.sentThisHour == HourlyUsage(hour: hour + .hours(1), total: 1, critical: 0))
        try await file.record(reply.entry.id, .sent(providerMessageID: nil))
        #expect(try await file.count("SELECT total FROM hourly_usage") == 1)
    }

    @Test("depths count by channel and state, with the age of the oldest")
    func depths() async throws {
        let file = try await TemporaryDatabase()
        for chat in 1...4 { try await file.reply("r", to: "\(chat)", at: .start + .seconds(Int64(chat))) }
        let claimed = try await file.claim(3, at: .start + minute)
        try await file.record(claimed[0].entry.id, .dead(reason: "x"))
        try await file.record(claimed[1].entry.id, .held(until: .start + .hours(1), reason: "quiet"))
        let expected = QueueDepth(
            channel: .telegram, pending: 1, leased: 1, held: 1, dead: 1, oldestPending: .start + .seconds(4))
        #expect(try await SQLOutboxReport(file.database).depths(now: .start) == [expected])
        #expect(try await file.chat.read { try $0.queueDepths(now: .start) } == [expected])
    }

    @Test("a reply keeps its text, its form and its expiry")
    func replyContent() async throws {
        let file = try await TemporaryDatabase()
        let reply = ReplyDelivery(
            channel: .telegram, address: "1", recipient: nil,
            message: Message(
                blocks: [.text([InlineSpan("a", .bold)]), .preformatted("b")],
                buttons: [[.init(label: "x", action: .command("/list"))]]),
            form: .edit(messageID: "77"), createdAt: .start, expiresAt: .start + minute)
        try await file.chat.write { try $0.enqueue(reply) }
        let entry = try #require(try await file.claim().first).entry
        #expect(entry.content == .message(reply.message, reply.form))
        #expect(entry.createdAt == .start)
        #expect(entry.expiresAt == .start + minute)
        #expect(entry.lane == .reply)
    }
}
