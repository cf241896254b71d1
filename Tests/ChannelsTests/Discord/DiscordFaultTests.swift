import Delivery
import Market
import Messages
import Support
import Testing
import Transport
import Turns

@testable import Channels

/// The fault table: what becomes of one delivery for each thing that can go wrong. Tries follow `RetryPolicy` on simulated
/// time; the requests go over real sockets.
@Suite(.oneAtATime, .timeLimit(.minutes(2)))
struct DiscordFaultTests {
    private typealias Bench = DiscordTestBench
    private static let create = "POST /channels/*/messages"

    private func table(
        _ fault: FakeDiscordFault?, count: Int? = 1, deadline: Duration = .milliseconds(400),
        prepare: @escaping @Sendable (FakeDiscord) async -> Void = { _ in }
    ) async throws -> (end: Bench.End, tries: Int, took: Span, messages: [FakeDiscordJournal.Message]) {
        try await Bench.with(deadline: deadline) { bench in
            bench.fake.addChannel("100")
            await prepare(bench.fake)
            if let fault { bench.fake.inject(fault, count: count, route: Self.create) }
            let (end, tries, took) = await bench.drive(.plain("BTC is up"))
            return (end, tries, took, bench.fake.journal.messages)
        }
    }

    @Test("a time-out before Discord accepted: delivered once, late")
    func hangs() async throws {
        let result = try await table(.hang)
        #expect(result.end == .delivered && result.tries == 2 && result.messages.count == 1)
        #expect(result.messages.first?.content == "↻ BTC is up")
    }

    @Test("a time-out after Discord accepted: its nonce keeps the repeat from being a second message")
    func acceptsThenHangs() async throws {
        let result = try await table(.acceptThenHang)
        #expect(result.end == .delivered && result.tries == 2)
        #expect(result.messages.map(\.content) == ["BTC is up"])
    }

    @Test("a connection that breaks before or after Discord accepted: delivered once")
    func cuts() async throws {
        for fault in [FakeDiscordFault.cutBeforeAccepting, .acceptThenCut] {
            let result = try await table(fault)
            #expect(result.end == .delivered && result.tries == 2 && result.messages.count == 1)
        }
    }

    @Test("a 429 is waited out exactly, with the body's fraction of a second")
    func limited() async throws {
        let result = try await table(.rateLimited(retryAfter: 1.337, scope: "user"))
        #expect(result.end == .delivered && result.tries == 2 && result.took == .milliseconds(1337))
        let shared = try await table(.rateLimited(retryAfter: 2, scope: "shared"))
        #expect(shared.end == .delivered && shared.took == .seconds(2))
        let global = try await table(.rateLimited(retryAfter: 3, scope: "global"))
        #expect(global.end == .delivered && global.took == .seconds(3))
    }

    @Test("a 429 without retry_after, from Discord's edge, follows the header")
    func edgeLimited() async throws {
        let result = try await table(.edgeLimited(retryAfter: 7))
        #expect(result.end == .delivered && result.took == .seconds(7) && result.messages.count == 1)
    }

    @Test("a 429 that says nothing of a wait rests a while each time, and the message comes once")
    func limitedWithoutWait() async throws {
        let result = try await table(.html(429), count: 3)
        #expect(result.end == .delivered && result.tries == 4 && result.messages.map(\.content) == ["BTC is up"])
        #expect(result.took >= .seconds(3) && result.took <= .minutes(3))
    }

    @Test("limits that change while it runs are learned from the answers: no request is refused")
    func changingLimits() async throws {
        try await Bench.with { bench in
            bench.fake.addChannel("100")
            for (number, limit) in [(4, 5.0), (2, 9.0), (7, 3.0)].enumerated() {
                bench.fake.limits = FakeDiscordLimits(bucket: .init(limit.0, per: limit.1))
                var local = 0
                for index in 0..<12 {
                    do throws(DeliveryError) {
                        _ = try await bench.deliver(.plain("x\(index)"), id: Int64(number * 100 + index))
                    } catch {
                        guard case .rateLimited = error else { throw error }
                        local += 1
                    }
                }
                #expect(local > 0)
                // Only the answers made under the new limit can tell of it; a window later all is in step.
                bench.ahead.add(.seconds(20))
                let limited = bench.fake.journal.limited
                bench.fake.limits = FakeDiscordLimits()
                _ = try await bench.deliver(.plain("between"), id: Int64(number * 100 + 50))
                #expect(bench.fake.journal.limited == limited)
            }
            #expect(bench.fake.journal.limited <= 1)
        }
    }

    @Test("a storm of 500 for an hour: delivered once, late, without haste")
    func storm() async throws {
        try await Bench.with { bench in
            bench.fake.addChannel("100")
            bench.fake.inject(.html(500), count: nil, route: Self.create)
            let started = bench.ahead.value
            async let driven = bench.drive(.plain("BTC is up"))
            // The storm ends once an hour of the client's time is over.
            try await bench.fake.wait(for: "an hour of tries") { _ in bench.ahead.value - started >= .seconds(3600) }
            bench.fake.clearFaults()
            let (end, tries, took) = await driven
            #expect(end == .delivered && bench.fake.journal.messages.count == 1)
            #expect(took >= .hours(1) && took < .hours(3))
            #expect(tries < 40)
        }
    }

    @Test("an answer that is no JSON leaves the outcome unknown, and the nonce makes the repeat one message")
    func malformed() async throws {
        let result = try await table(.brokenJSON)
        #expect(result.end == .delivered && result.tries == 2 && result.messages.count == 1)
        let gateway = try await table(.html(502))
        #expect(gateway.end == .delivered && gateway.messages.count == 1)
    }

    @Test(
        "what is refused for good ends with a reason that a person can read",
        arguments: [
            (404, 10003, "unknown_channel"), (403, 50001, "missing_access"), (403, 50013, "missing_permissions"),
            (403, 50007, "cannot_message_user"), (403, 20026, "forbidden"),
        ])
    func gone(_ status: Int, _ code: Int, _ reason: String) async throws {
        let result = try await table(.status(status, code: code, "no"), count: nil)
        #expect(result.end == .addressGone(reason) && result.tries == 1 && result.messages.isEmpty)
    }

    @Test("a message that Discord refuses is dead with Discord's own words")
    func rejected() async throws {
        let result = try await table(.status(400, code: 50035, "Invalid Form Body"))
        #expect(result.end == .dead("400/50035 Invalid Form Body") && result.tries == 1)
    }

    @Test("a refused token keeps the delivery and is the sender's matter")
    func unauthorized() async throws {
        let result = try await table(nil) { $0.revokeToken() }
        #expect(result.end == .refused && result.tries == 1 && result.messages.isEmpty)
    }

    @Test("a server whose certificate nobody vouches for was not reached: nothing is sent, it is tried again")
    func tls() async throws {
        let server = try await LoopbackServer.start(prepare: { try TestCertificate.serve($0) }) { _ in .notFound }
        let transport = try AsyncHTTPTransport()
        let api = DiscordAPI(
            transport: transport,
            configuration: try DiscordConfiguration(token: "t", apiURL: "https://127.0.0.1:\(server.port)/api/v10"))
        do throws(DeliveryError) {
            _ = try await DiscordChannel(api: api).send(
                OutgoingDelivery(
                    id: OutboxID(1), address: "1", message: .plain("x"), form: .new, possibleRepeat: false))
            Issue.record("sent")
        } catch {
            guard case .unavailable = error else {
                Issue.record("\(error)")
                return
            }
        }
        await transport.shutdown()
        await server.stop()
    }

    @Test("a 403 page without Discord's code is a gateway's mood, not the channel's end")
    func page403() async throws {
        let result = try await table(.html(403), count: 2)
        #expect(result.end == .delivered && result.tries == 3)
    }

    @Test("after too many refusals nothing is asked until the window has moved on")
    func invalidRequests() async throws {
        try await Bench.with(invalidLimit: 5) { bench in
            for number in 0..<5 {
                bench.fake.addChannel("\(200 + number)")
                bench.fake.refuse(in: "\(200 + number)", status: 403, code: 50001, "Missing Access")
                _ = try? await bench.deliver(.plain("x"), to: "\(200 + number)")
            }
            let asked = bench.fake.journal.requests.count
            do throws(DeliveryError) {
                _ = try await bench.deliver(.plain("x"), to: "300")
                Issue.record("sent")
            } catch {
                guard case .rateLimited(let wait, .sender) = error else {
                    Issue.record("\(error)")
                    return
                }
                #expect(wait > .minutes(9) && wait <= .minutes(10))
                #expect(bench.fake.journal.requests.count == asked)
                bench.ahead.add(wait.duration + .seconds(1))
            }
            bench.fake.addChannel("300")
            _ = try await bench.deliver(.plain("x"), to: "300")
        }
    }
}
