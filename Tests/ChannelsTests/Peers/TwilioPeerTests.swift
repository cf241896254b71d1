import Chat
import Crypto
import Delivery
import Foundation
import Market
import People
import Storage
import Support
import Testing
import Turns

@testable import Channels

/// The fake Twilio, our requests and our signatures before Twilio's own library (`VIGIA_PEERS_PYTHON`, `make peers`).
@Suite(.oneAtATime, .serialized, .enabled(if: PeerScript.interpreter != nil), .timeLimit(.minutes(5)))
struct TwilioPeerTests {
    @Test("Twilio's own client lives with the fake, and sends what we send")
    func client() async throws {
        try await SMSBench.with { fake, transport in
            let client = try await PeerScript.run("twilio_client.py", [fake.url, FakeTwilio.account, FakeTwilio.token])
            #expect(client.status == 0, "\(client.output)")
            let theirs = try #require(fake.journal.first { $0.method == "POST" })
            let api = TwilioAPI(transport: transport, configuration: try SMSBench.configuration(fake.url))
            let number = try #require(PhoneNumber(SMSBench.number))
            _ = try await api.send(
                to: number, body: "Vigía: BTC > 70k + más, 100% & ¿ya?", delivery: OutboxID(17),
                validity: .seconds(600))
            let ours = try #require(fake.journal.last)
            #expect(ours.target == theirs.target && ours.contentType == theirs.contentType)
            func fields(_ request: FakeTwilio.Request) -> [String: String] {
                LoopbackRequest.form(request.form.joined(separator: "&"))
            }
            #expect(fields(ours) == fields(theirs))

            // Our look into the record asks as theirs does, and finds the same.
            let found = try await api.messages(to: number)
            let asked = try #require(fake.journal.last)
            #expect(asked.target.hasPrefix(theirs.target + "?") && asked.status == 200)
            #expect(fake.journal.contains { $0.method == "GET" && $0.target.hasPrefix(theirs.target + "?To=%2B") })
            #expect(Set(found.map(\.sid)) == Set(fake.sent.filter { $0.to == SMSBench.number }.map(\.sid)))
        }
    }

    private struct Case: Codable {
        var url: String
        var form: [[String]]
        var signature: String
    }

    private struct Cases: Codable {
        var token: String
        var publicURL: String
        var cases: [Case]

        private enum CodingKeys: String, CodingKey {
            case token, cases
            case publicURL = "public_url"
        }
    }

    /// Addresses with and without ports and paths before ours, queries, and forms that have broken others.
    private static func cases() -> [(base: String, target: String, form: [(name: String, value: String)])] {
        let bases = [
            "https://vigia.example.org", "https://vigia.example.org:443", "https://vigia.example.org:8443",
            "http://vigia.example.org", "http://vigia.example.org:80", "http://vigia.example.org:8080",
            "https://example.org/behind/a/proxy", "https://example.org:444/behind/a/proxy",
        ]
        let targets = [
            "/webhooks/twilio/status", "/webhooks/twilio/status?delivery=17",
            "/webhooks/twilio/status?delivery=17&x=a%20b%2Bc%26d&y=%C3%B1&z=",
        ]
        let forms: [[(name: String, value: String)]] = [
            [], [("MessageSid", "SM1"), ("MessageStatus", "delivered")],
            [("Body", "¡Stop! + más = 100% & ñ 👍\r\n \"x\""), ("From", "+34600123456"), ("FromCity", "")],
            [("B", "z"), ("a", ""), ("B", "a"), ("A", "1"), ("B", "z"), ("Á", "2"), ("_", "3"), ("a0", "4")],
        ]
        return bases.flatMap { base in
            targets.flatMap { target in forms.map { (base: base, target: target, form: $0) } }
        }
    }

    private static func sign(_ url: String, _ form: [(name: String, value: String)]) -> String {
        let code = HMAC<Insecure.SHA1>.authenticationCode(
            for: Array(TwilioSignature.signedText(url: url, form: form).utf8),
            using: SymmetricKey(data: Array(FakeTwilio.token.utf8)))
        return Data(code).base64EncodedString()
    }

    @Test("Twilio's validator takes our signatures and we take its own, with ports, queries and repeated fields")
    func signatures() async throws {
        let bench = try await SenderBench(.sms, address: SMSBench.number)
        try await bench.decide("x")
        let delivery = try await bench.claimAndBegin()
        try await bench.ledger.accepted("SM01", delivery: delivery.id, now: SenderBench.start)
        try await bench.outbox.record(
            [OutboxOutcome(id: delivery.id, result: .sent(providerMessageID: "SM01"))], now: SenderBench.start)
        let number = try await bench.register(SMSBench.number)
        let status = try #require(TwilioStatusWebhook(SMSBench.configuration(), ledger: bench.ledger))
        let inbound = try #require(TwilioInboundWebhook(SMSBench.configuration(), ledger: bench.ledger))
        let doors = try await LoopbackServer.start { request in
            let headers = Dictionary(
                request.headers.map { ($0.name.lowercased(), $0.value) }, uniquingKeysWith: { first, _ in first })
            let answer =
                request.path == TwilioConfiguration.statusPath
                ? await status.receive(target: request.uri, headers: headers, body: request.body)
                : await inbound.receive(target: request.uri, headers: headers, body: request.body)
            return LoopbackResponse(status: answer.status, body: Array(answer.body.utf8))
        }
        let cases = Self.cases()
        let file = try PeerScript.file(
            "cases.json",
            JSONEncoder().encode(
                Cases(
                    token: FakeTwilio.token, publicURL: SMSBench.publicURL,
                    cases: cases.map { made in
                        let url = made.base + made.target
                        return Case(
                            url: url, form: made.form.map { [$0.name, $0.value] }, signature: Self.sign(url, made.form))
                    })))
        defer { try? FileManager.default.removeItem(at: file) }
        let judge = try await PeerScript.run("twilio_signatures.py", [file.path, doors.url])
        await doors.stop()
        #expect(judge.status == 0, "\(judge.output)")
        let isClosed = try await bench.addresses().first { $0.value == number }?.disabledReason
        #expect(isClosed == "stop")
        #expect(try await bench.history().first?.state == "delivered")

        // What the library signs for each address, with and without a port, is valid for us.
        let signed = judge.output.split(separator: "\n").filter { $0.hasPrefix("SIGNED ") }
            .map { $0.split(separator: " ").map(String.init) }
        var checked = 0
        for made in cases {
            let url = made.base + made.target
            for line in signed where line.count == 3 && line[1] == url {
                // Several forms share an address; the library signed each of them.
                let path = String(made.target.prefix { $0 != "?" })
                let matches = cases.filter { $0.base + $0.target == url }.contains { other in
                    TwilioSignature(token: FakeTwilio.token, publicURL: other.base).isValid(
                        line[2], path: path, target: other.target, form: other.form)
                }
                #expect(matches, "\(url)")
                checked += 1
            }
        }
        #expect(checked >= cases.count)
    }
}
