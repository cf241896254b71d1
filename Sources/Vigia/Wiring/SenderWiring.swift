import Channels
import Chat
import Decisions
import Delivery
import Logging
import Market
import Messages
import Storage

/// E-mail out, when a mail server is set.
struct EmailWiring {
    let channel: EmailChannel

    /// `nil` without `SMTP_SERVER`.
    init?(_ base: Foundations) throws {
        guard let configuration = try EmailWiring.configuration(base.settings) else { return nil }
        channel = EmailChannel(
            configuration, sender: SMTPSender(configuration), renderer: base.renderer, links: base.contacts.links,
            time: base.wall,
            logger: base.logger("vigia.email"))
    }

    static func configuration(_ settings: Settings) throws -> EmailConfiguration? {
        guard let server = settings["SMTP_SERVER"] else { return nil }
        do {
            return try EmailConfiguration(
                server: server, port: settings.count("SMTP_PORT"), username: settings["SMTP_USERNAME"],
                password: settings["SMTP_PASSWORD"], from: settings["SMTP_FROM"],
                security: .init(rawValue: settings.text("SMTP_SECURITY")) ?? .starttls,
                caFile: settings["VIGIA_CA_FILE"])
        } catch {
            throw CommandFailure("\(error.setting): expected \(error.accepted)", code: 2)
        }
    }
}

/// SMS out and what comes back of them, when a Twilio account is set.
struct SMSWiring {
    let channel: SMSChannel
    /// Doors at `/webhooks/…`; none without `VIGIA_PUBLIC_URL`.
    let webhooks: [String: any InboundWebhook]

    /// `nil` without `TWILIO_ACCOUNT_SID`.
    init?(_ base: Foundations) throws {
        let settings = base.settings
        guard let configuration = try SMSWiring.configuration(settings) else { return nil }
        let ledger = SQLSMSLedger(base.database, vault: base.contacts.vault)
        // Alerts of this kind are few: the fan-out finds them at its next round.
        let publisher = AlertPublisher(store: SQLAlertStore(base.database), time: base.wall, fanOut: Wakeup())
        let logger = base.logger("vigia.sms")
        channel = SMSChannel(
            api: TwilioAPI(transport: base.transport, configuration: configuration), ledger: ledger,
            caps: SMSCaps(daily: settings.count("SMS_DAILY_CAP"), monthly: settings.count("SMS_MONTHLY_CAP")),
            prefixes: SMSPrefixes(
                setting: settings["SMS_ALLOWED_PREFIXES"], operatorPhone: settings["ALERT_PHONE_NUMBER"]),
            time: base.wall, logger: logger
        ) { verdict in
            guard let notice = SMSWiring.notice(verdict) else { return }
            do {
                try await publisher.publish(DecisionBatch(alerts: [SystemAlert.alert(notice, at: base.wall.now)]))
            } catch {
                logger.error("the operators were not told of the SMS cap", metadata: ["cause": "\(error)"])
            }
        }
        var webhooks: [String: any InboundWebhook] = [:]
        if let door = TwilioStatusWebhook(configuration, ledger: ledger, time: base.wall, logger: logger) {
            webhooks["twilio/status"] = door
        }
        if let door = TwilioInboundWebhook(configuration, ledger: ledger, time: base.wall, logger: logger) {
            webhooks["twilio/inbound"] = door
        }
        self.webhooks = webhooks
    }

    static func configuration(_ settings: Settings) throws -> TwilioConfiguration? {
        guard let account = settings["TWILIO_ACCOUNT_SID"] else { return nil }
        do {
            return try TwilioConfiguration(
                account: account, token: settings["TWILIO_AUTH_TOKEN"], sender: settings["TWILIO_PHONE_NUMBER"],
                apiURL: settings.text("TWILIO_API_URL"), publicURL: settings["VIGIA_PUBLIC_URL"])
        } catch {
            throw CommandFailure("\(error.setting): expected \(error.accepted)", code: 2)
        }
    }

    /// A warning, which goes out by mail and chat: one by SMS could not be sent.
    private static func notice(_ verdict: SMSCaps.Verdict) -> SystemNotice? {
        switch verdict {
        case .allowed: nil
        case .dayUsedUp(let cap):
            SystemNotice(severity: .warning, key: "sms_cap", values: ["cap": "\(cap)", "setting": "SMS_DAILY_CAP"])
        case .monthUsedUp(let cap):
            SystemNotice(severity: .warning, key: "sms_cap", values: ["cap": "\(cap)", "setting": "SMS_MONTHLY_CAP"])
        }
    }
}
