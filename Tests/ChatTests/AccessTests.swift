import Storage
import Market
import People
import Testing
import Turns

@testable import Chat

@Suite(.oneAtATime) struct AccessTests {
    private func addCode(_ code: String, _ purpose: String, _ chat: Conversations) async throws {
        let expiry = chat.wall.now + .minutes(15)
        try await chat.store.write { try $0.addCode(hash: "hash-" + code, purpose: purpose, expiresAt: expiry) }
    }

    @Test("in claim mode nobody gets in until somebody claims, then it is by invitation")
    func claim() async throws {
        let chat = try await Conversations(access: .claim)
        #expect(try await chat.answer("/start").contains("no operator yet"))
        #expect(try await chat.answer("/subscribe BTC").contains("no operator yet"))
        #expect(try await chat.answer("/help").contains("/price"))
        #expect(try await chat.answer("/privacy").contains("/forget"))
        #expect(try await chat.person() == nil, "a stranger is not stored")

        try await addCode("k1", "claim", chat)
        #expect(try await chat.answer("/claim wrong").contains("unknown, used or older"))
        #expect(try await chat.answer("/claim k1").contains("operator now"))
        #expect(try await chat.person()?.role == .operator)
        #expect(try await chat.answer("/claim k1", from: "2").contains("unknown, used or older"), "single use")
        #expect(try await chat.answer("/price BTC", from: "2").contains("by invitation"))
    }

    @Test("an invitation lets one person in, once, until it expires")
    func invitation() async throws {
        let chat = try await Conversations(
            access: .invite, administrators: [Identity(platform: .telegram, externalID: "1")])
        let invite = try await chat.answer("/ops invite")
        #expect(invite.contains("/start i_code1"))
        #expect(invite.contains("https://t.me/vigia_test_bot?start=i_code1"))
        #expect(try await chat.answer("/list", from: "2").contains("by invitation"))
        #expect(try await chat.answer("/start i_code1", from: "2", language: "es-MX").contains("te doy la bienvenida"))
        #expect(try await chat.person("2")?.role == .user)
        #expect(try await chat.person("2")?.preferences.language == "es")
        #expect(try await chat.answer("/start i_code1", from: "3").contains("unknown, used or expired"))
        try await chat.say("/ops invite")
        chat.wall.advance(by: .days(8))
        #expect(try await chat.answer("/start i_code2", from: "3").contains("unknown, used or expired"))
    }

    @Test("a claim code is no invitation and an invitation is no claim code")
    func purposes() async throws {
        let chat = try await Conversations(access: .claim)
        try await addCode("c", "claim", chat)
        try await addCode("i", "invite", chat)
        #expect(try await chat.answer("/start i_c").contains("unknown"))
        #expect(try await chat.answer("/claim i").contains("unknown"))
    }

    @Test("who is named in VIGIA_ADMINS is an operator at first contact, also when known before")
    func administrators() async throws {
        let admin = Identity(platform: .telegram, externalID: "1")
        let chat = try await Conversations(access: .claim, administrators: [admin])
        #expect(try await chat.answer("/ops status").contains("0.0-test"))
        try await chat.store.write { session in
            guard var person = try session.recipient(for: admin) else { return }
            person.role = .blocked
            try session.update(person)
        }
        #expect(try await chat.answer("/ops status").contains("0.0-test"))
    }

    @Test("operator commands are refused to everybody else, and in groups")
    func operators() async throws {
        let chat = try await Conversations(administrators: [Identity(platform: .telegram, externalID: "1")])
        for line in ["/ops", "/ops users", "/ops role 1 user", "/ops log", "/ops invite", "/OPS status"] {
            #expect(try await chat.answer(line, from: "2").contains("for operators"))
        }
        #expect(
            try await chat.say("/ops status", group: "-5", administrator: true).first?.text.contains("private chat")
                == true)
    }

    @Test("a banned person gets no answer, alone or in a group, and cannot use buttons")
    func banned() async throws {
        let chat = try await Conversations(administrators: [Identity(platform: .telegram, externalID: "1")])
        try await chat.say("/start", from: "2")
        let id = try #require(try await chat.person("2")?.id)
        #expect(try await chat.answer("/ops ban \(id)").contains("blocked"))
        #expect(try await chat.say("/price BTC", from: "2").isEmpty)
        #expect(try await chat.say("/movers !", from: "2", pressedOn: "5").isEmpty)
        #expect(try await chat.say("/price BTC", from: "2", group: "-5").isEmpty)
        #expect(try await chat.answer("/ops role telegram:2 user").contains("user"))
        #expect(try await chat.say("/start", from: "2").count == 1)
    }

    @Test("nobody sees or changes another's rules, drafts or alerts by guessing numbers")
    func guessing() async throws {
        let chat = try await Conversations()
        let draft = try await chat.say("/alert BTC > 70000", from: "1")
        let confirm = try #require(draft.first?.commands.first)
        #expect(try await chat.answer(confirm, from: "2").contains("no longer waiting"))
        #expect(try await chat.answer(confirm, from: "1").contains("Rule made"))
        #expect(try await chat.answer(confirm, from: "1").contains("no longer waiting"), "a draft is used once")
        for line in ["/delete 1", "/pause 1", "/resume #1"] {
            #expect(try await chat.answer(line, from: "2").contains("no rule #1"))
        }
        let stamp = chat.wall.now.milliseconds / 1_000 + 30
        #expect(try await chat.answer("/delete 1 yes \(stamp)", from: "2").contains("no rule #1"))
        #expect(try await chat.ruleTexts("1") == ["BTC > 70000"])
        #expect(try await chat.answer("/alerts", from: "2").contains("no rules yet"))
        #expect(try await chat.answer("/why 1", from: "2").contains("no alert"))
    }

    @Test("in a group everybody may ask, only administrators change, and personal commands are refused")
    func groups() async throws {
        let chat = try await Conversations(access: .open)
        chat.board.put("BTC", "61000", at: chat.wall.now)
        func say(_ line: String, administrator: Bool?) async throws -> String {
            try await chat.say(line, from: "8", group: "-100/4", administrator: administrator).first?.text ?? ""
        }
        #expect(try await say("/price BTC", administrator: nil).contains("61,000"))
        for line in ["/subscribe BTC", "/alert BTC > 1", "/quiet off", "/language es", "/bind", "/stop", "/delete 1"] {
            #expect(try await say(line, administrator: false).contains("Only administrators"))
            #expect(try await say(line, administrator: nil).contains("Only administrators"))
        }
        for line in ["/export", "/forget", "/claim x"] {
            #expect(try await say(line, administrator: true).contains("private chat only"))
        }
        #expect(try await say("/subscribe BTC", administrator: true).contains("/bind"))
        #expect(try await say("/bind", administrator: true).contains("from now on"))
        let place = Identity(platform: .telegram, externalID: "-100/4")
        let stored = try await chat.store.read { session in
            try session.recipient(for: place).map { ($0.kind, $0.stopped, try session.subscriptions(of: $0.id).count) }
        }
        let (kind, stopped, count) = try #require(stored)
        #expect(kind == .place && !stopped && count == 1)
        #expect(try await chat.person("8") == nil, "asking in a group stores nobody")
        #expect(try await say("/unbind", administrator: true).contains("No more alerts"))
        #expect(try await say("/list", administrator: nil).contains("/bind"))
    }

    @Test("a stranger cannot bring a closed bot into a group, a member can")
    func closedGroups() async throws {
        let chat = try await Conversations(
            access: .invite, administrators: [Identity(platform: .telegram, externalID: "1")])
        #expect(try await chat.say("/price BTC", from: "2", group: "-5").first?.text.contains("by invitation") == true)
        try await chat.say("/start", from: "1")
        #expect(
            try await chat.say("/bind", from: "1", group: "-5", administrator: true).first?.text.contains("from now on")
                == true)
        #expect(try await chat.say("/price BTC", from: "2", group: "-5").first?.text.contains("BTC") == true)
    }

    @Test("a front end asks for administrators only where it matters")
    func needs() {
        let commands = CommandList.standard
        #expect(commands.needsAdministrator("/subscribe BTC"))
        #expect(commands.needsAdministrator("/bind@bot"))
        #expect(!commands.needsAdministrator("/price BTC"))
        #expect(!commands.needsAdministrator("hello"))
    }
}
