import Chat
import Crypto
import Delivery
import Foundation
import Market
import Messages
import People
import Support
import Synchronization
import Testing
import Turns

@testable import Channels

/// Interactions from posting or gateway to the answer that their asker sees.
@Suite(.oneAtATime, .timeLimit(.minutes(2)))
struct DiscordInteractionTests {
    /// Answers each message as router and dispatcher would: after `delay`, through the channel.
    private final class AnsweringConversation: Conversation {
        let heard = Recorder<IncomingMessage>()
        let outcomes = Recorder<String>()
        private let delay: Duration
        private let channel: DiscordChannel
        private let isDiscreet: Bool
        private let keys = Mutex<Set<String>>([])

        init(_ channel: DiscordChannel, delay: Duration = .zero, isDiscreet: Bool = false) {
            self.channel = channel
            self.delay = delay
            self.isDiscreet = isDiscreet
        }

        func handle(_ messages: [IncomingMessage], _ events: [FrontEndEvent]) async throws {
            for message in messages where keys.withLock({ $0.insert(message.updateKey).inserted }) {
                heard.add(message)
                if delay > .zero { try await ContinuousClock().sleep(for: delay) }
                guard !message.text.hasPrefix("/ping") else { continue }
                let replaces = message.text.hasSuffix(" !")
                let form = message.answerRoute.map {
                    OutboxContent.Form.answer(.init(route: $0, replacesView: replaces, isDiscreet: isDiscreet))
                }
                do throws(DeliveryError) {
                    let receipt = try await channel.send(
                        OutgoingDelivery(
                            id: OutboxID(Int64(heard.all.count)), address: message.scene.address.value,
                            message: .plain("answer to \(message.text)"), form: form ?? .new, possibleRepeat: false))
                    outcomes.add(receipt.providerMessageID ?? "sent")
                } catch {
                    outcomes.add("\(error)")
                }
            }
        }

        func wasHandled(_ key: String) -> Bool { keys.withLock { $0.contains(key) } }
    }

    private struct World: Sendable {
        var bench: DiscordTestBench
        var conversation: AnsweringConversation
        var intake: DiscordIntake
        var fake: FakeDiscord { bench.fake }
    }

    private func with(
        delay: Duration = .zero, isDiscreet: Bool = false, patience: Duration = .seconds(2),
        replyLife: Duration = .seconds(65), _ body: @escaping @Sendable (World) async throws -> Void
    ) async throws {
        try await DiscordTestBench.with { bench in
            let conversation = AnsweringConversation(bench.channel, delay: delay, isDiscreet: isDiscreet)
            let symbols = ["BTC", "ETH", "BTT", "SOL"].compactMap { Symbol($0) }
            let intake = DiscordIntake(
                api: bench.api, conversation: conversation, open: bench.open, commands: .few,
                suggestions: SymbolSuggestions(known: { symbols }, nearest: { _ in [] }),
                isDiscreet: { _ in isDiscreet }, patience: patience, replyLife: replyLife)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await intake.run() }
                try await body(World(bench: bench, conversation: conversation, intake: intake))
                group.cancelAll()
                try? await group.waitForAll()
            }
        }
    }

    private func ours(_ json: FakeJSON) throws -> JSONValue { try JSONValue(parsing: Array(json.text.utf8)) }

    // MARK: From the gateway

    @Test("a command of the gateway is answered by the callback, ephemeral where it is for its asker")
    func callback() async throws {
        try await with(isDiscreet: true) { world in
            let posed = world.fake.pose(
                type: 2, data: FakeDiscord.commandData("price", ["symbols": "BTC"]), user: "7", channel: "100",
                guild: "77")
            world.intake.take(event: "INTERACTION_CREATE", try ours(posed.json))
            try await world.fake.wait(for: "the answer") { !$0.callbacks.isEmpty }
            let body = try #require(world.fake.journal.callbacks.first?.body)
            #expect(body["type"]?.integer == 4 && body["data"]?["flags"]?.integer == 64)
            #expect(body["data"]?["content"]?.string == "answer to /price BTC")
            #expect(body["data"]?["allowed_mentions"]?["parse"]?.array == [])
            #expect(world.fake.journal.requests.allSatisfy { !$0.hasToken })
        }
    }

    @Test("an answer that takes long is announced, and then takes the announcement's place")
    func deferred() async throws {
        try await with(delay: .milliseconds(300), patience: .milliseconds(50)) { world in
            let posed = world.fake.pose(
                type: 2, data: FakeDiscord.commandData("predict", ["symbol": "BTC"]), user: "7")
            world.intake.take(event: "INTERACTION_CREATE", try ours(posed.json))
            try await world.fake.wait(for: "the answer") { !$0.messages.isEmpty }
            #expect(world.fake.journal.callbacks.map { $0.body["type"]?.integer } == [5])
            #expect(world.fake.journal.messages.map(\.way) == ["answer"])
            #expect(world.fake.journal.count("PATCH /webhooks/*/*/messages/@original") == 1)
        }
    }

    @Test("a deferral that no answer follows is taken back")
    func unanswered() async throws {
        try await with(patience: .milliseconds(20), replyLife: .milliseconds(50)) { world in
            let posed = world.fake.pose(type: 2, data: FakeDiscord.commandData("ping"), user: "7")
            world.intake.take(event: "INTERACTION_CREATE", try ours(posed.json))
            try await world.fake.wait(for: "the end") { $0.deletedAnswers == [posed.id] }
        }
    }

    @Test("a pressed button changes its message in place, or answers below it")
    func components() async throws {
        try await with { world in
            world.fake.addChannel("100")
            let receipt = try await world.bench.deliver(.plain("list"), to: "100", id: 900)
            let message = try #require(receipt.providerMessageID)
            for line in ["/price BTC !", "/price ETH"] {
                let posed = world.fake.pose(
                    type: 3, data: ["custom_id": .string(line), "component_type": 2], user: "7", channel: "100",
                    guild: "77", message: message)
                world.intake.take(event: "INTERACTION_CREATE", try ours(posed.json))
                try await world.fake.wait(for: "the answer") { $0.callbacks.contains { $0.interaction == posed.id } }
            }
            #expect(world.fake.journal.callbacks.map { $0.body["type"]?.integer } == [7, 4])
            #expect(world.fake.journal.messages[0].content == "answer to /price BTC !")
            #expect(world.fake.journal.messages[0].edits == 1 && world.fake.journal.messages.count == 2)
            #expect(world.conversation.heard.all.map(\.pressedOn) == [message, message])
        }
    }

    @Test("who may manage the server administers the place; a private chat has no such thing")
    func permissions() async throws {
        try await with { world in
            for (permissions, guild) in [("32", "77"), ("8", "77"), ("2048", "77"), ("0", nil)] as [(String, String?)] {
                let posed = world.fake.pose(
                    type: 2, data: FakeDiscord.commandData("bind"), user: "7", channel: guild == nil ? nil : "100",
                    guild: guild, permissions: permissions, locale: "es-ES")
                world.intake.take(event: "INTERACTION_CREATE", try ours(posed.json))
                try await world.fake.wait(for: "the answer") { $0.callbacks.contains { $0.interaction == posed.id } }
            }
            let heard = world.conversation.heard.all
            #expect(heard.map(\.senderIsPlaceAdministrator) == [true, true, false, nil])
            #expect(heard.allSatisfy { $0.languageHint == "es-ES" && $0.sender.description == "discord:7" })
            guard case .place(_, "100", let identity) = heard[0].scene, case .privateChat = heard[3].scene else {
                Issue.record("scenes")
                return
            }
            #expect(identity.description == "discord:100")
        }
    }

    @Test("symbols are completed while they are typed, the last one of a list")
    func autocomplete() async throws {
        try await with { world in
            func choices(_ command: String, _ option: String, _ typed: String) async throws -> [String] {
                let posed = world.fake.pose(
                    type: 4,
                    data: [
                        "id": "1", "name": .string(command), "type": 1,
                        "options": [["name": .string(option), "type": 3, "value": .string(typed), "focused": true]],
                    ], user: "7")
                guard case .answer(let json) = await world.intake.answer(try ours(posed.json)) else { return ["none"] }
                #expect(json["type"]?.integer == 8)
                return json["data"]?["choices"]?.array?.compactMap { $0["value"]?.string } ?? []
            }
            let one = try await choices("predict", "symbol", "b")
            let last = try await choices("subscribe", "symbols", "BTC e")
            let next = try await choices("subscribe", "symbols", "BTC ")
            let none = try await choices("alert", "rule", "b")
            #expect(one == ["BTC", "BTT"])
            #expect(last == ["BTC ETH"])
            #expect(next == ["BTC ETH", "BTC BTT", "BTC SOL"])
            #expect(none == [])
        }
        let many = (0..<300).compactMap { Symbol("A\($0)") }
        let suggestions = SymbolSuggestions(known: { many }, nearest: { _ in [] })
        #expect(suggestions.complete("a", isList: false).count == 25)
    }

    @Test("after a restart the answer finds its way: callback, else in place of the announcement, else as a message")
    func restarted() async throws {
        try await DiscordTestBench.with { bench in
            // Nothing is known of these in this process.
            func answer(_ posed: FakeDiscord.Posed, discreet: Bool = false) -> OutboxContent.Form {
                let route = InteractionRoute(
                    id: posed.id, application: bench.fake.applicationID, kind: .command, token: posed.token)
                return .answer(.init(route: route.text, replacesView: false, isDiscreet: discreet))
            }
            func pose() -> FakeDiscord.Posed {
                bench.fake.pose(
                    type: 2, data: FakeDiscord.commandData("price"), user: "7", channel: "100", guild: "77")
            }
            let fresh = pose()
            _ = try await bench.deliver(.plain("a"), to: "100", id: 1, form: answer(fresh), possibleRepeat: true)
            // The same again: it replaces what it repeats.
            _ = try await bench.deliver(.plain("a"), to: "100", id: 1, form: answer(fresh), possibleRepeat: true)
            #expect(bench.fake.journal.messages.map(\.content) == ["a"])
            bench.fake.setInteractionLife(.zero)
            _ = try await bench.deliver(.plain("b"), to: "100", id: 2, form: answer(pose()))
            #expect(bench.fake.journal.messages.map(\.way) == ["answer", "message"])
            await #expect(throws: DeliveryError.rejected(reason: "interaction_gone")) {
                try await bench.deliver(.plain("c"), to: "100", id: 3, form: answer(pose(), discreet: true))
            }
            #expect(bench.fake.journal.messages.count == 2)
        }
    }

    // MARK: Posted

    private func door(_ world: World, key: Curve25519.Signing.PrivateKey, time: any TimeSource = WallTime()) throws
        -> DiscordInteractionsWebhook
    {
        let hex = key.publicKey.rawRepresentation.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let conversation = world.conversation
        let door = DiscordInteractionsWebhook(
            publicKey: hex, intake: world.intake, wasHandled: { conversation.wasHandled($0) }, time: time)
        return try #require(door)
    }

    private func signed(
        _ body: String, _ key: Curve25519.Signing.PrivateKey, at seconds: Int64 = WallTime().now.milliseconds / 1000
    ) throws -> [String: String] {
        let signature = try key.signature(for: Data("\(seconds)\(body)".utf8))
        return [
            "x-signature-timestamp": "\(seconds)",
            "x-signature-ed25519": signature.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(),
        ]
    }

    @Test("a ping is ponged; what is unsigned, altered, stale or signed by another is refused before it is read")
    func signatures() async throws {
        try await with { world in
            let key = Curve25519.Signing.PrivateKey()
            let door = try door(world, key: key)
            let ping = #"{"id":"1","type":1,"application_id":"2","token":"t"}"#
            let pong = await door.receive(headers: try signed(ping, key), body: Array(ping.utf8))
            #expect(pong.status == 200 && pong.body == #"{"type":1}"# && pong.contentType == "application/json")
            func expect(_ status: Int, _ headers: [String: String], _ body: String = ping) async {
                let answer = await door.receive(headers: headers, body: Array(body.utf8))
                #expect(answer.status == status)
            }
            let good = try signed(ping, key)
            let now = WallTime().now.milliseconds / 1000
            await expect(401, [:])
            await expect(401, good, ping + " ")
            await expect(401, try signed("not json", Curve25519.Signing.PrivateKey()), "not json")
            await expect(401, try signed(ping, key, at: now - 301))
            await expect(401, try signed(ping, key, at: now + 302))
            await expect(200, try signed(ping, key, at: now - 290))
            let stamp = good["x-signature-timestamp"] ?? ""
            await expect(401, ["x-signature-timestamp": stamp, "x-signature-ed25519": "zz"])
            await expect(400, try signed("not json", key), "not json")
        }
        #expect(
            Hexadecimal.bytes("0aFF") == [10, 255] && Hexadecimal.bytes("0a0") == nil && Hexadecimal.bytes("é") == nil)
    }

    @Test("a posted command is answered in the response, once; its replay is refused, after a restart too")
    func posted() async throws {
        try await with { world in
            let key = Curve25519.Signing.PrivateKey()
            let door = try door(world, key: key)
            let posed = world.fake.pose(
                type: 2, data: FakeDiscord.commandData("price", ["symbols": "BTC"]), user: "7")
            let body = posed.json.text
            let headers = try signed(body, key)
            let answer = await door.receive(headers: headers, body: Array(body.utf8))
            #expect(answer.status == 200)
            let json = try JSONValue(parsing: Array(answer.body.utf8))
            #expect(json["type"]?.integer == 4 && json["data"]?["content"]?.string == "answer to /price BTC")
            let replay = await door.receive(headers: headers, body: Array(body.utf8))
            #expect(replay.status == 401)
            #expect(world.conversation.heard.all.count == 1 && world.fake.journal.requests.isEmpty)
            // Another process: only the store knows.
            world.bench.open.forget(posed.id)
            let later = await door.receive(headers: headers, body: Array(body.utf8))
            #expect(later.status == 401)
            #expect(world.conversation.heard.all.count == 1)
        }
    }

    @Test("a posted command that takes long is deferred in the response and answered in its place")
    func postedDeferred() async throws {
        try await with(delay: .milliseconds(300), isDiscreet: true, patience: .milliseconds(50)) { world in
            let posed = world.fake.pose(
                type: 2, data: FakeDiscord.commandData("predict", ["symbol": "BTC"]), user: "7", channel: "100",
                guild: "77")
            guard case .answer(let json) = await world.intake.answer(try ours(posed.json)) else {
                Issue.record("no answer")
                return
            }
            #expect(json["type"]?.integer == 5 && json["data"]?["flags"]?.integer == 64)
            // Discord takes the response as the acknowledgement.
            world.fake.acknowledge(posed.id)
            try await world.fake.wait(for: "the answer") { !$0.messages.isEmpty }
            #expect(world.fake.journal.count("PATCH /webhooks/*/*/messages/@original") == 1)
        }
    }

    @Test("when nothing can be committed the request says so, and the same interaction may come again")
    func notCommitted() async throws {
        try await DiscordTestBench.with { bench in
            // It is tried four times, which takes less than "thinking…" waits.
            let conversation = RecordingConversation(refusals: 4)
            let intake = DiscordIntake(
                api: bench.api, conversation: conversation, open: bench.open, commands: .few,
                suggestions: SymbolSuggestions(known: { [] }, nearest: { _ in [] }), isDiscreet: { _ in false })
            let posed = bench.fake.pose(type: 2, data: FakeDiscord.commandData("price"), user: "7")
            let json = try ours(posed.json)
            await withTaskGroup(of: Void.self) { group in
                group.addTask { try? await intake.run() }
                if case .failed = await intake.answer(json) {} else { Issue.record("answered") }
                if case .answer = await intake.answer(json) {} else { Issue.record("not taken again") }
                group.cancelAll()
            }
            #expect(conversation.messages.count == 1)
        }
    }

    @Test("routes read back what they wrote, and nothing that could lead elsewhere")
    func routes() {
        let route = InteractionRoute(id: "1", application: "2", kind: .component, token: "aW50=_-.~")
        #expect(InteractionRoute(route.text) == route && "\(route)" == "interaction 1")
        for bad in ["", "command 1 2", "command 1 2 a/b", "command x 2 t", "command 1 ../ t", "other 1 2 t"] {
            #expect(InteractionRoute(bad) == nil)
        }
    }
}
