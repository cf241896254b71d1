import Delivery
import Foundation
import Market
import Messages
import Support
import Testing
import Turns

@testable import Channels

/// Our requests before Discord's own OpenAPI description, which lies beside the project's folder and is no part of it. A
/// Python with jsonschema judges (`VIGIA_PEERS_PYTHON`).
@Suite(
    .oneAtATime, .serialized,
    .enabled(if: PeerScript.interpreter != nil && SharedData.has("../specs/discord_openapi.json.gz")),
    .timeLimit(.minutes(5)))
struct DiscordSchemaTests {
    @Test("every kind of request we make fits Discord's own description")
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
            let judge = try await PeerScript.run("discord_schema.py", [spec, bench.fake.url])
            #expect(judge.status == 0, "\(judge.output)")
        }
    }
}
