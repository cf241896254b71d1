import Decisions
import Delivery
import Foundation
import Market
import Messages
import People
import Storage
import Testing
import Turns

@testable import Chat

@Suite(.oneAtATime) struct OperatorTests {
    private func agent() async throws -> Conversations {
        try await Conversations(administrators: [Identity(platform: .telegram, externalID: "1")])
    }

    /// Everything that the fan-out would do now.
    private func expand(_ chat: Conversations) async throws {
        let alerts = SQLAlertStore(chat.database)
        while try await alerts.expandNext(limit: 50, now: chat.wall.now) != nil {}
    }

    @Test("whatever an operator changes is in the audit log with who, what and when; looking is not")
    func audit() async throws {
        let chat = try await agent()
        #expect(try await chat.answer("/ops audit").contains("No operator has changed"))
        try await chat.say("/start", from: "2")
        let other = try #require(try await chat.person("2")?.id)
        let changes = [
            "/ops pause", "/ops drain", "/ops resume", "/ops invite", "/ops retry all", "/ops test", "/ops retrain BTC",
            "/ops backup", "/ops silence BTC 2h maintenance", "/ops silence end 1", "/ops role \(other) operator",
            "/ops role \(other) user", "/ops ban \(other)",
        ]
        for line in changes { try await chat.say(line) }
        let text = try await chat.say("/ops broadcast Night shift")
        try await chat.say(try #require(text.first?.commands.first), pressedOn: "9")
        for line in ["/ops status", "/ops users", "/ops dead", "/ops queue", "/ops cost", "/ops log", "/ops audit"] {
            try await chat.say(line)
        }
        let count = try await chat.store.read { try $0.auditCount() }
        #expect(count == changes.count + 1)
        let first = try #require(try await chat.say("/ops audit").first)
        #expect(first.text.contains("broadcast Night shift"))
        #expect(first.text.contains("#1 telegram:1"))
        #expect(first.text.contains("Page 1/2"))
        #expect(first.commands == ["/ops audit 2 !"])
        let second = try #require(try await chat.say("/ops audit 2 !", pressedOn: "7").first)
        #expect(second.form == .edit(messageID: "7"))
        #expect(second.text.contains("pause") && second.commands == ["/ops audit 1 !"])
    }

    @Test("the audit log outlives the operator who is forgotten, without their words")
    func auditAfterForgetting() async throws {
        let chat = try await agent()
        try await chat.say("/start", from: "2")
        try await chat.say("/ops role telegram:2 operator")
        try await chat.say("/ops silence BTC 2h tellnobody", from: "2")
        let ask = try await chat.say("/forget", from: "2")
        try await chat.say(try #require(ask.first?.commands.first), from: "2", pressedOn: "1")
        let log = try await chat.answer("/ops audit")
        #expect(log.contains("somebody who is erased"))
        #expect(!log.contains("BTC 2h"))
    }

    @Test("a demoted operator's old buttons do nothing, and menus follow the role")
    func demoted() async throws {
        let chat = try await agent()
        try await chat.say("/start", from: "2")
        try await chat.say("/ops role telegram:2 operator")
        #expect(chat.heard.now.operators["telegram:2"] == true)
        let pause = try #require(try await chat.say("/ops pause", from: "2").first?.commands.first)
        #expect(pause == "/ops resume !")
        let draft = try await chat.say("/ops broadcast hello", from: "2")
        let send = try #require(draft.first?.commands.first)
        try await chat.say("/ops role telegram:2 user")
        #expect(chat.heard.now.operators["telegram:2"] == false)
        for line in [pause, send, "/ops retry all !", "/ops role telegram:2 operator"] {
            let answer = try await chat.answer(line, from: "2", pressedOn: "4")
            #expect(answer.contains("for operators"), "\(line)")
        }
        #expect(try await chat.store.read { try $0.setting("delivery.paused") } == "on")
        try await expand(chat)
        #expect(try await chat.replies().isEmpty)
        // Nor can another operator press the button of somebody's text.
        #expect(try await chat.answer(send).contains("expired"))
    }

    @Test(
        "a broadcast is confirmed, goes to every open chat once through the outbox, and to nobody who stopped or is banned"
    )
    func broadcast() async throws {
        let chat = try await agent()
        for person in ["2", "3", "4"] { try await chat.say("/start", from: person) }
        try await chat.say("/bind", from: "2", group: "-7", administrator: true)
        try await chat.say("/stop", from: "3")
        try await chat.say("/ops ban telegram:4")
        #expect(try await chat.answer("/ops broadcast").contains("/ops broadcast We move"))
        let long = String(repeating: "x", count: 1_001)
        #expect(try await chat.answer("/ops broadcast \(long)").contains("at most 1,000"))

        let draft = try #require(try await chat.say("/ops broadcast We <b>move</b> at 22:00 & later").first)
        #expect(draft.text.contains("(3)") && draft.text.contains("We <b>move</b> at 22:00 & later"))
        try await expand(chat)
        #expect(try await chat.replies().isEmpty, "nothing goes out before it is confirmed")
        #expect(try await chat.answer(draft.commands[0], pressedOn: "3").contains("3 people and places"))
        #expect(try await chat.answer(draft.commands[0], pressedOn: "3").contains("expired"), "a button works once")
        try await expand(chat)
        try await expand(chat)
        let claimed = try await chat.outbox.claim(
            channel: .telegram, limit: 10, now: chat.wall.now, lease: chat.wall.now + .seconds(30))
        #expect(Set(claimed.map(\.entry.address)) == ["1", "2", "-7"])
        #expect(claimed.allSatisfy { $0.isStillWanted })
    }

    @Test("a broadcast that is cancelled or waited for too long is not sent")
    func broadcastCancelled() async throws {
        let chat = try await agent()
        let draft = try #require(try await chat.say("/ops broadcast one").first)
        #expect(try await chat.answer(draft.commands[1], pressedOn: "3").contains("Nothing was sent"))
        #expect(try await chat.answer(draft.commands[0], pressedOn: "3").contains("expired"))
        let late = try #require(try await chat.say("/ops broadcast two").first)
        chat.wall.advance(by: .minutes(10))
        #expect(try await chat.answer(late.commands[0], pressedOn: "3").contains("expired"))
        #expect(try await chat.store.read { try $0.unexpandedAlerts() } == 0)
    }

    @Test("draining is durable, counts what is left, and resuming ends it")
    func drain() async throws {
        let chat = try await agent()
        try await chat.say("/ops pause")
        try await chat.say("/ops test")
        try await expand(chat)
        let started = try #require(try await chat.say("/ops drain").first)
        #expect(started.text.contains("Draining: 1 message"))
        #expect(chat.heard.now.settings["delivery.drain"] == .some("on"))
        #expect(chat.heard.now.settings["delivery.paused"] == .some(nil), "a brake would never let it end")
        #expect(try await chat.answer("/ops status").contains("Draining"))
        chat.wall.advance(by: .seconds(1))
        try await chat.say("/ops test")
        let done = try await chat.answer("/ops drain !", pressedOn: "3")
        #expect(done.contains("Drained") && done.contains("1 new alerts wait"))
        try await chat.say("/ops resume")
        #expect(try await chat.store.read { try $0.setting("delivery.drain") } == nil)
        #expect(chat.heard.now.settings["delivery.drain"] == .some(nil))
    }

    @Test("a refit is asked for with or without a symbol, and an unknown one is asked back")
    func retrain() async throws {
        let chat = try await agent()
        #expect(try await chat.answer("/ops retrain").contains("anew"))
        try await chat.say("/ops retrain bitcoin")
        let unknown = try #require(try await chat.say("/ops retrain ETG").first)
        #expect(unknown.commands.first == "/ops retrain ETH")
        #expect(chat.heard.now.retrains == [nil, Symbol("BTC")])
    }

    @Test("the bill names SMS against their caps and what went out by channel")
    func cost() async throws {
        let chat = try await agent()
        _ = try await chat.sms.reserve(SMSCaps(), now: chat.wall.now)
        try await chat.say("/ops test")
        try await expand(chat)
        _ = try await chat.replies()
        let bill = try await chat.answer("/ops cost")
        #expect(bill.contains("today 1 / 20") && bill.contains("this month 1 / 200"))
        #expect(bill.contains("Telegram: 1"))
    }

    @Test("people and dead letters are paged in place, and a page that is not there becomes the nearest")
    func pages() async throws {
        let chat = try await agent()
        for person in 2...20 { try await chat.say("/start", from: "\(person)") }
        let first = try #require(try await chat.say("/ops users").first)
        #expect(first.text.contains("telegram:1") && !first.text.contains("telegram:20"))
        #expect(first.commands == ["/ops users 2 !"])
        let last = try #require(try await chat.say("/ops users 99 !", pressedOn: "3").first)
        #expect(last.text.contains("telegram:20") && last.commands == ["/ops users 1 !"])

        // Twelve tests to a chat that is closed.
        for _ in 0..<12 {
            chat.wall.advance(by: .seconds(1))
            try await chat.say("/ops test")
        }
        try await chat.store.write { session in
            try session.disableAddress(channel: .telegram, value: "1", reason: "blocked", at: chat.wall.now)
        }
        try await expand(chat)
        let dead = try #require(try await chat.say("/ops dead").first)
        #expect(dead.text.contains("Page 1/2") && dead.commands == ["/ops dead 2 !", "/ops retry all !"])
        #expect(
            try await chat.say("/ops dead 2 !", pressedOn: "3").first?.text.components(separatedBy: "blocked").count
                == 3)
    }
}
