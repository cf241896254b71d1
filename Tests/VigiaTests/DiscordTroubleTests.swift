import Foundation
import Support
import Testing
import Turns

/// The real agent while its connection to Discord is in trouble: after each it answers again, or says why it cannot.
@Suite(.oneAtATime, .serialized, .timeLimit(.minutes(5))) struct DiscordTroubleTests {
    private final class Talk {
        let fake: FakeDiscord
        let home: String
        private var answers = 0

        init(_ fake: FakeDiscord) {
            self.fake = fake
            home = fake.privateChannel(of: "1")
        }

        /// A slash command is given now, whatever the connection is like, and answered.
        func isAnswered(after what: String) async throws {
            await fake.command("price", ["symbols": "BTC"], user: "1")
            answers += 1
            let (home, count) = (home, answers)
            let answer = try await fake.until("an answer after \(what)", within: .seconds(30)) { journal in
                journal.messages(in: home).count == count ? journal.messages(in: home).last : nil
            }
            #expect(answer.way == "answer" && answer.text.contains("BTC"), "\(what)")
            // A connection that has lived for a beat: what ends younger ones over and over is not chased.
            let beats = fake.journal.gateway.count { $0 == "heartbeat" }
            try await fake.wait(for: "a beat") { $0.gateway.count { $0 == "heartbeat" } > beats }
        }

        func sessions() -> Int { fake.journal.gateway.count { $0.hasPrefix("identify") } }
        func resumes() -> Int { fake.journal.gateway.count { $0.hasPrefix("resume") } }

        func resumed(_ count: Int, _ what: String) async throws {
            try await fake.wait(for: "a resume after \(what)", within: .seconds(20)) {
                $0.gateway.count { $0.hasPrefix("resume") } == count
            }
        }
    }

    @Test("commands are answered after a resume, a reconnect, an invalid session of both kinds and a dead connection")
    func troubles() async throws {
        let fake = try await FakeDiscord.start()
        fake.setHeartbeat(milliseconds: 700)
        let exchange = try await DiscordAgentTests.exchange()
        let folder = try VigiaProcess.temporaryFolder("discord-trouble")
        let agent = try DiscordAgentTests.agent(fake, exchange, folder)
        try agent.start()
        try await agent.waitUntilReady()
        let talk = Talk(fake)
        try await talk.isAnswered(after: "the start")

        // The command falls into the gap and is heard after the resume.
        await fake.closeGateways(code: nil)
        try await talk.isAnswered(after: "a broken connection")
        #expect(talk.resumes() == 1 && talk.sessions() == 1)

        await fake.closeGateways(code: 4000)
        try await talk.isAnswered(after: "a closed connection")
        #expect(talk.resumes() == 2 && talk.sessions() == 1)

        await fake.askToReconnect()
        try await talk.isAnswered(after: "a request to reconnect")
        #expect(talk.resumes() == 3 && talk.sessions() == 1)

        fake.invalidateNextResume(resumable: true)
        await fake.askToReconnect()
        try await talk.isAnswered(after: "a session that may be resumed")
        #expect(talk.resumes() == 5 && talk.sessions() == 1)

        fake.setAcknowledgesBeats(false)
        try await talk.resumed(6, "unanswered beats")
        fake.setAcknowledgesBeats(true)
        try await talk.isAnswered(after: "a dead connection")
        #expect(talk.sessions() == 1)
        #expect(fake.journal.gateway.contains("close 4900"))

        fake.invalidateNextResume(resumable: false)
        await fake.askToReconnect()
        try await fake.wait(for: "another session", within: .seconds(30)) {
            $0.gateway.count { $0.hasPrefix("identify") } == 2
        }
        while !fake.isConnected { try await ContinuousClock().sleep(for: .milliseconds(10)) }
        try await talk.isAnswered(after: "a lost session")

        // Each was answered once, and the agent was ready all the time.
        #expect(fake.journal.callbacks.count == 7 && talk.sessions() == 2)
        #expect(await agent.status(of: "/ready") == 200)
        #expect(agent.stop() == 0)
        await exchange.stop()
        await fake.stop()
        try? FileManager.default.removeItem(at: folder)
    }

    @Test(
        "a revoked token: the operators hear it elsewhere, /ready and the log say so, and the rest of the agent lives")
    func revoked() async throws {
        let fake = try await FakeDiscord.start()
        let telegram = try await FakeTelegram.start()
        let exchange = try await DiscordAgentTests.exchange()
        let folder = try VigiaProcess.temporaryFolder("discord-revoked")
        let agent = try DiscordAgentTests.agent(
            fake, exchange, folder,
            [
                "TELEGRAM_BOT_TOKEN": telegram.token, "TELEGRAM_API_URL": telegram.url,
                "VIGIA_ADMINS": "discord:1,telegram:5",
            ])
        try agent.start()
        try await agent.waitUntilReady()
        let talk = Talk(fake)
        let operatorChat = telegram.user(5)
        operatorChat.says("/price BTC")
        _ = try await telegram.message(for: 5, within: .seconds(30))

        fake.revokeToken()
        await fake.closeGateways(code: 4004)
        let words = "Discord refuses the bot for good (token)"
        let notice = try await telegram.message(for: 5, within: .seconds(30)) { $0.text.contains(words) }
        #expect(!notice.isSilent)
        #expect(await agent.status(of: "/ready") == 503)
        let parts = await agent.body(of: "/ready") ?? ""
        #expect(parts.contains("discord") && parts.contains("refused(reason: \\\"token\\\")"), "\(parts)")
        #expect(agent.log.contains("Discord refuses the bot"))
        // It does not knock again, and all else goes on.
        let knocks = fake.journal.gateway.count { $0.hasPrefix("connect") }
        let before = telegram.journal.sent.count
        operatorChat.says("/price BTC")
        _ = try await telegram.message(for: 5, from: before, within: .seconds(30)) { $0.text.contains("BTC") }
        #expect(agent.isRunning && knocks == 1)
        #expect(fake.journal.gateway.count { $0.hasPrefix("connect") } == knocks)

        // Started anew with the token still refused it lives too; with a good one it answers again.
        #expect(agent.stop() == 0)
        try agent.start()
        var status: Int?
        while status == nil || !agent.log.contains("Discord refuses the bot") {
            status = await agent.status(of: "/ready")
            try await ContinuousClock().sleep(for: .milliseconds(50))
        }
        #expect(await agent.status(of: "/ready") == 503 && agent.isRunning)
        #expect(agent.stop() == 0)
        fake.restoreToken()
        try agent.start()
        try await agent.waitUntilReady()
        try await fake.wait(for: "a session") { $0.gateway.count { $0.hasPrefix("identify") } == 2 }
        while !fake.isConnected { try await ContinuousClock().sleep(for: .milliseconds(10)) }
        await fake.command("price", ["symbols": "BTC"], user: "1")
        try await fake.wait(for: "an answer") { [home = talk.home] in !$0.messages(in: home).isEmpty }
        #expect(telegram.journal.violations == [])
        #expect(!agent.log.contains(fake.token))
        #expect(agent.stop() == 0)
        await exchange.stop()
        await fake.stop()
        await telegram.stop()
        try? FileManager.default.removeItem(at: folder)
    }
}
