import Chat
import Crypto
import Decisions
import Delivery
import Foundation
import Market
import Messages
import People
import Storage
import Support
import Testing
import Turns

@testable import Channels

@Suite(.oneAtATime) struct TwilioWebhookTests {
    private static let status = "/webhooks/twilio/status?delivery=17"
    private static let statusForm: [(String, String)] = [
        ("MessageSid", "SM00000000000000000000000000000001"), ("MessageStatus", "delivered"),
        ("AccountSid", "AC00000000000000000000000000000001"), ("To", "+34600123456"), ("From", "+15005550006"),
        ("ApiVersion", "2010-04-01"),
    ]
    private static let inboundForm: [(String, String)] = [
        ("MessageSid", "SM00000000000000000000000000000002"), ("From", "+34600123456"), ("To", "+15005550006"),
        ("Body", "¡Stop! + más = 100% & ñ"), ("NumMedia", "0"),
    ]

    private let signature = TwilioSignature(token: FakeTwilio.token, publicURL: SMSBench.publicURL)

    /// Signatures that Twilio's own library for Python (`RequestValidator.compute_signature`, 9.x) computed.
    @Test("signatures are those of Twilio's own library")
    func vectors() {
        #expect(
            signature.isValid(
                "Jiw4IGHLEjlhtvjfPs8eWUK8ki4=", path: "/webhooks/twilio/status", target: Self.status,
                form: Self.statusForm.map { (name: $0.0, value: $0.1) }))
        // Signed with the port that https implies.
        #expect(
            signature.isValid(
                "JMPSLryeKxEURpfhCOn8v/3HDD0=", path: "/webhooks/twilio/status",
                target: "/webhooks/twilio/status?delivery=17",
                form: Self.statusForm.map { (name: $0.0, value: $0.1) }))
        #expect(
            signature.isValid(
                "vCOnZgUfSYVWghSM3smzqxdxTME=", path: "/webhooks/twilio/inbound", target: "/webhooks/twilio/inbound",
                form: Self.inboundForm.map { (name: $0.0, value: $0.1) }))
        // A name that comes several times.
        #expect(
            signature.isValid(
                "wqVy6hyxPm8WpT71FA1QtthMGAk=", path: "/webhooks/twilio/inbound", target: "/webhooks/twilio/inbound",
                form: [("B", "z"), ("a", ""), ("B", "a"), ("A", "1"), ("B", "z")].map { (name: $0.0, value: $0.1) }))
    }

    @Test("a form survives the wire: accents, signs, blanks")
    func forms() throws {
        let fields = Self.inboundForm.map { (name: $0.0, value: $0.1) }
        let read = try #require(FormText.decode(FormText.encode(fields)))
        #expect(read.map(\.value) == fields.map(\.value))
        #expect(FormText.decode("a=%zz&b=%4&c&d=%C3%B1+x")?.map(\.value) == ["%zz", "%4", "", "ñ x"])
        #expect(FormText.decode(String(repeating: "a=1&", count: 5_000)) == nil)
    }

    private func sign(_ target: String, _ form: [(String, String)], token: String = FakeTwilio.token) -> String {
        let text = TwilioSignature.signedText(
            url: SMSBench.publicURL + target, form: form.map { (name: $0.0, value: $0.1) })
        let code = HMAC<Insecure.SHA1>.authenticationCode(
            for: Array(text.utf8), using: SymmetricKey(data: Array(token.utf8)))
        return Data(code).base64EncodedString()
    }

    private func post(
        _ door: some InboundWebhook, _ target: String, _ form: [(String, String)], signature: String? = nil
    ) async -> WebhookAnswer {
        await door.receive(
            target: target, headers: ["x-twilio-signature": signature ?? sign(target, form)],
            body: Array(FormText.encode(form.map { (name: $0.0, value: $0.1) }).utf8))
    }

    private func report(_ word: String, _ code: String? = nil, sid: String = "SM01") -> [(String, String)] {
        [("MessageSid", sid), ("MessageStatus", word), ("To", SMSBench.number)]
            + (code.map { [("ErrorCode", $0)] } ?? [])
    }

    /// A delivery that Twilio has taken as SM01.
    private func sentDelivery() async throws -> (SenderBench, OutboxID) {
        let bench = try await SenderBench(.sms, address: SMSBench.number)
        try await bench.decide("x")
        let delivery = try await bench.claimAndBegin()
        try await bench.ledger.accepted("SM01", delivery: delivery.id, now: SenderBench.start)
        try await bench.outbox.record(
            [OutboxOutcome(id: delivery.id, result: .sent(providerMessageID: "SM01"))], now: SenderBench.start)
        return (bench, delivery.id)
    }

    @Test("a stranger is turned away before a field is looked at")
    func strangers() async throws {
        let (bench, _) = try await sentDelivery()
        let door = try #require(TwilioStatusWebhook(SMSBench.configuration(), ledger: bench.ledger))
        let form = report("delivered")
        let target = TwilioConfiguration.statusPath
        #expect(await post(door, target, form, signature: "").status == 403)
        #expect(await post(door, target, form, signature: "AAAAAAAAAAAAAAAAAAAAAAAAAAA=").status == 403)
        #expect(await post(door, target, form, signature: sign(target, form, token: "other")).status == 403)
        // Signed for another query, another field, another door.
        #expect(await post(door, target + "?delivery=9", form, signature: sign(target, form)).status == 403)
        #expect(await post(door, target, form + [("x", "y")], signature: sign(target, form)).status == 403)
        #expect(
            await post(door, target, form, signature: sign(TwilioConfiguration.inboundPath, form)).status == 403)
        let none = await door.receive(target: target, headers: [:], body: Array("MessageSid=SM01".utf8))
        #expect(none.status == 403)
        let large = await door.receive(target: target, headers: [:], body: Array(repeating: 0x61, count: 100_000))
        #expect(large.status == 413)
        #expect(try await bench.history().first?.state == "sent")
    }

    @Test(
        "reports count once, in any order, and the history shows the end",
        arguments: [
            (["queued", "sent", "delivered"], "delivered"),
            (["delivered", "sent", "queued", "delivered"], "delivered"),
            (["sent", "undelivered", "delivered"], "undelivered"), (["sending", "sending"], "sent"),
            (["failed", "sent"], "failed"), (["whatever"], "sent"),
        ])
    func order(words: [String], state: String) async throws {
        let (bench, _) = try await sentDelivery()
        let door = try #require(TwilioStatusWebhook(SMSBench.configuration(), ledger: bench.ledger))
        for word in words { #expect(await post(door, TwilioConfiguration.statusPath, report(word)).status == 204) }
        #expect(try await bench.history().first?.state == state)
        #expect(try await bench.history().count == 1)
    }

    @Test("a report that comes before our own record says whose message it is")
    func early() async throws {
        let bench = try await SenderBench(.sms, address: SMSBench.number)
        try await bench.decide("x")
        let delivery = try await bench.claimAndBegin()
        let door = try #require(TwilioStatusWebhook(SMSBench.configuration(), ledger: bench.ledger))
        let target = "\(TwilioConfiguration.statusPath)?delivery=\(delivery.id)"
        #expect(await post(door, target, report("sent", sid: "SM77")).status == 204)
        #expect(try await bench.ledger.messageID(of: delivery.id) == "SM77")
        // So a send whose answer was lost is settled without asking.
        try await bench.outbox.afterCrash(channel: .sms)
        try await SMSBench.with { fake, transport in
            fake.breakList(true)
            let ending = try await bench.runToTheEnd(try SMSBench.channel(fake, transport, bench))
            #expect(ending.state == "sent")
            #expect(fake.requests == 0)
        }
    }

    @Test("a number that the network does not know is closed; one that is only off is not")
    func networkErrors() async throws {
        for (code, isClosed) in [("30005", true), ("30006", true), ("30003", false), ("30007", false)] {
            let (bench, _) = try await sentDelivery()
            let door = try #require(TwilioStatusWebhook(SMSBench.configuration(), ledger: bench.ledger))
            #expect(await post(door, TwilioConfiguration.statusPath, report("undelivered", code)).status == 204)
            #expect(try await (bench.addresses().first { $0.channel == .sms }?.disabledReason != nil) == isClosed)
            #expect(try await bench.history().first?.reason == "error \(code)")
        }
    }

    @Test("STOP closes the number and START opens it, each message once")
    func stopAndStart() async throws {
        let bench = try await SenderBench(.sms, address: SMSBench.number)
        let reference = try await bench.register(SMSBench.number)
        let door = try #require(TwilioInboundWebhook(SMSBench.configuration(), ledger: bench.ledger))
        func say(_ words: String, _ sid: String) async throws -> String? {
            let answer = await post(
                door, TwilioConfiguration.inboundPath,
                [("MessageSid", sid), ("From", SMSBench.number), ("To", "+15005550006"), ("Body", words)])
            #expect(answer.status == 200)
            #expect(answer.contentType == "text/xml")
            #expect(answer.body.contains("<Response/>"))
            return try await bench.addresses().first { $0.value == reference }?.disabledReason
        }
        #expect(try await say("hello", "SM1") == nil)
        #expect(try await say("please stop it", "SM2") == nil)
        #expect(try await say(" Stop. ", "SM3") == "stop")
        #expect(try await say("START", "SM4") == nil)
        // The repeat of an old message changes nothing.
        #expect(try await say("stop", "SM3") == nil)
        for (number, word) in ["STOPALL", "unsubscribe", "Cancel", "END", "quit"].enumerated() {
            #expect(try await say(word, "SA\(number)") == "stop")
            #expect(try await say(["start", "YES", "Unstop"][number % 3], "SB\(number)") == nil)
        }
    }

    @Test("START does not open what was closed for another reason")
    func otherReasons() async throws {
        let (bench, _) = try await sentDelivery()
        let reference = try await bench.register(SMSBench.number)
        try await bench.close(reference, reason: "Twilio 30006: landline")
        let inbound = try #require(TwilioInboundWebhook(SMSBench.configuration(), ledger: bench.ledger))
        _ = await post(
            inbound, TwilioConfiguration.inboundPath,
            [("MessageSid", "SM9"), ("From", SMSBench.number), ("Body", "START")])
        let reason = try await bench.addresses().first { $0.value == reference }?.disabledReason
        #expect(reason?.hasPrefix("Twilio 30006") == true)
    }

    @Test("without a public URL there are no doors")
    func noDoors() async throws {
        let bench = try await SenderBench(.sms, address: SMSBench.number)
        let configuration = try SMSBench.configuration(publicURL: nil)
        #expect(TwilioStatusWebhook(configuration, ledger: bench.ledger) == nil)
        #expect(TwilioInboundWebhook(configuration, ledger: bench.ledger) == nil)
    }

    @Test(
        "settings that cannot work are refused, naming the setting",
        arguments: [
            ("XX1", "t", "+15005550006", "TWILIO_ACCOUNT_SID"),
            (FakeTwilio.account, nil, "+15005550006", "TWILIO_AUTH_TOKEN"),
            (FakeTwilio.account, "t", "alice", "TWILIO_PHONE_NUMBER"),
            (FakeTwilio.account, "t", nil, "TWILIO_PHONE_NUMBER"),
        ] as [(String, String?, String?, String)])
    func settings(account: String, token: String?, sender: String?, setting: String) {
        #expect { try TwilioConfiguration(account: account, token: token, sender: sender) } throws: {
            ($0 as? TwilioConfigurationError)?.setting == setting
        }
    }
}
