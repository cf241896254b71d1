package import Chat
package import Delivery
package import Logging
package import Market
import Metrics
import People

/// What both doors of Twilio have in common: the signature is checked before a field is looked at.
struct TwilioDoor: Sendable {
    private let signature: TwilioSignature
    private let path: String
    private let name: String
    private let bodyLimit: Int

    /// `bodyLimit` in bytes; Twilio's forms have a few kilobytes.
    init(token: String, publicURL: String, path: String, name: String, bodyLimit: Int = 64 << 10) {
        signature = TwilioSignature(token: token, publicURL: publicURL)
        self.path = path
        self.name = name
        self.bodyLimit = bodyLimit
    }

    /// The form's fields, and those of the query; or the answer to a stranger.
    func open(target: String, headers: [String: String], body: [UInt8]) -> Result<[String: String], Refusal> {
        guard body.count <= bodyLimit, let form = FormText.decode(String(decoding: body, as: UTF8.self)) else {
            count("too_large")
            return .failure(Refusal(answer: WebhookAnswer(status: 413)))
        }
        guard signature.isValid(headers[TwilioSignature.header], path: path, target: target, form: form) else {
            count("unauthorized")
            return .failure(Refusal(answer: WebhookAnswer(status: 403)))
        }
        let query = target.firstIndex(of: "?").map { target[target.index(after: $0)...] }
        let asked = query.flatMap { FormText.decode($0) } ?? []
        return .success(Dictionary((asked + form).map { ($0.name, $0.value) }, uniquingKeysWith: { $1 }))
    }

    func count(_ outcome: String) {
        Counter(label: "vigia_twilio_webhook_total", dimensions: [("door", name), ("outcome", outcome)]).increment()
    }
}

struct Refusal: Error {
    var answer: WebhookAnswer
}

/// `/webhooks/twilio/status`: what became of a message. Reports come twice and out of order; each counts once, and a
/// message that has arrived stays so.
package struct TwilioStatusWebhook: InboundWebhook {
    private let door: TwilioDoor
    private let ledger: any SMSLedger
    private let time: any TimeSource
    private let logger: Logger

    /// `nil` without a public URL: Twilio then has nowhere to report to.
    package init?(
        _ configuration: TwilioConfiguration, ledger: any SMSLedger, time: any TimeSource = WallTime(),
        logger: Logger = Logger(label: "vigia.sms")
    ) {
        guard let url = configuration.publicURL else { return nil }
        door = TwilioDoor(
            token: configuration.token, publicURL: url, path: TwilioConfiguration.statusPath, name: "status")
        self.ledger = ledger
        self.time = time
        self.logger = logger
    }

    package func receive(headers: [String: String], body: [UInt8]) async -> WebhookAnswer {
        await receive(target: TwilioConfiguration.statusPath, headers: headers, body: body)
    }

    package func receive(target: String, headers: [String: String], body: [UInt8]) async -> WebhookAnswer {
        let fields: [String: String]
        switch door.open(target: target, headers: headers, body: body) {
        case .success(let known): fields = known
        case .failure(let refusal): return refusal.answer
        }
        guard let sid = fields["MessageSid"] ?? fields["SmsSid"], TwilioAPI.isID(sid),
            let word = fields["MessageStatus"] ?? fields["SmsStatus"]
        else {
            door.count("malformed")
            return WebhookAnswer(status: 400)
        }
        // Words that Twilio adds some day are no reason for it to call again.
        guard let state = TwilioStatusWebhook.state(word) else {
            door.count("ignored")
            return WebhookAnswer(status: 204)
        }
        let code = fields["ErrorCode"].flatMap { Int($0) }.flatMap { $0 == 0 ? nil : $0 }
        let report = SMSReport(
            messageID: sid, state: state, errorCode: code,
            delivery: fields["delivery"].flatMap { Int64($0) }.map { OutboxID($0) },
            gone: state == .undelivered || state == .failed ? code.flatMap(TwilioProblem.goneReason) : nil)
        do {
            door.count(try await ledger.note(report, now: time.now) ? state.rawValue : "repeated")
            return WebhookAnswer(status: 204)
        } catch {
            door.count("not_stored")
            logger.error("SMS report not stored", metadata: ["cause": "\(error)"])
            return WebhookAnswer(status: 500)
        }
    }

    static func state(_ word: String) -> SMSState? {
        switch word {
        case "scheduled", "accepted": .accepted
        case "canceled": .failed
        case "read": .delivered
        default: SMSState(rawValue: word)
        }
    }
}

/// `/webhooks/twilio/inbound`: somebody writes to our number. STOP and its like close the number, START and its like
/// open it again; everything else is not for us. Twilio itself answers the sender.
package struct TwilioInboundWebhook: InboundWebhook {
    private static let stop: Set<String> = ["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"]
    private static let start: Set<String> = ["START", "YES", "UNSTOP"]
    /// No words of ours: TwiML that says nothing.
    private static let silence = WebhookAnswer(
        status: 200, body: "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response/>", contentType: "text/xml")

    private let door: TwilioDoor
    private let ledger: any SMSLedger
    private let time: any TimeSource
    private let logger: Logger

    /// `nil` without a public URL.
    package init?(
        _ configuration: TwilioConfiguration, ledger: any SMSLedger, time: any TimeSource = WallTime(),
        logger: Logger = Logger(label: "vigia.sms")
    ) {
        guard let url = configuration.publicURL else { return nil }
        door = TwilioDoor(
            token: configuration.token, publicURL: url, path: TwilioConfiguration.inboundPath, name: "inbound")
        self.ledger = ledger
        self.time = time
        self.logger = logger
    }

    package func receive(headers: [String: String], body: [UInt8]) async -> WebhookAnswer {
        await receive(target: TwilioConfiguration.inboundPath, headers: headers, body: body)
    }

    package func receive(target: String, headers: [String: String], body: [UInt8]) async -> WebhookAnswer {
        let fields: [String: String]
        switch door.open(target: target, headers: headers, body: body) {
        case .success(let known): fields = known
        case .failure(let refusal): return refusal.answer
        }
        guard let sid = fields["MessageSid"] ?? fields["SmsSid"], TwilioAPI.isID(sid),
            let number = fields["From"].flatMap({ PhoneNumber($0) })
        else {
            door.count("malformed")
            return WebhookAnswer(status: 400)
        }
        guard let isWanted = TwilioInboundWebhook.wish(fields["Body"] ?? "") else {
            door.count("ignored")
            return TwilioInboundWebhook.silence
        }
        do {
            let isNew = try await ledger.setWanted(
                isWanted, number: number.text, messageID: sid, now: time.now)
            door.count(!isNew ? "repeated" : isWanted ? "start" : "stop")
            return TwilioInboundWebhook.silence
        } catch {
            door.count("not_stored")
            logger.error("STOP or START not stored", metadata: ["cause": "\(error)"])
            return WebhookAnswer(status: 500)
        }
    }

    /// A single word, in any case and with whatever marks around it; `nil` for anything else.
    static func wish(_ body: String) -> Bool? {
        let words = body.uppercased().split { !$0.isLetter }
        guard words.count == 1, let word = words.first.map(String.init) else { return nil }
        return stop.contains(word) ? false : start.contains(word) ? true : nil
    }
}
