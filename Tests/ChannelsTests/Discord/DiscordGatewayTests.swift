import Chat
import Market
import ServiceLifecycle
import Support
import Synchronization
import Testing
import Transport
import Turns

@testable import Channels

/// The gateway over real sockets against the fake.
@Suite(.oneAtATime, .timeLimit(.minutes(2)))
struct DiscordGatewayTests {
    private struct World: Sendable {
        var bench: DiscordTestBench
        var conversation: RecordingConversation
        var health: DiscordHealth
        var memory: TestMemory
        var refusals: Recorder<String>
        var fake: FakeDiscord { bench.fake }

        /// The fake has the client's session, and the client knows it: before, a cut would only begin another one.
        func untilReady() async throws {
            await fake.untilConnected()
            while !health.isReady { try await Task.sleep(for: .milliseconds(2)) }
        }
    }

    private func with(
        heartbeat: Int = 41_250, _ body: @escaping @Sendable (World) async throws -> Void
    ) async throws {
        try await DiscordTestBench.with { bench in
            bench.fake.setHeartbeat(milliseconds: heartbeat)
            let world = World(
                bench: bench, conversation: RecordingConversation(), health: DiscordHealth(), memory: TestMemory(),
                refusals: Recorder())
            let intake = DiscordIntake(
                api: bench.api, conversation: world.conversation, open: bench.open, commands: .few,
                suggestions: SymbolSuggestions(known: { [] }, nearest: { _ in [] }), isDiscreet: { _ in true })
            let gateway = DiscordGateway(
                api: bench.api, transport: try WebSocketTransport(), intake: intake, memory: world.memory.memory,
                health: world.health, onRefusal: { world.refusals.add($0) })
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await intake.run() }
                group.addTask { try await gateway.run() }
                try await body(world)
                group.cancelAll()
                try? await group.waitForAll()
            }
        }
    }

    @Test("it identifies once, counts that durably, and hears commands")
    func identifies() async throws {
        try await with { world in
            try await world.fake.wait(for: "a session") { $0.gateway.contains { $0.hasPrefix("identify") } }
            try await world.untilReady()
            let posed = await world.fake.command("price", ["symbols": "BTC"], user: "7")
            await world.conversation.received(1)
            let message = try #require(world.conversation.messages.first)
            #expect(message.text == "/price BTC" && message.updateKey == "discord:\(posed.id)")
            #expect(IdentifyBudget(world.memory[DiscordMemory.identifies]).begun == 1)
            #expect(world.health.isReady)
            #expect(world.fake.journal.gateway.contains("identify 4096"))
        }
    }

    @Test("a broken connection is resumed at the session's address, and what happened meanwhile is heard once")
    func resumes() async throws {
        try await with { world in
            try await world.untilReady()
            await world.fake.closeGateways(code: nil)
            await world.fake.command("price", ["symbols": "ETH"], user: "7")
            await world.conversation.received(1)
            try await world.fake.wait(for: "a resume") { $0.gateway.contains("resume 1") }
            #expect(world.fake.journal.gateway.contains("connect /resume/"))
            #expect(world.fake.journal.gateway.count { $0.hasPrefix("identify") } == 1)
            #expect(world.conversation.messages.map(\.text) == ["/price ETH"])
        }
    }

    @Test("asked to reconnect, it closes with a code that keeps the session, and resumes")
    func reconnects() async throws {
        try await with { world in
            try await world.untilReady()
            await world.fake.askToReconnect()
            try await world.fake.wait(for: "a resume") { $0.gateway.contains("resume 1") }
            #expect(world.fake.journal.gateway.contains("close 4900"))
        }
    }

    @Test("an invalid session that cannot be resumed is followed by a new one; one that can, by another resume")
    func invalidSession() async throws {
        try await with { world in
            try await world.untilReady()
            world.fake.invalidateNextResume(resumable: true)
            await world.fake.askToReconnect()
            try await world.fake.wait(for: "two resumes") { $0.gateway.count { $0 == "resume 1" } == 2 }
            try await world.untilReady()
            world.fake.invalidateNextResume(resumable: false)
            await world.fake.closeGateways(code: 4000)
            try await world.fake.wait(for: "a new session", within: .seconds(20)) {
                $0.gateway.count { $0.hasPrefix("identify") } == 2
            }
        }
    }

    @Test("a connection whose heartbeats are not answered is closed and its session resumed")
    func zombie() async throws {
        try await with(heartbeat: 60) { world in
            try await world.untilReady()
            world.fake.setAcknowledgesBeats(false)
            try await world.fake.wait(for: "a resume") { $0.gateway.contains { $0.hasPrefix("resume") } }
            #expect(world.fake.journal.gateway.contains("close 4900"))
            world.fake.setAcknowledgesBeats(true)
            #expect(world.fake.journal.gateway.count { $0.hasPrefix("identify") } == 1)
        }
    }

    @Test("a revoked token stops it for good, and the operators are told once")
    func revoked() async throws {
        try await with { world in
            try await world.untilReady()
            world.fake.revokeToken()
            await world.fake.closeGateways(code: 4004)
            await untilTrue { !world.refusals.all.isEmpty }
            #expect(world.refusals.all == ["token"])
            #expect(world.health.state == .refused(reason: "token") && !world.health.isReady)
            #expect(world.fake.journal.gateway.count { $0.hasPrefix("connect") } == 1)
        }
    }

    @Test("refused intents stop it for good")
    func intents() async throws {
        try await with { world in
            try await world.untilReady()
            await world.fake.closeGateways(code: 4014)
            await untilTrue { !world.refusals.all.isEmpty }
            #expect(world.refusals.all == ["intents"])
        }
    }

    @Test("with the day's sessions used up to the reserve none is begun")
    func resting() async throws {
        try await DiscordTestBench.with { bench in
            bench.fake.setSessionsLeft(100)
            let health = DiscordHealth()
            let intake = DiscordIntake(
                api: bench.api, conversation: RecordingConversation(), open: bench.open, commands: .few,
                suggestions: SymbolSuggestions(known: { [] }, nearest: { _ in [] }), isDiscreet: { _ in true })
            let gateway = DiscordGateway(
                api: bench.api, transport: try WebSocketTransport(), intake: intake, memory: TestMemory().memory,
                health: health)
            await withTaskGroup(of: Void.self) { group in
                group.addTask { try? await gateway.run() }
                await untilTrue { health.state == .resting }
                group.cancelAll()
            }
            #expect(!bench.fake.journal.gateway.contains { $0.hasPrefix("connect") } && !health.isReady)
        }
    }

    @Test("a direct message is heard with its text; what bots and servers say is not")
    func directMessages() async throws {
        try await with { world in
            try await world.untilReady()
            await world.fake.dispatch(
                "MESSAGE_CREATE",
                [
                    "id": "5", "channel_id": "6", "guild_id": "7", "content": "hello", "type": 0,
                    "author": ["id": "8"],
                ])
            await world.fake.dispatch(
                "MESSAGE_CREATE",
                ["id": "9", "channel_id": "6", "content": "x", "type": 0, "author": ["id": "8", "bot": true]])
            await world.fake.say("alert me when btc > 70k", user: "7")
            await world.conversation.received(1)
            let message = try #require(world.conversation.messages.first)
            #expect(message.text == "alert me when btc > 70k" && message.answerRoute == nil)
            #expect(message.scene.address.value == world.fake.privateChannel(of: "7"))
            #expect(world.conversation.messages.count == 1)
        }
    }
}

extension FakeDiscord {
    /// Returns once a session has been begun or resumed and its client has had time to hear of it.
    func untilConnected() async { await untilTrue { self.isConnected } }
}

/// Looks again and again until it is so, or the test's own time limit ends it.
func untilTrue(_ condition: @Sendable () -> Bool) async {
    while !condition(), !Task.isCancelled { await Task.yield() }
}
