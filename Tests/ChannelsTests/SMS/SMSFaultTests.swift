import Decisions
import Delivery
import Foundation
import Market
import Messages
import People
import Storage
import Support
import Testing
import Transport
import Turns

@testable import Channels

/// One line of the fault table a test: a fake Twilio that fails, the real outbox, hurried time. Whatever happens, no
/// message is taken twice.
@Suite(.oneAtATime, .timeLimit(.minutes(3))) struct SMSFaultTests {
    private struct Result {
        var ending: SenderBench.Ending
        var sent: [FakeTwilio.Sent]
        var requests: Int
        var notices: [String]
        var usage: Int64
    }

    private func end(
        factor: Int = 500, deadline: Duration = .milliseconds(400), token: String = FakeTwilio.token,
        _ prepare: @Sendable @escaping (FakeTwilio) -> Void = { _ in },
        meanwhile: @escaping @Sendable (FakeTwilio, SenderBench) async throws -> Void = { _, _ in }
    ) async throws -> Result {
        try await SMSBench.with { fake, transport in
            prepare(fake)
            let bench = try await SenderBench(.sms, address: SMSBench.number, factor: factor)
            // The fake stamps its record with the machine's time.
            let channel = try SMSBench.channel(fake, transport, bench, token: token, deadline: deadline)
            try await bench.decide("something happened")
            let ending = try await withThrowingTaskGroup(of: SenderBench.Ending?.self) { group in
                group.addTask { try await bench.runToTheEnd(channel) }
                group.addTask {
                    try await meanwhile(fake, bench)
                    return nil
                }
                var ending: SenderBench.Ending?
                while let answer = try await group.next() { ending = answer ?? ending }
                return ending
            }
            let usage = try await bench.usage()
            return Result(
                ending: try #require(ending), sent: fake.sent, requests: fake.requests,
                notices: bench.notices.all.map(\.key), usage: usage)
        }
    }

    @Test("a message arrives, in one segment, with a place to report to")
    func delivered() async throws {
        let result = try await end()
        #expect(result.ending.state == "sent")
        let sent = try #require(result.sent.first)
        #expect(sent.body == "Vigia: something happened")
        #expect(sent.to == SMSBench.number && sent.from == "+15005550006")
        #expect(sent.statusCallback?.hasPrefix("https://vigia.example.org/webhooks/twilio/status?delivery=") == true)
        #expect(sent.validity == "3600")
        #expect(result.usage == 1)
    }

    @Test(
        "an answer that is lost after Twilio took the message: found in its record, delivered once",
        arguments: [FakeTwilio.Fault.silentAfter, .cutAfter, .garbledAfter])
    func lostAnswer(fault: FakeTwilio.Fault) async throws {
        let result = try await end { $0.fault(fault) }
        #expect(result.ending.state == "sent")
        #expect(result.sent.count == 1)
        #expect(result.requests == 1)
    }

    @Test(
        "an answer that never comes for a message that was not taken: dead as of unknown outcome, sent no second time",
        arguments: [FakeTwilio.Fault.silentBefore, .cutBefore, .garbledBefore])
    func lostRequest(fault: FakeTwilio.Fault) async throws {
        let result = try await end { $0.fault(fault) }
        #expect(result.ending.state == "dead")
        #expect(result.ending.reason == "outcome unknown")
        #expect(result.requests == 1)
        // It may have been taken, so it stays counted.
        #expect(result.usage == 1)
    }

    @Test("a record that cannot be read is asked again, and settles it in the end")
    func brokenRecord() async throws {
        let result = try await end {
            $0.breakList(true)
            $0.fault(.cutAfter)
        } meanwhile: { fake, bench in
            await bench.outbox.wait { bench.outbox.retries >= 4 }
            fake.breakList(false)
        }
        #expect(result.ending.state == "sent")
        #expect(result.requests == 1)
    }

    @Test("a record that can never be read: dead after an hour with a reason, sent no second time")
    func unreadableRecord() async throws {
        let result = try await end(factor: 2_000, deadline: .seconds(5)) {
            $0.breakList(true)
            $0.fault(.cutAfter)
        }
        #expect(result.ending.state == "dead")
        #expect(
            result.ending.reason?.hasPrefix("outcome unknown, and the record cannot be read: Twilio 20503") == true,
            "\(result.ending)")
        #expect(result.ending.took >= .hours(1))
        #expect(result.requests == 1)
    }

    @Test("no connection: nothing was sent, so it goes later")
    func refusedConnection() async throws {
        try await SMSBench.with { fake, transport in
            let bench = try await SenderBench(.sms, address: SMSBench.number)
            let closed = SMSChannel(
                api: TwilioAPI(transport: transport, configuration: try SMSBench.configuration("http://127.0.0.1:1")),
                ledger: bench.ledger, prefixes: SMSPrefixes(setting: "+34", operatorPhone: nil), time: bench.time)
            try await bench.decide("x")
            _ = try await bench.run(closed) { $0.retries >= 2 }
            #expect(try await bench.ending().state == "pending")
            #expect(try await bench.usage() == 0)
            let open = try SMSBench.channel(fake, transport, bench)
            #expect(try await bench.runToTheEnd(open).state == "sent")
            #expect(fake.sent.count == 1)
        }
    }

    @Test("429 with a wait is obeyed to the second")
    func limitedWithWait() async throws {
        let result = try await end { $0.fault(.refuse(status: 429, code: 20429, retryAfter: "120")) }
        #expect(result.ending.state == "sent")
        #expect(result.ending.took >= .seconds(120))
        #expect(result.requests == 2)
        #expect(result.usage == 1)
    }

    @Test("429 without a wait rests a second each time")
    func limitedWithoutWait() async throws {
        let result = try await end { $0.fault(.refuse(status: 429, code: 20429, retryAfter: nil), times: 3) }
        #expect(result.ending.state == "sent")
        #expect(result.ending.took >= .seconds(3))
        #expect(result.requests == 4)
    }

    @Test("a limit that changes while we wait: delivered late")
    func limitsChange() async throws {
        let result = try await end {
            $0.limit(0)
        } meanwhile: { fake, bench in
            await bench.outbox.wait { fake.requests >= 3 }
            fake.limit(10)
        }
        #expect(result.ending.state == "sent")
        #expect(result.sent.count == 1)
    }

    @Test("a full queue rests the sender", arguments: [21611, 30001])
    func fullQueue(code: Int) async throws {
        let result = try await end { $0.fault(.refuse(status: 400, code: code, retryAfter: nil)) }
        #expect(result.ending.state == "sent")
        #expect(result.ending.took >= .minutes(1))
    }

    @Test("half an hour of Twilio's own 503: delivered once, late")
    func storm() async throws {
        let result = try await end(factor: 2_000) {
            $0.fault(.refuse(status: 503, code: 20503, retryAfter: nil), times: .max)
        } meanwhile: { fake, bench in
            await bench.outbox.wait { bench.time.now - SenderBench.start >= .minutes(30) }
            fake.calm()
        }
        #expect(result.ending.state == "sent")
        #expect(result.ending.took >= .minutes(30))
        #expect(result.sent.count == 1)
        #expect(result.requests <= 30)
        #expect(result.usage == 1)
    }

    @Test("an hour of it: dead with a reason, since an old SMS is worth nothing")
    func longStorm() async throws {
        let result = try await end(factor: 2_000) {
            $0.fault(.refuse(status: 503, code: 20503, retryAfter: nil), times: .max)
        }
        #expect(result.ending.state == "dead")
        #expect(result.ending.reason == "Twilio 20503: as the test wants")
        #expect(result.sent.isEmpty)
        #expect(result.usage == 0)
    }

    @Test(
        "a failure inside Twilio may hide a message that was taken: looked up, not repeated",
        arguments: [(502, 0), (500, 20500), (500, 0)])
    func gateway(status: Int, code: Int) async throws {
        let result = try await end { $0.fault(.refuse(status: status, code: code, retryAfter: nil)) }
        #expect(result.ending.state == "dead")
        #expect(result.ending.reason == "outcome unknown")
        #expect(result.requests == 1)
    }

    @Test("a number that cannot get SMS is closed, with a reason", arguments: [21211, 21614, 21610])
    func gone(code: Int) async throws {
        let result = try await end { $0.fault(.refuse(status: 400, code: code, retryAfter: nil)) }
        #expect(result.ending.state == "dead")
        #expect(result.ending.disabled == result.ending.reason)
        #expect(result.ending.reason == (code == 21610 ? "stop" : "Twilio \(code): as the test wants"))
        #expect(result.usage == 0)
    }

    @Test("a message that is refused is dead with a reason, and the number stays", arguments: [21612, 21408, 30007])
    func refused(code: Int) async throws {
        let result = try await end { $0.fault(.refuse(status: 400, code: code, retryAfter: nil)) }
        #expect(result.ending.state == "dead")
        #expect(result.ending.reason == "Twilio \(code): as the test wants")
        #expect(result.ending.disabled == nil)
    }

    @Test("a wrong token: the operators hear of it once, nothing goes, nothing is lost")
    func wrongToken() async throws {
        try await SMSBench.with { fake, transport in
            let bench = try await SenderBench(.sms, address: SMSBench.number)
            try await bench.decide("x")
            let wrong = try SMSBench.channel(fake, transport, bench, token: "wrong")
            _ = try await bench.run(wrong) { $0.retries >= 2 }
            #expect(try await bench.ending().state == "pending")
            #expect(try await bench.ending().reason == "Twilio 20003: Authenticate")
            #expect(bench.notices.all.map(\.key) == ["sender_refused"])
            #expect(try await bench.runToTheEnd(SMSBench.channel(fake, transport, bench)).state == "sent")
            #expect(fake.sent.count == 1)
        }
    }

    @Test("TLS that fails: nothing was sent, and the reason says that Twilio was not reached")
    func untrusted() async throws {
        let server = try await LoopbackServer.start(prepare: { try TestCertificate.serve($0) }) { _ in .notFound }
        let transport = try AsyncHTTPTransport()
        let bench = try await SenderBench(.sms, address: SMSBench.number, factor: 2_000)
        let url = server.url.replacing("http://", with: "https://")
        let channel = SMSChannel(
            api: TwilioAPI(transport: transport, configuration: try SMSBench.configuration(url)), ledger: bench.ledger,
            prefixes: SMSPrefixes(setting: "+34", operatorPhone: nil), time: bench.time)
        try await bench.decide("x")
        let ending = try await bench.runToTheEnd(channel)
        #expect(ending.state == "dead")
        #expect(ending.reason == "Twilio cannot be reached")
        #expect(try await bench.usage() == 0)
        await server.stop()
        await transport.shutdown()
    }

    @Test("a process that is killed around a send: what was taken is found, what was not is not sent again")
    func crash() async throws {
        try await SMSBench.with { fake, transport in
            let bench = try await SenderBench(.sms, address: SMSBench.number)
            let channel = try SMSBench.channel(fake, transport, bench)
            // Killed after the send, before the record.
            try await bench.decide("taken")
            var claimed = try await bench.claimAndBegin()
            _ = try await channel.send(claimed)
            try await bench.outbox.afterCrash(channel: .sms)
            #expect(try await bench.runToTheEnd(channel).state == "sent")
            #expect(fake.requests == 1)
            // Killed before the send.
            try await bench.decide("not taken")
            claimed = try await bench.claimAndBegin()
            try await bench.outbox.afterCrash(channel: .sms)
            _ = try await bench.run(channel) {
                $0.recorded.contains { if case .dead = $0.result { true } else { false } }
            }
            #expect(try await bench.ending().reason == "outcome unknown")
            #expect(fake.requests == 1)
            // An operator who asks for it has weighed the repeat.
            let retried = try await bench.retryDead()
            #expect(retried == 1)
            _ = try await bench.run(channel) { _ in fake.requests == 2 }
            #expect(fake.sent.map(\.body) == ["Vigia: taken", "Vigia: not taken"])
        }
    }

    @Test("a killed process whose message only Twilio knows is found there, and not taken for another's")
    func crashWithoutLedger() async throws {
        try await SMSBench.with { fake, transport in
            let bench = try await SenderBench(.sms, address: SMSBench.number)
            let channel = try SMSBench.channel(fake, transport, bench)
            try await bench.decide("same words")
            #expect(try await bench.runToTheEnd(channel).state == "sent")
            let other = OutgoingDelivery(
                id: OutboxID(999), address: SMSBench.number, message: .plain("same words"), form: .new,
                possibleRepeat: true, createdAt: SenderBench.start)
            // The one in the record belongs to the first delivery.
            #expect(try await channel.find(other) == nil)
            try await bench.forgetLedger()
            #expect(try await channel.find(other)?.providerMessageID == fake.sent.first?.sid)
        }
    }

    @Test("the caps of day and month hold over restarts, and what they stop is dead with a reason")
    func caps() async throws {
        try await SMSBench.with { fake, transport in
            let bench = try await SenderBench(.sms, address: SMSBench.number)
            let capped = Recorder<SMSCaps.Verdict>()
            let channel = try SMSBench.channel(
                fake, transport, bench, caps: SMSCaps(daily: 2, monthly: 3), onCap: { capped.add($0) })
            for number in 1...3 {
                try await bench.decide("alert \(number)")
                _ = try await bench.run(channel) { $0.recorded.count >= number }
            }
            #expect(fake.sent.count == 2)
            #expect(try await bench.ending().state == "dead")
            #expect(try await bench.ending().reason == "all 2 SMS of this day are used up (SMS_DAILY_CAP)")
            #expect(capped.all == [.dayUsedUp(cap: 2)])
            let tomorrow = SenderBench.start + .days(1)
            #expect(try await bench.ledger.reserve(SMSCaps(daily: 2, monthly: 3), now: tomorrow) == .allowed)
            #expect(
                try await bench.ledger.reserve(SMSCaps(daily: 2, monthly: 3), now: tomorrow)
                    == .monthUsedUp(cap: 3))
            let nextMonth = SenderBench.start + .days(31)
            #expect(try await bench.ledger.reserve(SMSCaps(daily: 2, monthly: 3), now: nextMonth) == .allowed)
        }
    }

    @Test("a country that is not allowed costs nothing")
    func prefixes() async throws {
        try await SMSBench.with { fake, transport in
            let bench = try await SenderBench(.sms, address: "+8816123456789")
            try await bench.decide("x")
            let ending = try await bench.runToTheEnd(try SMSBench.channel(fake, transport, bench))
            #expect(ending.reason == "+881 is not among SMS_ALLOWED_PREFIXES")
            #expect(fake.requests == 0)
            #expect(try await bench.usage() == 0)
        }
    }
}
