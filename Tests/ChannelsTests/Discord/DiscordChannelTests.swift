import Delivery
import Market
import Messages
import Support
import Testing
import Turns

@testable import Channels

@Suite(.oneAtATime, .timeLimit(.minutes(1)))
struct DiscordChannelTests {
    private typealias Bench = DiscordTestBench

    private static let alert = Message(
        blocks: [
            .text([
                InlineSpan("🔔 "), InlineSpan("BTC", .bold), InlineSpan(" 70,000\n"), InlineSpan("BTC > 70000", .code),
                InlineSpan("\n"), InlineSpan("1 Jan", .time(Timestamp(seconds: 1_764_000_000))),
            ])
        ],
        buttons: [
            [
                Message.Button(label: "Price", action: .command("/price BTC")),
                Message.Button(label: "Venue", action: .link("https://example.org/BTC")),
            ]
        ], silent: true)

    @Test("an alert is an embed with buttons that pings nobody, makes no sound, and has an enforced nonce")
    func embed() async throws {
        try await Bench.with { bench in
            bench.fake.addChannel("100")
            let receipt = try await bench.deliver(Self.alert, id: 42)
            let request = try #require(bench.fake.journal.requests.last)
            #expect(request.body["nonce"]?.string == "test-42" && request.body["enforce_nonce"]?.bool == true)
            #expect(request.body["allowed_mentions"]?["parse"]?.array == [])
            let message = try #require(bench.fake.journal.messages.first)
            #expect(receipt.providerMessageID == message.id && message.isSilent)
            #expect(message.embeds.first?["title"]?.string == "🔔 BTC 70,000")
            #expect(message.embeds.first?["description"]?.string == "`BTC > 70000`\n<t:1764000000:f>")
            #expect(message.buttons.map { $0["custom_id"]?.string } == ["/price BTC", nil])
            #expect(message.buttons.last?["url"]?.string == "https://example.org/BTC")
        }
    }

    @Test("an edit replaces text, embed and buttons in place; where the message is gone a new one is sent")
    func edit() async throws {
        try await Bench.with { bench in
            bench.fake.addChannel("100")
            let first = try await bench.deliver(Self.alert)
            let id = try #require(first.providerMessageID)
            _ = try await bench.deliver(.plain("faded"), id: 2, form: .edit(messageID: id))
            let message = try #require(bench.fake.journal.messages.first)
            #expect(message.edits == 1 && message.content == "faded" && message.embeds.isEmpty)
            #expect(message.components.isEmpty && bench.fake.journal.messages.count == 1)
            let again = try await bench.deliver(.plain("x"), id: 3, form: .edit(messageID: "123"))
            #expect(again.providerMessageID == bench.fake.journal.messages.last?.id)
            #expect(bench.fake.journal.messages.count == 2)
        }
    }

    @Test("a person without a private channel gets one, and the address becomes that channel")
    func directMessage() async throws {
        try await Bench.with { bench in
            var moved = ""
            do throws(DeliveryError) { _ = try await bench.deliver(.plain("hi"), to: "@77") } catch {
                guard case .moved(let to) = error else { throw error }
                moved = to
            }
            #expect(moved == bench.fake.privateChannel(of: "77"))
            _ = try await bench.deliver(.plain("hi"), to: moved)
            #expect(bench.fake.journal.messages.map(\.channel) == [moved])
        }
    }

    @Test("an address that is none is gone, and an empty message is refused, without a request")
    func noRequest() async throws {
        try await Bench.with { bench in
            await #expect(throws: DeliveryError.recipientGone(reason: "unknown_channel")) {
                try await bench.deliver(.plain("x"), to: "general")
            }
            await #expect(throws: DeliveryError.rejected(reason: "empty message")) {
                try await bench.deliver(.plain("  "))
            }
            #expect(bench.fake.journal.requests.isEmpty)
        }
    }

    @Test("the last allowance of a bucket is told to the dispatcher, and the next request is not made")
    func exhausted() async throws {
        try await Bench.with { bench in
            bench.fake.addChannel("100")
            bench.fake.addChannel("101")
            bench.fake.limits = FakeDiscordLimits(bucket: .init(2, per: 30))
            _ = try await bench.deliver(.plain("a"), id: 1)
            let last = try await bench.deliver(.plain("b"), id: 2)
            #expect((last.exhaustedFor ?? .zero) > .seconds(25))
            let asked = bench.fake.journal.requests.count
            do throws(DeliveryError) {
                _ = try await bench.deliver(.plain("c"), id: 3)
                Issue.record("sent")
            } catch {
                guard case .rateLimited(let wait, .address) = error else { throw error }
                #expect(wait > .seconds(25) && bench.fake.journal.requests.count == asked)
            }
            // Another channel has a window of its own.
            _ = try await bench.deliver(.plain("d"), to: "101", id: 4)
            #expect(bench.fake.journal.limited == 0)
        }
    }

    @Test("neither token nor URL stand in descriptions and errors; plain http is for this machine only")
    func secrets() throws {
        let configuration = try DiscordConfiguration(token: "Bot secret", apiURL: "http://127.0.0.1:1/api/")
        #expect("\(configuration)" == "Discord at http://127.0.0.1:1/api")
        #expect(!String(reflecting: configuration).contains("secret"))
        #expect(configuration.token == "secret")
        for bad in ["http://discord.com/api", "ftp://127.0.0.1", "discord.com", "http://127.0.0.1.evil.org"] {
            #expect(throws: DiscordConfigurationError.self) { try DiscordConfiguration(token: "t", apiURL: bad) }
        }
        #expect(
            "\(OutboxContent.Form.answer(.init(route: "secret", replacesView: false, isDiscreet: false)))"
                == "answer(answer)")
    }

    @Test("the sender goes by the address: bot, webhook, or a reason that names the setting")
    func sender() async throws {
        try await Bench.with { bench in
            bench.fake.addChannel("100")
            let url = bench.fake.addWebhook("55")
            let webhook = DiscordWebhookChannel(url: url, transport: bench.transport)
            let sender = DiscordSender(bot: bench.channel, webhook: webhook)
            func delivery(_ address: String) -> OutgoingDelivery {
                OutgoingDelivery(
                    id: OutboxID(1), address: address, message: .plain("x"), form: .new, possibleRepeat: false)
            }
            _ = try await sender.send(delivery("webhook"))
            _ = try await sender.send(delivery("100"))
            #expect(bench.fake.journal.messages.map(\.way) == ["webhook", "message"])
            await #expect(throws: DeliveryError.rejected(reason: "DISCORD_BOT_TOKEN is not set")) {
                try await DiscordSender(bot: nil, webhook: webhook).send(delivery("100"))
            }
        }
    }

    @Test("a webhook that answers 404 is told once and never asked again, nor by its successor")
    func goneWebhook() async throws {
        try await Bench.with { bench in
            let url = bench.fake.addWebhook("55")
            bench.fake.deleteWebhook("55")
            let told = Recorder<Int>()
            let channel = DiscordWebhookChannel(url: url, transport: bench.transport) { told.add(1) }
            let delivery = OutgoingDelivery(
                id: OutboxID(1), address: "webhook", message: .plain("x"), form: .new, possibleRepeat: false)
            for _ in 0..<3 {
                await #expect(throws: DeliveryError.recipientGone(reason: "webhook deleted")) {
                    try await channel.send(delivery)
                }
            }
            #expect(told.all == [1] && bench.fake.journal.requests.count == 1)
            let after = DiscordWebhookChannel(url: url, transport: bench.transport, isGone: true)
            await #expect(throws: DeliveryError.recipientGone(reason: "webhook deleted")) {
                try await after.send(delivery)
            }
            #expect(bench.fake.journal.requests.count == 1)
        }
    }
}
