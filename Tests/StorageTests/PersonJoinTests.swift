import Chat
import Decisions
import Delivery
import Market
import Messages
import People
import Testing
import Turns

@testable import Storage

@Suite(.oneAtATime) struct PersonJoinTests {
    private func discordPerson(_ file: ContactFile, _ externalID: String) async throws -> Recipient {
        try await file.chat.write { session in
            try session.addRecipient(
                kind: .person, role: .user, preferences: Preferences(language: "es", zone: "Europe/Madrid"),
                identity: Identity(platform: .discord, externalID: externalID),
                address: Address(channel: .discord, value: externalID), at: .start)
        }
    }

    @Test("everything of the other becomes the one's: identities, addresses, rules, subscriptions, history, contacts")
    func joined() async throws {
        let file = try await ContactFile()
        let one = try await file.file.addPerson("1", subscribed: ["BTC", "ETH"], minimum: 0.8)
        let two = try await discordPerson(file, "9")
        try await file.verify(email("two@example.com"), of: two.id)
        try await file.verify(phone("+34600111222"), of: two.id)
        try await file.verify(email("one@example.com"), of: one.id)
        let outcome = try await file.chat.write { session in
            for text in ["BTC > 1", "BTC > 2"] { _ = try session.addRule(text: text, owner: one.id, at: .start) }
            for text in ["ETH > 1", "BTC > 2", "SOL > 3"] {
                _ = try session.addRule(text: text, owner: two.id, at: .start)
            }
            for (name, minimum) in [("BTC", 0.5), ("SOL", 0.9)] {
                try session.subscribe(
                    two.id, to: Subscription(symbol: symbol(name), minimumStrength: minimum), at: .start)
            }
            try session.audit("test", by: two.id, detail: "x", at: .start)
            try session.setLinkCode(hash: "h", of: one.id, expiresAt: .start + .minutes(10))
            #expect(try session.owner(ofLinkCode: "h", at: .start) == one.id)
            #expect(try session.owner(ofLinkCode: "h", at: .start + .minutes(10)) == nil)
            return try session.join(two.id, into: one.id, at: .start)
        }
        #expect(outcome.renumbered == [1: 4])
        #expect(outcome.duplicates == [2: 2])
        try await file.chat.read { session in
            #expect(try session.recipient(two.id) == nil)
            #expect(try session.recipient(for: Identity(platform: .discord, externalID: "9"))?.id == one.id)
            #expect(try session.recipient(one.id)?.preferences.zone == "Europe/Madrid")
            #expect(try session.recipient(one.id)?.preferences.language == "en")
            #expect(
                try session.rules(of: one.id).map { "\($0.number) \($0.text)" }
                    == ["1 BTC > 1", "2 BTC > 2", "3 SOL > 3", "4 ETH > 1"])
            let held = try session.subscriptions(of: one.id).map { "\($0.symbol) \($0.minimumStrength)" }
            #expect(Set(held) == ["BTC 0.5", "ETH 0.8", "SOL 0.9"])
            #expect(try session.contacts(of: one.id).map(\.contact.plain) == ["one@example.com", "+34600111222"])
            #expect(try session.addresses(of: one.id).count == 4)
            #expect(try session.owner(ofLinkCode: "h", at: .start) == nil)
        }
        let next = try await file.chat.write { try $0.addRule(text: "ADA > 1", owner: one.id, at: .start) }
        #expect(next.number > 4)
    }

    @Test("no alert is lost on the way: waiting, untold, or decided before the watch heard of the joining")
    func alertsInFlight() async throws {
        let file = try await ContactFile()
        let one = try await file.file.addPerson("1")
        let two = try await discordPerson(file, "9")
        let rule = try await file.chat.write { try $0.addRule(text: "BTC > 1", owner: two.id, at: .start) }
        try await file.file.publishAndExpand(ruleAlert(rule, sequence: 1))
        _ = try await file.file.alerts.publish(
            DecisionBatch(alerts: [ruleAlert(rule, sequence: 2)]), now: .start)
        _ = try await file.chat.write { try $0.join(two.id, into: one.id, at: .start) }
        _ = try await file.file.alerts.publish(
            DecisionBatch(alerts: [ruleAlert(rule, sequence: 3)]), now: .start)
        while try await file.file.alerts.expandNext(limit: 10, now: .start) != nil {}
        for (channel, count) in [("discord", 3), ("telegram", 2)] {
            #expect(
                try await file.file.count(
                    "SELECT count(*) FROM outbox WHERE recipient_id = \(one.id) AND channel = '\(channel)'") == count)
        }
        let claimed = try await file.claim(.discord)
        #expect(claimed.first?.isStillWanted == true)
        #expect(try await file.chat.read { try $0.history(of: one.id, symbol: nil, limit: 10) }.count == 5)
        // Whoever is joined again leads to the last one.
        let three = try await file.file.addPerson("3")
        _ = try await file.chat.write { try $0.join(one.id, into: three.id, at: .start) }
        try await file.file.publishAndExpand(ruleAlert(rule, sequence: 4))
        #expect(try await file.chat.read { try $0.history(of: three.id, symbol: nil, limit: 20) }.count == 8)
    }

    @Test("usage of the hour adds up, and who was told lately under one identity is not told again")
    func memory() async throws {
        let file = try await ContactFile()
        let one = try await file.file.addPerson("1", subscribed: ["BTC"])
        let two = try await discordPerson(file, "9")
        try await file.file.publishAndExpand(opportunityAlert())
        try await file.chat.write { session in
            try session.subscribe(two.id, to: Subscription(symbol: symbol("BTC"), minimumStrength: 0), at: .start)
            _ = try session.join(one.id, into: two.id, at: .start)
        }
        let expansions = try await file.file.publishAndExpand(opportunityAlert(at: .start + .minutes(5)))
        #expect(expansions.map(\.deduplicated).reduce(0, +) == 1)
    }

    @Test("every table that names a recipient is known to joining and to forgetting")
    func complete() async throws {
        let file = try await ContactFile()
        let tables = try await file.file.database.read { sql in
            try sql.rows(
                """
                SELECT DISTINCT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
                WHERE m.type = 'table' AND c.name IN ('recipient_id', 'owner_id')
                """
            ) { $0.text(0) }
        }
        #expect(Set(tables) == PersonJoin.tables)
    }
}
