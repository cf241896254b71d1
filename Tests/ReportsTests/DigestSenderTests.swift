import Decisions
import Delivery
import Foundation
import Market
import Messages
import People
import Storage
import Synchronization
import Testing
import Turns

@testable import Reports

@Suite(.oneAtATime) struct DigestSenderTests {
    private let due = Timestamp(milliseconds: 1_795_507_200_000)  // 08:00 UTC of the same day.

    @Test("a digest comes at its time, once, and the next one a day later")
    func onTime() async throws {
        let world = try await DigestWorld()
        _ = try await world.addPerson("1")
        let sender = try world.sender()
        #expect(try await sender.sendDue() == 0)
        world.clock.move(to: due - .milliseconds(1))
        #expect(try await sender.sendDue() == 0)
        world.clock.move(to: due)
        #expect(try await sender.sendDue() == 1)
        #expect(try await sender.sendDue() == 0)
        #expect(try await world.digests().count == 1)
        #expect(world.woken.withLock { $0 } == [.telegram])
        world.clock.move(to: due + .days(1))
        #expect(try await sender.sendDue() == 1)
        #expect(try await world.digests().count == 1)
    }

    @Test("what was missed in three days of silence is one digest over all of them, and the rhythm goes on")
    func missed() async throws {
        let world = try await DigestWorld()
        let person = try await world.addPerson("1", subscribed: ["BTC"])
        world.clock.move(to: due)
        try await world.sender().sendDue()
        _ = try await world.digests()
        for day in 0..<3 {
            world.clock.move(to: due + .days(Int64(day)) + .hours(2))
            try await world.publish(opportunityAlert(at: world.clock.now))
        }
        world.clock.move(to: due + .days(3) + .hours(5))
        // A process that was just started.
        #expect(try await world.sender().sendDue() == 1)
        #expect(try await world.sender().sendDue() == 0)
        let text = try #require(try await world.digests().first?.plainText)
        #expect(text.components(separatedBy: "BTC").count > 3)
        let digest = try #require(try await world.chat.read { try $0.digest(of: person.id) })
        #expect(digest.nextAt == due + .days(4))
    }

    @Test("two processes over one database send each digest once")
    func twice() async throws {
        let world = try await DigestWorld()
        for id in 1...20 { _ = try await world.addPerson("\(id)") }
        world.clock.move(to: due)
        let senders = [try world.sender(), try world.sender(), try world.sender()]
        let counts = try await withThrowingTaskGroup(of: Int.self) { group in
            for sender in senders { group.addTask { try await sender.sendDue() } }
            return try await group.reduce(0, +)
        }
        #expect(counts == 20)
        #expect(try await world.digests().count == 20)
    }

    /// Dies where it is told to, as a process would.
    private struct Dying: DigestStore {
        enum Moment { case beforeCommit, afterCommit }
        struct Death: Error {}
        let inner: SQLDigestStore
        let moment: Moment

        func dueDigests(now: Timestamp, limit: Int) async throws -> [DueDigest] {
            try await inner.dueDigests(now: now, limit: limit)
        }
        func facts(for id: RecipientID, alertsIn span: Range<Timestamp>) async throws -> DigestFacts? {
            try await inner.facts(for: id, alertsIn: span)
        }
        func opportunities(in span: Range<Timestamp>, limit: Int) async throws -> [ToldAlert] {
            try await inner.opportunities(in: span, limit: limit)
        }
        func complete(
            _ due: DueDigest, with delivery: DigestDelivery?, next: Timestamp, now: Timestamp
        ) async throws -> Bool {
            if moment == .beforeCommit { throw Death() }
            _ = try await inner.complete(due, with: delivery, next: next, now: now)
            throw Death()
        }
    }

    @Test("a crash before or after the commit neither loses nor repeats a digest")
    func crash() async throws {
        for (moment, rest) in [(Dying.Moment.beforeCommit, 1), (.afterCommit, 0)] {
            let world = try await DigestWorld()
            _ = try await world.addPerson("1")
            world.clock.move(to: due)
            _ = try await world.sender(store: Dying(inner: world.store, moment: moment)).sendDue()
            #expect(try await world.sender().sendDue() == rest)
            #expect(try await world.digests().count == 1)
        }
    }

    @Test("each gets it on the clock of their own zone and in their language, and by mail where there is a way")
    func readers() async throws {
        let world = try await DigestWorld()
        _ = try await world.addPerson("1", zone: "Europe/Madrid", language: "es")
        let reader = try await world.addPerson("2", zone: "America/New_York")
        try await world.chat.write { session in
            try session.setAddress(Address(channel: .email, value: "reader@example.org"), of: reader.id)
        }
        // Madrid's eight o'clock is over; the next is tomorrow's at 07:00 UTC.
        world.clock.move(to: due)
        #expect(try await world.sender().sendDue() == 0)
        world.clock.move(to: due + .hours(5))
        #expect(try await world.sender().sendDue() == 1)
        let mail = try #require(try await world.digests(.email).first)
        let letter = try #require(mail.letter)
        #expect(letter.subject == "Your day in the market, 24 Nov 2026")
        #expect(letter.html.contains("<h1"))
        #expect(!letter.html.contains("<time"))
        #expect(!letter.html.contains("{{"))
        world.clock.move(to: due + .hours(23))
        #expect(try await world.sender().sendDue() == 1)
        let chat = try #require(try await world.digests().first)
        #expect(chat.letter == nil)
        #expect(chat.plainText.contains("Tu día en el mercado"))
        #expect(chat.plainText.contains("08:00"))
    }

    @Test("without a sender for mail it comes by chat; who stopped gets none and does not find a pile on return")
    func ways() async throws {
        let world = try await DigestWorld()
        let reader = try await world.addPerson("1")
        var stopped = try await world.addPerson("2")
        stopped.stopped = true
        let person = stopped
        try await world.chat.write { session in
            try session.setAddress(Address(channel: .email, value: "reader@example.org"), of: reader.id)
            try session.update(person)
        }
        world.clock.move(to: due)
        #expect(try await world.sender(channels: [.telegram]).sendDue() == 1)
        #expect(try await world.digests().count == 1)
        let next = try await world.chat.read { try $0.digest(of: person.id)?.nextAt }
        #expect(next == due + .days(1))
    }

    @Test("one whose digest fails keeps it for the next round and holds up nobody")
    func oneFails() async throws {
        let world = try await DigestWorld()
        let broken = try await world.addPerson("1")
        _ = try await world.addPerson("2")
        world.clock.move(to: due)
        struct Picky: DigestStore {
            struct Refused: Error {}
            let inner: SQLDigestStore
            let refused: RecipientID
            func dueDigests(now: Timestamp, limit: Int) async throws -> [DueDigest] {
                try await inner.dueDigests(now: now, limit: limit)
            }
            func facts(for id: RecipientID, alertsIn span: Range<Timestamp>) async throws -> DigestFacts? {
                if id == refused { throw Refused() }
                return try await inner.facts(for: id, alertsIn: span)
            }
            func opportunities(in span: Range<Timestamp>, limit: Int) async throws -> [ToldAlert] { [] }
            func complete(
                _ due: DueDigest, with delivery: DigestDelivery?, next: Timestamp, now: Timestamp
            ) async throws -> Bool {
                try await inner.complete(due, with: delivery, next: next, now: now)
            }
        }
        #expect(try await world.sender(store: Picky(inner: world.store, refused: broken.id)).sendDue() == 1)
        #expect(try await world.sender().sendDue() == 1)
        #expect(try await world.digests().count == 2)
    }
}
