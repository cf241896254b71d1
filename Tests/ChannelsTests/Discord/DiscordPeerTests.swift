import Delivery
import Foundation
import Market
import Messages
import Support
import Testing
import Turns

@testable import Channels

/// The fake and our requests before judges from outside: discord.py as a client, and Discord's own OpenAPI description.
/// They run when `VIGIA_DISCORD_PYTHON` names a Python that has discord.py and jsonschema.
@Suite(
    .oneAtATime, .serialized, .enabled(if: ProcessInfo.processInfo.environment["VIGIA_DISCORD_PYTHON"] != nil),
    .timeLimit(.minutes(5)))
struct DiscordPeerTests {
    private func python(_ script: String, _ arguments: [String]) async throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(
            fileURLWithPath: ProcessInfo.processInfo.environment["VIGIA_DISCORD_PYTHON"] ?? "")
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: script)
        process.arguments = [file.path] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let data = await Task.detached { pipe.fileHandleForReading.readDataToEndOfFile() }.value
        process.waitUntilExit()
        // Also kept for those who want to read it when all is well.
        try data.write(to: FileManager.default.temporaryDirectory.appending(path: script + ".txt"))
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }

    @Test("discord.py, unmodified, is content with the fake")
    func discordPy() async throws {
        let fake = try await FakeDiscord.start()
        let webhook = fake.addWebhook("880000000000000001", token: String(repeating: "w", count: 68))
        let (status, output) = try await python("discord_py_client.py", [fake.url, fake.token, webhook])
        #expect(status == 0, "\(output)")
        await fake.stop()
    }

    /// The description lies beside the project's folder and is no part of it.
    @Test(
        "every request we make fits Discord's own description",
        .enabled(if: SharedData.has("../specs/discord_openapi.json.gz")))
    func schema() async throws {
        let spec = SharedData.path("../specs/discord_openapi.json.gz")
        try await DiscordTestBench.with(application: nil) { bench in
            bench.fake.addChannel("100")
            let message = Message(
                blocks: [
                    .text([InlineSpan("🔔 "), InlineSpan("BTC", .bold), InlineSpan("\nup "), InlineSpan("now", .code)]),
                    .preformatted("a b\nc d"),
                ],
                buttons: [
                    [
                        Message.Button(label: "Price", action: .command("/price BTC")),
                        Message.Button(label: "Venue", action: .link("https://example.org")),
                    ]
                ], silent: true)
            let first = try await bench.deliver(message)
            _ = try await bench.deliver(
                .plain("x"), id: 2, form: .edit(messageID: try #require(first.providerMessageID)))
            _ = try? await bench.deliver(message, to: "@7")
            _ = try await bench.api.currentUser()
            _ = try await bench.api.gateway()
            try await DiscordRegistration(api: bench.api, commands: .few, memory: TestMemory().memory).register()
            for replaces in [false, true] {
                for isLate in [false, true] {
                    let posed = bench.fake.pose(
                        type: replaces ? 3 : 2, data: [:], user: "7", channel: "100", guild: "77",
                        message: first.providerMessageID)
                    let route = InteractionRoute(
                        id: posed.id, application: bench.fake.applicationID, kind: replaces ? .component : .command,
                        token: posed.token)
                    if isLate {
                        try await bench.api.answer(
                            route, InteractionCallback.deferred(route.kind, isEphemeral: true))
                    }
                    _ = try await bench.deliver(
                        message, id: 9,
                        form: .answer(.init(route: route.text, replacesView: replaces, isDiscreet: !replaces)))
                }
            }
            let posed = bench.fake.pose(type: 3, data: [:], user: "7", channel: "100", guild: "77")
            let route = InteractionRoute(
                id: posed.id, application: bench.fake.applicationID, kind: .component, token: posed.token)
            try await bench.api.answer(route, InteractionCallback.deferred(.component, isEphemeral: false))
            _ = try await bench.api.followUp(route, DiscordPayload(message), isEphemeral: true)
            try await bench.api.deleteAnswer(route)
            let typing = bench.fake.pose(type: 4, data: [:], user: "7")
            try await bench.api.answer(
                InteractionRoute(
                    id: typing.id, application: bench.fake.applicationID, kind: .command, token: typing.token),
                InteractionCallback.choices([SymbolSuggestion(name: "BTC", value: "BTC")]))
            let webhook = DiscordWebhookChannel(
                url: bench.fake.addWebhook("880000000000000001"), transport: bench.transport)
            let posted = try await webhook.send(
                OutgoingDelivery(
                    id: OutboxID(1), address: "webhook", message: message, form: .new, possibleRepeat: false))
            _ = try await webhook.send(
                OutgoingDelivery(
                    id: OutboxID(2), address: "webhook", message: message,
                    form: .edit(messageID: try #require(posted.providerMessageID)), possibleRepeat: false))
            let (status, output) = try await python("discord_schema.py", [bench.fake.url, spec])
            #expect(status == 0, "\(output)")
        }
    }
}
