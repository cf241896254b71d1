import Chat
import Decisions
import Delivery
import Foundation
import Market
import People
import Testing
import Turns

@testable import Storage

@Suite(.oneAtATime) struct PeopleSessionTests {
    @Test("a person is found again by key and by identity, with every preference")
    func roundTrip() async throws {
        let file = try await TemporaryDatabase()
        let preferences = Preferences(
            language: "es", zone: "Europe/Madrid", quietHours: QuietHours(start: 1320, end: 420),
            mutedUntil: .start + .hours(2), risk: .high)
        let person = try await file.addPerson("42", preferences: preferences)
        try await file.chat.read { session throws in
            #expect(try session.recipient(person.id) == person)
            #expect(try session.recipient(for: Identity(platform: .telegram, externalID: "42")) == person)
            #expect(try session.recipient(for: Identity(platform: .discord, externalID: "42")) == nil)
            #expect(try session.identities(of: person.id) == [Identity(platform: .telegram, externalID: "42")])
            #expect(try session.addresses(of: person.id) == [Address(channel: .telegram, value: "42")])
        }
        var changed = person
        changed.role = .operator
        changed.stopped = true
        changed.preferences = Preferences()
        let stored = changed
        try await file.chat.write { try $0.update(stored) }
        #expect(try await file.chat.read { try $0.recipient(person.id) } == changed)
        #expect(try await file.chat.read { try $0.recipients(role: .operator) } == [changed])
    }

    @Test("an identity belongs to one recipient")
    func oneIdentity() async throws {
        let file = try await TemporaryDatabase()
        try await file.addPerson("42")
        await #expect(throws: (any Error).self) { try await file.addPerson("42") }
        #expect(try await file.chat.read { try $0.recipientCount().people } == 1)
    }

    @Test("people, places, operators and blocked are counted")
    func counts() async throws {
        let file = try await TemporaryDatabase()
        try await file.addPerson("1", role: .operator)
        try await file.addPerson("2", role: .blocked)
        try await file.chat.write { session throws in
            _ = try session.addRecipient(
                kind: .place, role: .user, preferences: Preferences(),
                identity: Identity(platform: .telegram, externalID: "-5"),
                address: Address(channel: .telegram, value: "-5"), at: .start)
        }
        let count = try await file.chat.read { try $0.recipientCount() }
        #expect((count.people, count.places, count.operators, count.blocked) == (2, 1, 1, 1))
    }

    @Test("a disabled address works again once it is set anew")
    func disabledAddress() async throws {
        let file = try await TemporaryDatabase()
        let person = try await file.addPerson("42")
        try await file.chat.write {
            try $0.disableAddress(channel: .telegram, value: "42", reason: "blocked", at: .start)
        }
        #expect(try await file.chat.read { try $0.addresses(of: person.id).first?.disabledReason } == "blocked")
        try await file.chat.write { try $0.setAddress(Address(channel: .telegram, value: "42"), of: person.id) }
        #expect(
            try await file.chat.read { try $0.addresses(of: person.id) } == [Address(channel: .telegram, value: "42")])
        try await file.chat.write { try $0.removeAddress(channel: .telegram, value: "42", of: person.id) }
        #expect(try await file.chat.read { try $0.addresses(of: person.id) } == [])
    }

    @Test("subscriptions replace, count and end")
    func subscriptions() async throws {
        let file = try await TemporaryDatabase()
        let one = try await file.addPerson("1", subscribed: ["BTC", "ETH/BTC"])
        let two = try await file.addPerson("2", subscribed: ["BTC"])
        try await file.chat.write { session throws in
            try session.subscribe(one.id, to: Subscription(symbol: symbol("BTC"), minimumStrength: 0.9), at: .start)
            #expect(
                try session.subscriptions(of: one.id) == [
                    Subscription(symbol: symbol("BTC"), minimumStrength: 0.9),
                    Subscription(symbol: symbol("ETH/BTC"), minimumStrength: 0),
                ])
            #expect(try session.subscriptionCounts() == [symbol("BTC"): 2, symbol("ETH/BTC"): 1])
            #expect(try session.unsubscribe(two.id, from: symbol("BTC")))
            #expect(try !session.unsubscribe(two.id, from: symbol("BTC")))
        }
        #expect(try await file.rules.subscribedSymbols() == [one.id: [symbol("BTC"), symbol("ETH/BTC")]])
        #expect(try await file.rules.demandedSymbols() == [symbol("BTC"), symbol("ETH/BTC")])
    }

    @Test("a code works once, in time, for its purpose")
    func codes() async throws {
        let file = try await TemporaryDatabase()
        try await file.chat.write { session throws in
            try session.addCode(hash: "h", purpose: "claim", expiresAt: .start + .minutes(15))
            #expect(try !session.redeemCode(hash: "h", purpose: "invite", at: .start))
            #expect(try !session.redeemCode(hash: "x", purpose: "claim", at: .start))
            #expect(try !session.redeemCode(hash: "h", purpose: "claim", at: .start + .minutes(15)))
            #expect(try session.redeemCode(hash: "h", purpose: "claim", at: .start + .minutes(14)))
            #expect(try !session.redeemCode(hash: "h", purpose: "claim", at: .start))
        }
    }

    @Test("an update is admitted once, across restarts")
    func inbox() async throws {
        let file = try await TemporaryDatabase()
        #expect(try await file.chat.write { try $0.admit(updateKey: "telegram:1", at: .start) })
        #expect(try await !file.chat.write { try $0.admit(updateKey: "telegram:1", at: .start) })
        let again = SQLChatStore(try await file.reopened())
        #expect(try await !again.write { try $0.admit(updateKey: "telegram:1", at: .start) })
        #expect(try await again.write { try $0.admit(updateKey: "telegram:2", at: .start) })
    }

    @Test("users are paged by key with their identities")
    func paging() async throws {
        let file = try await TemporaryDatabase()
        for number in 1...5 { try await file.addPerson("\(number)") }
        try await file.chat.read { session throws in
            let first = try session.recipients(limit: 3, offset: 0)
            let rest = try session.recipients(limit: 3, offset: 3)
            #expect((first + rest).flatMap(\.identities).map(\.externalID) == ["1", "2", "3", "4", "5"])
        }
    }

    @Test("settings are set, replaced and removed")
    func settings() async throws {
        let file = try await TemporaryDatabase()
        try await file.chat.write { session throws in
            #expect(try session.setting("delivery.paused") == nil)
            try session.setSetting("delivery.paused", to: "telegram")
            try session.setSetting("delivery.paused", to: "all")
            #expect(try session.setting("delivery.paused") == "all")
            try session.setSetting("delivery.paused", to: nil)
            #expect(try session.setting("delivery.paused") == nil)
        }
    }
}

@Suite(.oneAtATime) struct ForgettingTests {
    @Test("forgetting erases every trace of a person; deliveries stay without content or address")
    func forget() async throws {
        let file = try await TemporaryDatabase()
        let person = try await file.addPerson("4242424242", subscribed: ["BTC"])
        let other = try await file.addPerson("7", subscribed: ["BTC"])
        let rule = try await file.chat.write { session throws in
            _ = try session.addDraft(text: "BTC > secretdraft", owner: person.id, expiresAt: .start + .hours(1))
            try session.audit("ban", by: person.id, detail: "4242424242", at: .start)
            return try session.addRule(text: "BTC > 70000 secretrule", owner: person.id, at: .start)
        }
        try await file.publishAndExpand(ruleAlert(rule))
        try await file.publishAndExpand(opportunityAlert())
        try await file.reply("secretreply", to: "4242424242", recipient: person.id)
        // Their reply and the other person's alert are in flight.
        let claimed = try await file.outbox.claim(
            channel: .telegram, limit: 10, now: .start, lease: .start + .minutes(1))
        #expect(claimed.count == 2)

        try await file.chat.write { session throws in
            try session.forget(person.id)
            try session.enqueue(replyDelivery("bye", to: "4242424242", recipient: person.id))
        }
        try await file.outbox.record(
            claimed.map { OutboxOutcome(id: $0.entry.id, result: .sent(providerMessageID: "1"), countedAt: .start) },
            now: .start)

        let last = try await file.outbox.claim(channel: .telegram, limit: 10, now: .start, lease: .start + .minutes(1))
        #expect(last.map(\.entry.label) == ["bye"])
        let bye = try #require(last.first)
        #expect(bye.entry.recipient == nil)
        try await file.outbox.record(
            last.map { OutboxOutcome(id: $0.entry.id, result: .sent(providerMessageID: "2")) }, now: .start)

        #expect(try await file.count("SELECT count(*) FROM outbox WHERE reason = 'forgotten'") == 2)
        #expect(try await file.chat.read { try $0.recipient(person.id) } == nil)
        #expect(try await file.chat.read { try $0.recipient(other.id) } != nil)
        #expect(try await file.rules.rules(after: nil, limit: 100).isEmpty)
        let dump = try await file.everyText()
        for word in ["4242424242", "secretdraft", "secretrule", "secretreply"] {
            #expect(!dump.contains(word), "\(word) is still stored")
        }
        #expect(try await file.count("SELECT count(*) FROM pragma_foreign_key_check") == 0)
    }

    @Test("the export holds everything that is stored of a person, as one JSON document")
    func export() async throws {
        let file = try await TemporaryDatabase()
        let person = try await file.addPerson("42", subscribed: ["BTC"])
        let rule = try await file.chat.write { session throws in
            _ = try session.addDraft(text: "ETH > 5", owner: person.id, expiresAt: .start + .hours(1))
            try session.audit("retry", by: person.id, detail: "all", at: .start)
            return try session.addRule(text: "BTC > 70000", owner: person.id, at: .start)
        }
        try await file.publishAndExpand(ruleAlert(rule))
        let text = try await file.chat.read { try $0.export(person.id) }
        let document = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        for key in ["identities", "addresses", "subscriptions", "rules", "drafts", "deliveries", "audit"] {
            #expect((document[key] as? [Any])?.count == 1, "\(key)")
        }
        #expect((document["recipient"] as? [String: Any])?["id"] as? Int == Int(person.id.rawValue))
    }
}

@Suite(.oneAtATime) struct ChatMoveTests {
    private func addGroup(_ file: TemporaryDatabase, _ chat: String) async throws -> Recipient {
        try await file.chat.write { session throws in
            try session.addRecipient(
                kind: .place, role: .user, preferences: Preferences(),
                identity: Identity(platform: .telegram, externalID: chat),
                address: Address(channel: .telegram, value: chat), at: .start)
        }
    }

    @Test("a group that became a supergroup keeps its identity, address and queue")
    func move() async throws {
        let file = try await TemporaryDatabase()
        let group = try await addGroup(file, "-5")
        try await file.reply("one", to: "-5")
        try await file.chat.write { try $0.moveChat(platform: .telegram, from: "-5", to: "-1005") }
        try await file.chat.read { session throws in
            #expect(try session.recipient(for: Identity(platform: .telegram, externalID: "-1005"))?.id == group.id)
            #expect(try session.recipient(for: Identity(platform: .telegram, externalID: "-5")) == nil)
            #expect(try session.addresses(of: group.id).map(\.value) == ["-1005"])
        }
        let claimed = try await file.outbox.claim(
            channel: .telegram, limit: 5, now: .start, lease: .start + .minutes(1))
        #expect(claimed.map(\.entry.address) == ["-1005"])
    }

    @Test("a send that learns of the move is due at once at the new chat, ahead of what came later")
    func movedOutcome() async throws {
        let file = try await TemporaryDatabase()
        let group = try await addGroup(file, "-5")
        try await file.reply("one", to: "-5")
        let claimed = try await file.outbox.claim(
            channel: .telegram, limit: 5, now: .start, lease: .start + .minutes(1))
        try await file.reply("two", to: "-5")
        try await file.outbox.beginSend(claimed.map(\.entry.id), now: .start)
        try await file.outbox.record([OutboxOutcome(id: claimed[0].entry.id, result: .moved(to: "-1005"))], now: .start)
        #expect(try await file.chat.read { try $0.addresses(of: group.id).map(\.value) } == ["-1005"])
        let again = try await file.outbox.claim(channel: .telegram, limit: 5, now: .start, lease: .start + .minutes(1))
        #expect(again.map(\.entry.label) == ["one"])
        #expect(again.map(\.entry.address) == ["-1005"])
        #expect(again.map(\.entry.possibleRepeat) == [false])
    }

    @Test("what waited in the queue of both chats is in one queue, each alert once")
    func mergedQueues() async throws {
        let file = try await TemporaryDatabase()
        let group = try await addGroup(file, "-5")
        try await file.chat.write { session throws in
            try session.subscribe(group.id, to: Subscription(symbol: symbol("BTC"), minimumStrength: 0), at: .start)
            try session.setAddress(Address(channel: .telegram, value: "-1005"), of: group.id)
        }
        try await file.publishAndExpand(opportunityAlert())
        #expect(try await file.count("SELECT count(*) FROM outbox WHERE state = 'pending'") == 2)
        try await file.reply("old", to: "-5")
        try await file.reply("new", to: "-1005")
        try await file.chat.write { try $0.moveChat(platform: .telegram, from: "-5", to: "-1005") }
        var labels: [String] = []
        while let next = try await file.outbox.claim(
            channel: .telegram, limit: 5, now: .start, lease: .start + .minutes(1)
        ).first {
            labels.append(next.entry.label)
            try await file.outbox.record(
                [OutboxOutcome(id: next.entry.id, result: .sent(providerMessageID: nil))], now: .start)
        }
        #expect(labels == ["old", "new", "opportunity:BTC:trend:buy:1800000000000"])
    }

    @Test("an empty newcomer made for the new chat gives way to the group that moved there")
    func newcomer() async throws {
        let file = try await TemporaryDatabase()
        let group = try await addGroup(file, "-5")
        let newcomer = try await addGroup(file, "-1005")
        try await file.chat.write { try $0.moveChat(platform: .telegram, from: "-5", to: "-1005") }
        try await file.chat.read { session throws in
            #expect(try session.recipient(for: Identity(platform: .telegram, externalID: "-1005"))?.id == group.id)
            #expect(try session.recipient(newcomer.id) == nil)
            #expect(try session.addresses(of: group.id).map(\.value) == ["-1005"])
        }
    }
}

extension TemporaryDatabase {
    /// Every stored value of every table as one text.
    func everyText() async throws -> String {
        try await database.read { sql in
            let tables = try sql.rows(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            ) {
                $0.text(0)
            }
            var text = ""
            for table in tables {
                let columns = try sql.rows("SELECT name FROM pragma_table_info('\(table)')") { $0.text(0) }
                let joined = columns.map { "coalesce(CAST(\($0) AS TEXT), '')" }.joined(separator: " || ' ' || ")
                text += try sql.rows("SELECT \(joined) FROM \(table)") { $0.text(0) }.joined(separator: "\n")
            }
            return text
        }
    }
}
