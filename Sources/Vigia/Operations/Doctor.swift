import Channels
import Delivery
import Foundation
import Market
import Transport

/// Checks what an agent needs before it starts: one finding each.
struct Doctor {
    struct Finding: Encodable {
        enum State: String, Encodable { case ok, failed, off }
        var check: String
        var state: State
        var detail: String
    }

    let settings: Settings
    let transport: any HTTPTransport
    let time: any TimeSource
    /// Opens the database and answers what is there.
    let openDatabase: () async throws -> String

    func findings() async -> [Finding] {
        var findings = [Finding(check: "settings", state: .ok, detail: "\(SettingKey.all.count) settings read")]
        findings.append(await database())
        findings.append(disk())
        findings.append(await telegram())
        findings.append(await discordBot())
        findings.append(await discordWebhook())
        findings += await binance()
        findings.append(
            await probe("coinbase", url: settings.text("COINBASE_API_URL") + "/time", label: "coinbase time"))
        findings.append(await email())
        findings.append(await sms())
        return findings
    }

    private func database() async -> Finding {
        do {
            return Finding(check: "database", state: .ok, detail: try await openDatabase())
        } catch {
            return Finding(check: "database", state: .failed, detail: "\(error)")
        }
    }

    private func disk() -> Finding {
        let attributes = try? FileManager.default.attributesOfFileSystem(
            forPath: FileManager.default.currentDirectoryPath)
        guard let free = (attributes?[.systemFreeSize] as? NSNumber)?.int64Value else {
            return Finding(check: "disk", state: .failed, detail: "free space cannot be read")
        }
        let megabytes = free / 1_000_000
        return Finding(
            check: "disk", state: megabytes >= 500 ? .ok : .failed, detail: "\(megabytes) MB free, 500 MB wanted")
    }

    private func telegram() async -> Finding {
        guard let token = settings["TELEGRAM_BOT_TOKEN"] else {
            return Finding(check: "telegram", state: .off, detail: "TELEGRAM_BOT_TOKEN is not set")
        }
        return await probe(
            "telegram", url: settings.text("TELEGRAM_API_URL") + "/bot\(token)/getMe", label: "telegram getMe")
    }

    private func discordBot() async -> Finding {
        guard let token = settings["DISCORD_BOT_TOKEN"] else {
            return Finding(check: "discord bot", state: .off, detail: "DISCORD_BOT_TOKEN is not set")
        }
        if settings.text("DISCORD_MODE") == "webhook", settings["DISCORD_PUBLIC_KEY"] == nil {
            return Finding(
                check: "discord bot", state: .failed,
                detail: "DISCORD_MODE is webhook, but DISCORD_PUBLIC_KEY is not set")
        }
        return await probe(
            "discord bot", url: settings.text("DISCORD_API_URL") + "/users/@me", label: "discord get me",
            headers: [("authorization", "Bot \(token)")])
    }

    private func discordWebhook() async -> Finding {
        guard let url = settings["DISCORD_WEBHOOK_URL"] else {
            return Finding(check: "discord webhook", state: .off, detail: "DISCORD_WEBHOOK_URL is not set")
        }
        return await probe("discord webhook", url: url, label: "discord webhook")
    }

    /// Connects, encrypts and logs in; sends nothing.
    private func email() async -> Finding {
        do {
            guard let configuration = try EmailWiring.configuration(settings) else {
                return Finding(check: "e-mail", state: .off, detail: "SMTP_SERVER is not set")
            }
            try await SMTPSender(configuration, connections: 1).check()
            return Finding(check: "e-mail", state: .ok, detail: "log-in accepted")
        } catch let error as DeliveryError {
            return Finding(check: "e-mail", state: .failed, detail: error.reason)
        } catch let error as CommandFailure {
            return Finding(check: "e-mail", state: .failed, detail: error.message)
        } catch {
            return Finding(check: "e-mail", state: .failed, detail: "\(error)")
        }
    }

    private func sms() async -> Finding {
        do {
            guard let configuration = try SMSWiring.configuration(settings) else {
                return Finding(check: "sms", state: .off, detail: "TWILIO_ACCOUNT_SID is not set")
            }
            try await TwilioAPI(transport: transport, configuration: configuration).check()
            let prefixes = SMSPrefixes(
                setting: settings["SMS_ALLOWED_PREFIXES"], operatorPhone: settings["ALERT_PHONE_NUMBER"]
            ).prefixes
            guard !prefixes.isEmpty else {
                return Finding(
                    check: "sms", state: .failed,
                    detail: "no number may be reached: set SMS_ALLOWED_PREFIXES or ALERT_PHONE_NUMBER")
            }
            return Finding(check: "sms", state: .ok, detail: "account active, to \(prefixes.joined(separator: " "))")
        } catch let error as DeliveryError {
            return Finding(check: "sms", state: .failed, detail: error.reason)
        } catch let error as CommandFailure {
            return Finding(check: "sms", state: .failed, detail: error.message)
        } catch {
            return Finding(check: "sms", state: .failed, detail: "\(error)")
        }
    }

    private func binance() async -> [Finding] {
        let before = time.now
        let call = HTTPCall(url: settings.text("BINANCE_API_URL") + "/api/v3/time", label: "binance time")
        do {
            let answer = try await transport.send(call)
            struct ServerTime: Decodable { var serverTime: Int64 }
            guard answer.status == 200,
                let server = try? JSONDecoder().decode(ServerTime.self, from: Data(answer.body))
            else {
                let refused = answer.status == 451 || answer.status == 403
                return [
                    Finding(
                        check: "binance", state: .failed,
                        detail: "HTTP \(answer.status)" + (refused ? ": refuses this country" : ""))
                ]
            }
            let drift = before - Timestamp(milliseconds: server.serverTime)
            let offset = abs(drift.milliseconds)
            var clock = Finding(
                check: "clock", state: offset <= 5000 ? .ok : .failed,
                detail: "\(offset) ms off the venue's clock, 5000 ms allowed")
            if settings.text("VIGIA_CLOCK") == "venue" {
                clock = Finding(check: "clock", state: .ok, detail: "venue time is used")
            }
            return [Finding(check: "binance", state: .ok, detail: "answers"), clock]
        } catch {
            return [Finding(check: "binance", state: .failed, detail: Doctor.text(error))]
        }
    }

    private func probe(
        _ check: String, url: String, label: String, headers: [(name: String, value: String)] = []
    ) async -> Finding {
        do {
            let answer = try await transport.send(HTTPCall(url: url, headers: headers, label: label))
            return answer.status == 200
                ? Finding(check: check, state: .ok, detail: "answers")
                : Finding(check: check, state: .failed, detail: "HTTP \(answer.status)")
        } catch {
            return Finding(check: check, state: .failed, detail: Doctor.text(error))
        }
    }

    private static func text(_ error: TransportError) -> String {
        switch error {
        case .notConnected(let reason): "not connected: \(reason)"
        case .noAnswer(let reason): "no answer: \(reason)"
        case .answerTooLarge: "the answer is too large"
        case .cancelled: "cancelled"
        }
    }
}
