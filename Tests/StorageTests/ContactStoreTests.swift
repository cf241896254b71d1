import Chat
import Decisions
import Delivery
import Foundation
import Market
import Messages
import People
import Testing
import Turns

@testable import Storage

@Suite(.oneAtATime) struct ContactStoreTests {
    @Test("nothing of a contact or a code stands in the database's files, from the request to the erasing")
    func sealed() async throws {
        let file = try await ContactFile()
        let person = try await file.file.addPerson("1", subscribed: ["BTC"])
        let contacts = [email("secret.person@hidden-host.example"), phone("+34600111222")]
        for (contact, code) in zip(contacts, ["735162", "846273"]) {
            try await file.chat.write { session in
                let reference = try session.requestVerification(of: contact, by: person.id, code: code, at: .start)
                for (channel, address) in [(contact.channel, reference), (.telegram, "1")] {
                    try session.enqueue(
                        ReplyDelivery(
                            channel: channel, address: address, recipient: person.id,
                            message: Message(blocks: [.text([InlineSpan("\(code) for \(contact.plain)")])]), form: .new,
                            createdAt: .start, expiresAt: .start + .minutes(10), isConfidential: true))
                }
            }
            let waiting = try await file.claim(contact.channel)
            #expect(waiting.map(\.entry.label) == ["\(code) for \(contact.plain)"])
            #expect(try await file.book.address(of: waiting[0].entry.address, on: contact.channel) == contact.plain)
            #expect(!waiting[0].entry.address.contains("secret"))
            let verdict = try await file.chat.write { try $0.verify(code: code, of: person.id, at: .start) }
            guard case .verified(let stored, nil) = verdict else {
                Issue.record("\(verdict)")
                return
            }
            #expect(stored.contact == contact)
        }
        #expect(try await file.contacts(person.id).map(\.contact) == contacts)
        let export = try await file.chat.read { try $0.export(person.id) }
        #expect(export.contains("secret.person@hidden-host.example") && export.contains("+34600111222"))
        try await file.file.publishAndExpand(opportunityAlert(priority: .critical))
        let bytes = try file.bytes()
        #expect(bytes.holds("telegram"), "the scan sees what is there")
        for word in ["secret.person", "hidden-host", "600111222", "735162", "846273"] {
            #expect(!bytes.holds(word), "\(word)")
        }
        try await file.chat.write { try $0.forget(person.id) }
        #expect(try await file.file.count("SELECT count(*) FROM contacts") == 0)
        #expect(try await file.claim(.email, at: .start + .hours(1)).isEmpty)
    }

    @Test("another key opens nothing, says so plainly, and a sealed answer is dropped rather than stuck")
    func wrongKey() async throws {
        let file = try await ContactFile()
        try await file.vault.check(file.file.database)
        let other = try vault("another secret that is long enough to be one")
        // Without contacts a new key is simply the key.
        try await other.check(file.file.database)
        try await file.vault.check(file.file.database)
        let person = try await file.file.addPerson("1")
        let reference = try await file.verify(email("me@example.com"), of: person.id)
        await #expect(throws: StorageError.wrongKey) { try await other.check(file.file.database) }
        try await file.vault.check(file.file.database)
        await #expect(throws: StorageError.wrongKey) {
            try await SQLContactBook(file.file.database, vault: other).address(of: reference, on: .email)
        }
        #expect("\(StorageError.wrongKey)".contains("another key"))
        try await file.chat.write { session in
            try session.enqueue(
                ReplyDelivery(
                    channel: .telegram, address: "1", recipient: person.id, message: Message(blocks: []), form: .new,
                    createdAt: .start, expiresAt: .start + .minutes(1), isConfidential: true))
        }
        let claimed = try await SQLOutboxStore(file.file.database, vault: other).claim(
            channel: .telegram, limit: 10, now: .start, lease: .start + .seconds(30))
        #expect(claimed.map(\.addressDisabledReason) == ["sealed with another key"])
    }

    @Test("a sealed contact that is put into another row does not open there")
    func moved() async throws {
        let file = try await ContactFile()
        let one = try await file.file.addPerson("1")
        let two = try await file.file.addPerson("2")
        let first = try await file.verify(email("one@example.com"), of: one.id)
        let second = try await file.verify(email("two@example.com"), of: two.id)
        try await file.file.database.write { sql in
            try sql.execute(
                "UPDATE contacts SET sealed = (SELECT sealed FROM contacts WHERE reference = ?) WHERE reference = ?",
                [.text(first), .text(second)])
        }
        await #expect(throws: StorageError.wrongKey) { try await file.book.address(of: second, on: .email) }
    }

    @Test("nobody sees, confirms or removes another's contact")
    func strangers() async throws {
        let file = try await ContactFile()
        let one = try await file.file.addPerson("1")
        let two = try await file.file.addPerson("2")
        try await file.chat.write { session in
            _ = try session.requestVerification(of: email("one@example.com"), by: one.id, code: "123456", at: .start)
            #expect(try session.verify(code: "123456", of: two.id, at: .start) == .nothingWaits)
            #expect(try session.contacts(of: two.id) == [])
            #expect(try !session.removeContacts(channel: .email, of: two.id))
            try session.enableContact(channel: .email, of: two.id)
        }
        #expect(try await file.contacts(one.id).map(\.isVerified) == [false])
        #expect(try await file.contacts(two.id) == [])
    }

    @Test("a code has five tries and ten minutes, and every wrong one counts")
    func tries() async throws {
        let file = try await ContactFile()
        let person = try await file.file.addPerson("1")
        let outcomes = try await file.chat.write { session in
            _ = try session.requestVerification(of: email("a@example.com"), by: person.id, code: "000007", at: .start)
            return try (1...6).map { _ in try session.verify(code: "000008", of: person.id, at: .start) }
        }
        #expect(
            outcomes == [
                .wrong(triesLeft: 4), .wrong(triesLeft: 3), .wrong(triesLeft: 2), .wrong(triesLeft: 1), .noTriesLeft,
                .nothingWaits,
            ])
        try await file.chat.write { session in
            _ = try session.requestVerification(of: email("a@example.com"), by: person.id, code: "000007", at: .start)
            let late = Timestamp.start + .minutes(10)
            #expect(try session.verify(code: "000007", of: person.id, at: late) == .expired)
            #expect(try session.verify(code: "000007", of: person.id, at: .start) == .nothingWaits)
        }
    }

    @Test("three codes a person and day, one an address and hour, whoever asks and whatever was forgotten")
    func limits() async throws {
        let file = try await ContactFile()
        let one = try await file.file.addPerson("1")
        let two = try await file.file.addPerson("2")
        func allowance(_ contact: Contact, _ id: RecipientID, _ at: Timestamp) async throws -> CodeAllowance {
            try await file.chat.read { try $0.codeAllowance(for: contact, of: id, at: at) }
        }
        func ask(_ contact: Contact, _ id: RecipientID, _ at: Timestamp) async throws {
            try await file.chat.write {
                _ = try $0.requestVerification(of: contact, by: id, code: "111111", at: at)
            }
        }
        let number = phone("+34600111222")
        #expect(try await allowance(number, one.id, .start) == .allowed)
        try await ask(number, one.id, .start)
        let minute = Timestamp.start + .minutes(1)
        #expect(try await allowance(number, one.id, minute) == .contactHadOne(until: .start + .hours(1)))
        #expect(try await allowance(number, two.id, minute) == .contactHadOne(until: .start + .hours(1)))
        #expect(try await allowance(number, two.id, .start + .hours(1)) == .allowed)
        try await ask(email("a@example.com"), one.id, minute)
        try await ask(email("b@example.com"), one.id, minute)
        let full = CodeAllowance.personHadEnough(until: .start + .days(1))
        #expect(try await allowance(email("c@example.com"), one.id, minute) == full)
        #expect(
            try await allowance(email("B@Example.com"), two.id, minute) == .contactHadOne(until: minute + .hours(1)))
        try await file.chat.write { try $0.forget(one.id) }
        let again = try await file.file.addPerson("1")
        #expect(try await allowance(email("c@example.com"), again.id, minute) == full)
        #expect(try await allowance(email("c@example.com"), again.id, .start + .days(1)) == .allowed)
    }

    @Test("whoever reads the code at an address is its owner: the one who had it loses it")
    func takenOver() async throws {
        let file = try await ContactFile()
        let one = try await file.file.addPerson("1")
        let two = try await file.file.addPerson("2")
        try await file.verify(email("me@example.com"), of: one.id)
        let outcome = try await file.chat.write { session in
            _ = try session.requestVerification(of: email("ME@example.com"), by: two.id, code: "222222", at: .start)
            return try session.verify(code: "222222", of: two.id, at: .start)
        }
        guard case .verified(_, takenFrom: one.id) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(try await file.contacts(one.id) == [])
        #expect(try await file.chat.read { try $0.addresses(of: one.id) }.map(\.channel) == [.telegram])
        #expect(try await file.contacts(two.id).map(\.contact.plain) == ["ME@example.com"])
    }

    @Test("a new address takes the place of the old one, with what waits for it")
    func replaced() async throws {
        let file = try await ContactFile()
        let person = try await file.file.addPerson("1", subscribed: ["BTC"])
        let old = try await file.verify(email("old@example.com"), of: person.id)
        try await file.file.publishAndExpand(opportunityAlert(priority: .high))
        let new = try await file.verify(email("new@example.com"), of: person.id)
        #expect(try await file.contacts(person.id).map(\.contact.plain) == ["new@example.com"])
        let waiting = try await file.claim(.email)
        #expect(waiting.map(\.entry.address) == [new])
        #expect(waiting.map(\.addressDisabledReason) == [nil])
        #expect(try await file.book.address(of: old, on: .email) == nil)
    }

    @Test("alerts reach a contact only when it is verified, on, wanted, and its channel has a sender")
    func audience() async throws {
        let file = try await ContactFile()
        let person = try await file.file.addPerson("1", subscribed: ["BTC"])
        var minutes: Int64 = 0
        func channels(_ priority: Priority, senders: Set<ChannelKind> = [.email, .sms]) async throws -> [ChannelKind] {
            minutes += 60
            let alert = opportunityAlert(at: .start + .minutes(minutes), priority: priority)
            let store = SQLAlertStore(file.file.database, contactChannels: senders)
            _ = try await store.publish(DecisionBatch(alerts: [alert]), now: .start)
            var channels: Set<ChannelKind> = []
            while let expansion = try await store.expandNext(limit: 10, now: .start) {
                channels.formUnion(expansion.channels)
            }
            return ChannelKind.allCases.filter(channels.contains)
        }
        _ = try await file.chat.write { session in
            try session.requestVerification(of: email("me@example.com"), by: person.id, code: "111111", at: .start)
        }
        #expect(try await channels(.critical) == [.telegram])
        try await file.verify(email("me@example.com"), of: person.id)
        try await file.verify(phone("+34600111222"), of: person.id)
        #expect(try await channels(.critical) == [.telegram, .email, .sms])
        #expect(try await channels(.high) == [.telegram, .email])
        #expect(try await channels(.medium) == [.telegram])
        #expect(try await channels(.critical, senders: [.sms]) == [.telegram, .sms])
        try await choose(file, person.id) { $0.channelLevels[.email] = .medium }
        #expect(try await channels(.medium) == [.telegram, .email])
        try await choose(file, person.id) { preferences in
            preferences.channelLevels[.telegram] = .critical
            preferences.channelLevels[.sms] = .off
        }
        #expect(try await channels(.medium) == [.email])
        #expect(try await channels(.critical) == [.telegram, .email])
        try await file.stop("me@example.com", on: .email, reason: ContactStop.unsubscribed)
        #expect(try await channels(.critical) == [.telegram])
    }

    private func choose(
        _ file: ContactFile, _ id: RecipientID, _ change: @Sendable @escaping (inout Preferences) -> Void
    ) async throws {
        try await file.chat.write { session in
            guard var person = try session.recipient(id) else { throw StorageError.corrupt("nobody") }
            change(&person.preferences)
            try session.update(person)
        }
    }

    @Test("what was chosen about channels, budget and escalation is kept")
    func preferences() async throws {
        let file = try await ContactFile()
        var levels = ChannelLevels()
        levels[.email] = .off
        let chosen = Preferences(channelLevels: levels, attentionBudget: 7, escalation: .high)
        let person = try await file.file.addPerson("1", preferences: chosen)
        #expect(try await file.chat.read { try $0.recipient(person.id) }?.preferences == chosen)
        try await choose(file, person.id) { $0 = Preferences() }
        #expect(try await file.chat.read { try $0.recipient(person.id) }?.preferences == Preferences())
    }

    @Test("codes, requests and joining codes that are over are cleared away; verified contacts stay")
    func retention() async throws {
        let file = try await ContactFile()
        let person = try await file.file.addPerson("1")
        try await file.verify(email("me@example.com"), of: person.id)
        try await file.chat.write { session in
            _ = try session.requestVerification(of: phone("+34600111222"), by: person.id, code: "1", at: .start)
            try session.setLinkCode(hash: "h", of: person.id, expiresAt: .start + .minutes(10))
        }
        let later = Timestamp.start + .hours(25)
        _ = try await Retention(file.file.database).run(now: later, ruleTime: later)
        for (table, count) in [("contacts", 1), ("code_requests", 0), ("link_codes", 0)] {
            #expect(try await file.file.count("SELECT count(*) FROM \(table)") == count, "\(table)")
        }
    }

    @Test("a database of the first schema is carried over with what it holds")
    func migrated() async throws {
        let file = try await TemporaryDatabase(migrated: false)
        try await file.database.write { sql in
            try MigrationLog(sql, dialect: .sqlite).apply(.firstSchema, at: .start)
            try sql.execute(
                """
                INSERT INTO recipients (kind, role, stopped, language, zone, risk, created_at)
                VALUES ('person', 'user', 0, 'es', 'UTC', 'medium', 5)
                """)
        }
        try await file.database.migrate()
        let person = try #require(try await file.chat.read { try $0.recipient(RecipientID(1)) })
        #expect(person.preferences == Preferences(language: "es"))
    }
}
