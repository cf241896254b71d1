import Chat
import Decisions
import Delivery
import Market
import Messages
import People
import Testing
import Turns

@testable import Storage

@Suite(.oneAtATime) struct ContactNoticeTests {
    @Test("a permanent error turns the channel off for that person and is told elsewhere, in their language, with it")
    func permanentError() async throws {
        let file = try await ContactFile()
        let person = try await file.file.addPerson(
            "1", subscribed: ["BTC"],
            preferences: Preferences(language: "es", quietHours: QuietHours(start: 0, end: 1439)))
        let reference = try await file.verify(email("me@example.com"), of: person.id)
        try await file.file.publishAndExpand(opportunityAlert(priority: .high))
        let entry = try #require(try await file.claim(.email).first?.entry)
        #expect(entry.address == reference)
        try await file.outbox.record(
            [OutboxOutcome(id: entry.id, result: .addressGone(reason: "5.1.1"))], now: .start)
        let told = try await file.claim(.telegram).filter { $0.entry.lane == .reply }
        #expect(told.count == 1)
        let notice = try #require(told.first)
        #expect(notice.entry.label.contains("correo") && notice.entry.label.contains("5.1.1"))
        #expect(notice.entry.address == "1")
        #expect(DeliveryGate().verdict(for: notice, now: .start, ruleNow: .start) == .send)
        #expect(try await file.contacts(person.id).map(\.disabledReason) == ["5.1.1"])
        // A second error of the same address says nothing new.
        try await file.file.publishAndExpand(opportunityAlert("ETH", priority: .high))
        try await file.chat.write {
            try $0.disableAddress(channel: .email, value: reference, reason: "again", at: .start)
        }
        #expect(try await file.file.count("SELECT count(*) FROM outbox WHERE lane = 0") == 1)
    }

    @Test("who blocks the bot is told by e-mail; who has no other channel is left alone")
    func blocked() async throws {
        let file = try await ContactFile()
        let one = try await file.file.addPerson("1")
        try await file.file.addPerson("2")
        let reference = try await file.verify(email("me@example.com"), of: one.id)
        try await file.chat.write { session in
            for chat in ["1", "2"] {
                try session.disableAddress(channel: .telegram, value: chat, reason: "blocked", at: .start)
            }
        }
        let told = try await file.claim(.email)
        #expect(told.map(\.entry.address) == [reference])
        #expect(told.first?.entry.label.contains("Telegram") == true)
        #expect(try await file.file.count("SELECT count(*) FROM outbox") == 1)
    }

    @Test("STOP and START by SMS turn the phone off and on, each told once in the bot")
    func stopStart() async throws {
        let file = try await ContactFile()
        let person = try await file.file.addPerson("1")
        try await file.verify(phone("+34600111222"), of: person.id)
        #expect(try await file.stop("+34600111222", on: .sms, reason: ContactStop.stop))
        #expect(try await !file.stop("+34600111222", on: .sms, reason: ContactStop.stop))
        #expect(try await file.contacts(person.id).map(\.disabledReason) == [ContactStop.stop])
        #expect(try await file.start("+34 600 111 222", on: .sms))
        #expect(try await !file.start("+34600111222", on: .sms))
        #expect(try await file.contacts(person.id).map(\.disabledReason) == [nil])
        #expect(try await !file.stop("+34999999999", on: .sms, reason: ContactStop.stop))
        #expect(try await !file.stop("nonsense", on: .sms, reason: ContactStop.stop))
        let told = try await file.claim(.telegram)
        #expect(told.count == 1, "one at a time")
        #expect(told.first?.entry.label.contains("STOP") == true)
        #expect(try await file.file.count("SELECT count(*) FROM outbox WHERE channel = 'telegram'") == 2)
        // A provider's error is not undone by START.
        _ = try await file.stop("+34600111222", on: .sms, reason: "21614")
        #expect(try await !file.start("+34600111222", on: .sms))
    }

    @Test("an unsubscribe link ends the address it was made for, and no later one")
    func unsubscribe() async throws {
        let file = try await ContactFile()
        let links = UnsubscribeLinks(key: try SecretKey(secret), publicURL: "https://vigia.example/")
        let person = try await file.file.addPerson("1")
        let old = try await file.verify(email("old@example.com"), of: person.id)
        let url = try #require(links.url(contact: old, list: .alerts))
        #expect(url.hasPrefix("https://vigia.example/unsubscribe/"))
        let token = try #require(url.split(separator: "/").last.map(String.init))
        #expect(!token.contains(old))
        #expect(links.read(token)?.contact == old)
        #expect(try await file.book.subscriber(old)?.isSubscribed == true)
        #expect(try await file.book.subscriber(old)?.masked == "o…@e….com")
        #expect(try await file.book.unsubscribe(old))
        #expect(try await !file.book.unsubscribe(old))
        #expect(try await file.book.subscriber(old)?.isSubscribed == false)
        #expect(try await file.contacts(person.id).map(\.disabledReason) == [ContactStop.unsubscribed])
        #expect(try await file.claim(.telegram).first?.entry.label.contains("/email") == true)
        let new = try await file.verify(email("new@example.com"), of: person.id)
        #expect(try await file.book.subscriber(old) == nil)
        #expect(try await !file.book.unsubscribe(old))
        #expect(try await file.book.subscriber(new)?.isSubscribed == true)
    }

    @Test("a token that was changed anywhere, cut, made up or made with another key says nothing")
    func tokens() throws {
        let links = UnsubscribeLinks(key: try SecretKey(secret), publicURL: "https://vigia.example")
        let other = UnsubscribeLinks(
            key: try SecretKey("another secret that is long enough to be one"), publicURL: nil)
        let token = try #require(links.token(contact: "cABC", list: .digest))
        #expect(links.read(token)?.list == .digest)
        #expect(other.read(token) == nil)
        #expect(other.url(contact: "cABC", list: .alerts) == nil)
        let letters = Array(token.utf8)
        for index in letters.indices {
            var changed = letters
            changed[index] = changed[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            let text = String(decoding: changed, as: UTF8.self)
            // The last letter may carry bits that are no part of the bytes.
            if URLText.decode(text) != URLText.decode(token) { #expect(links.read(text) == nil, "\(index)") }
            #expect(links.read(String(token.prefix(index))) == nil)
        }
        for text in ["", "/", "..", "%00", "é", String(repeating: "A", count: 100_000)] {
            #expect(links.read(text) == nil)
        }
    }

    @Test("a secret that is too short is refused, and a fresh one is not")
    func secrets() throws {
        #expect(throws: SecretKey.Failure.tooShort(least: 32)) { try SecretKey("short") }
        #expect(throws: SecretKey.Failure.self) { try SecretKey("x" + String(repeating: " ", count: 40)) }
        #expect(SecretKey.fresh() != SecretKey.fresh())
        _ = try SecretKey(SecretKey.fresh())
    }

    @Test("the operator's own phone gets critical system alerts once, and its number is not stored")
    func operatorPhone() async throws {
        let file = try await ContactFile()
        let number = try #require(PhoneNumber("+34600999888"))
        let lookup = file.vault.lookup(number)
        try await file.chat.write { try $0.setSetting("sms.operator_phone", to: lookup) }
        try await file.file.publishAndExpand(systemAlert(.critical, key: "one"))
        try await file.file.publishAndExpand(systemAlert(.warning, key: "two"))
        let claimed = try await file.claim(.sms)
        #expect(claimed.map(\.entry.address) == ["operator"])
        #expect(DeliveryGate().verdict(for: try #require(claimed.first), now: .start, ruleNow: .start) == .send)
        let book = SQLContactBook(file.file.database, vault: file.vault, operatorPhone: number)
        #expect(try await book.address(of: "operator", on: .sms) == "+34600999888")
        #expect(try await book.address(of: "operator", on: .email) == nil)
        #expect(try await file.book.address(of: "operator", on: .sms) == nil)
        #expect(try !file.bytes().holds("600999888"))
        let person = try await file.file.addPerson("1", role: .operator)
        try await file.verify(.phone(number), of: person.id)
        try await file.file.publishAndExpand(systemAlert(.critical, key: "three"))
        #expect(
            try await file.file.count("SELECT count(*) FROM outbox WHERE channel = 'sms' AND state <> 'leased'") == 1)
    }

    @Test("a code that can never arrive is told at once, and the mistyped contact is gone")
    func codeFailed() async throws {
        let file = try await ContactFile()
        let person = try await file.file.addPerson("1")
        try await file.chat.write { session in
            let reference = try session.requestVerification(
                of: email("mistyped@example.com"), by: person.id, code: "111111", at: .start)
            try session.enqueue(
                ReplyDelivery(
                    channel: .email, address: reference, recipient: person.id, message: Message(blocks: []), form: .new,
                    createdAt: .start, expiresAt: .start + .minutes(10), isConfidential: true))
        }
        let entry = try #require(try await file.claim(.email).first?.entry)
        try await file.outbox.record([OutboxOutcome(id: entry.id, result: .addressGone(reason: "5.1.1"))], now: .start)
        #expect(try await file.contacts(person.id) == [])
        let told = try await file.claim(.telegram)
        #expect(told.map(\.entry.label).joined().contains("5.1.1"))
    }
}
