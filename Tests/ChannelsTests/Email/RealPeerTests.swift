import Delivery
import Foundation
import Market
import Messages
import Support
import Testing
import Turns

@testable import Channels

/// Mails as others see them: Python's strict reader, and a real Postfix with TLS and a log-in.
@Suite(.oneAtATime, .timeLimit(.minutes(2))) struct RealPeerTests {
    private static let interpreter = ["/usr/bin/python3", "/usr/local/bin/python3"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    /// Subjects and texts that have broken mail programs.
    static let hostile = [
        "plain words", "🔔 BTC 61,234.50 USDT · critical", "a\r\nBcc: victim@example.org\r\nX-Injected: yes\r\n\r\nbody",
        "\u{0}\u{1B}[31mred\u{7}", "=?utf-8?Q?already=20encoded?= =?utf-8?B?!!!?=",
        String(repeating: "long ", count: 400),
        String(repeating: "x", count: 5_000), String(repeating: "ñ", count: 2_000), String(repeating: "👩‍👩‍👧‍👦", count: 90),
        "مرحبا بالعالم — \u{202E}gnp.exe\u{202C}", "\u{2067}שלום\u{2069} 123", "From here\nFrom there\n.\n..\n.end",
        "trailing blanks   \n\t\ntab\there", "<b>no</b> & \"quotes\" 'too' <script>", "比特币上涨 10%", "a=b=20c=\n=3D",
        "  ", "e\u{301}\u{301}",
        "--=_alternative_171768399320000exampleorg--\n--=_alternative_171768399320000exampleorg",
        "one\u{2028}two\u{2029}three\u{85}four\u{B}five\u{C}six",
    ]

    private static let picture = (0..<1_024).map { UInt8($0 % 256) }

    private struct Meant: Encodable {
        var subject: String
        var text: String
        var html: String
        var images: [String]
    }

    private func mails() async throws -> [EmailMessage] {
        let channel = try EmailBench.channel(EmailBench.configuration(port: 1), links: FixedLinks())
        let reader = try #require(MailAddress("Ana Ñandú <ana@example.net>"))
        var mails: [EmailMessage] = []
        for (number, text) in RealPeerTests.hostile.enumerated() where !text.trimmingWhitespace.isEmpty {
            let message = Message(
                blocks: [
                    .text([
                        InlineSpan(text), InlineSpan(text, .bold), InlineSpan("\n"),
                        InlineSpan(text, .link("https://x.example/?q=1&b=2")),
                    ]),
                    .preformatted(text),
                ], buttons: [[.init(label: text, action: .command("/why 12"))]])
            var mail = try await channel.mail(EmailBench.delivery(message, id: Int64(number)), to: reader)
            if number % 3 == 0 {
                let name = EmailHeader.clean(text).prefix(60)
                mail.images = [1, 2].map { (image: Int) -> EmailMessage.InlineImage in
                    EmailMessage.InlineImage(
                        id: "chart-\(image)@example.org", mediaType: "image/png", name: "\(name) \(image).png",
                        content: RealPeerTests.picture)
                }
                let shown = mail.images.map { "<img src=\"cid:\($0.id)\">" }.joined()
                mail.html = mail.html.map { $0.replacing("</body>", with: shown + "</body>") }
            }
            mails.append(mail)
        }
        return mails
    }

    /// What Python must read for what was written.
    private func check(_ mails: [(bytes: [UInt8], meant: EmailMessage)]) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "vigia-mails-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for (number, (bytes, mail)) in mails.enumerated() {
            try Data(bytes).write(to: folder.appending(path: "\(number).eml"))
            let meant = Meant(
                subject: EmailHeader.clean(mail.subject), text: lines(mail.text), html: lines(mail.html ?? ""),
                images: mail.images.map { name(of: $0) })
            try JSONEncoder().encode(meant).write(to: folder.appending(path: "\(number).json"))
        }
        let process = Process()
        process.executableURL = URL(filePath: try #require(RealPeerTests.interpreter))
        process.arguments = [
            URL(filePath: #filePath).deletingLastPathComponent().appending(path: "read_mails.py").path, folder.path,
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(said == "read \(mails.count)\n")
    }

    private func lines(_ text: String) -> String { text.hasSuffix("\n") ? text : text + "\n" }

    private func name(of image: EmailMessage.InlineImage) -> String {
        EmailHeader.clean(image.name).replacing("\"", with: "'").replacing("\\", with: "_").replacing("/", with: "_")
    }

    @Test("Python's strict reader finds no defect, and what was meant", .enabled(if: RealPeerTests.interpreter != nil))
    func python() async throws {
        try check(try await mails().map { (bytes: $0.bytes, meant: $0) })
    }

    @Test(
        "a real Postfix takes the mails encrypted and logged in, and hands them on as they were",
        .enabled(if: Postfix.isThere, "needs root and Debian's package postfix"))
    func postfix() async throws {
        var rules = FakeSMTP.Rules()
        rules.offersTLS = false
        try await EmailBench.with(rules) { next in
            let postfix = try Postfix(user: EmailBench.login.user, password: EmailBench.login.password, next: next.port)
            defer { postfix.stop() }
            try await TestCertificate.withFile { file in
                let mails = try await mails()
                let configuration = try EmailBench.configuration(
                    port: postfix.port, security: .starttls, login: EmailBench.login, caFile: file)
                let sender = SMTPSender(configuration, connections: 1)
                for mail in mails {
                    let answer = try await sender.send(
                        SMTPEnvelope(from: "alerts@example.org", to: mail.to.mailbox, content: mail.bytes))
                    #expect(answer.contains("queued as"))
                }
                try await SMTPSender(
                    EmailBench.configuration(
                        port: postfix.tlsPort, security: .tls, login: EmailBench.login, caFile: file)
                ).check()
                try await next.wait(for: "the mails", within: .seconds(30)) { $0.count >= mails.count }
                let byID = Dictionary(uniqueKeysWithValues: mails.map { ("<\($0.messageID)>", $0) })
                for relayed in next.mails {
                    let meant = try #require(byID[relayed.header("Message-ID") ?? ""])
                    // Postfix adds what it received and where; all else is as it was.
                    #expect(relayed.text.hasSuffix(String(decoding: meant.bytes, as: UTF8.self)))
                }
                // One connection, one log-in for all of them.
                #expect(postfix.log.matches(of: #/sasl_method=PLAIN/#).count == mails.count)
                #expect(postfix.log.matches(of: #/ connect from/#).count <= 3)
                await #expect {
                    try await SMTPSender(
                        EmailBench.configuration(
                            port: postfix.port, security: .starttls, login: ("vigia", "wrong"), caFile: file)
                    ).check()
                } throws: { error in
                    if case .unauthorized(let reason) = error as? DeliveryError {
                        reason.contains("535 5.7.8")
                    } else {
                        false
                    }
                }
                await #expect {
                    try await SMTPSender(
                        EmailBench.configuration(port: postfix.port, security: .starttls, caFile: file)
                    ).send(SMTPEnvelope(from: "alerts@example.org", to: "ana@example.net", content: mails[0].bytes))
                } throws: { ($0 as? DeliveryError)?.reason.hasPrefix("mail server: 554 5.7.1") == true }
                await #expect {
                    try await SMTPSender(
                        EmailBench.configuration(port: postfix.port, security: .starttls, login: EmailBench.login)
                    ).check()
                } throws: { ($0 as? DeliveryError)?.reason.hasPrefix("TLS with the mail server failed") == true }
            }
        }
    }

    /// Written where `VIGIA_MAIL_SAMPLE` says, to be looked at.
    @Test("a sample can be written down", .enabled(if: ProcessInfo.processInfo.environment["VIGIA_MAIL_SAMPLE"] != nil))
    func sample() async throws {
        let path = try #require(ProcessInfo.processInfo.environment["VIGIA_MAIL_SAMPLE"])
        let channel = try EmailBench.channel(EmailBench.configuration(port: 1), links: FixedLinks())
        let at = Timestamp(milliseconds: 1_768_399_320_000)
        let message = Message(
            blocks: [
                .text([
                    InlineSpan("🟢 "), InlineSpan("BTC", .bold), InlineSpan(" · "), InlineSpan("strong buy", .bold),
                    InlineSpan(" · trend\n61,234.50 USDT"),
                ]),
                .text([
                    InlineSpan("Strength: ▰▰▰▰▰▰▰▰▰▱ "), InlineSpan("91%", .bold),
                    InlineSpan(
                        "\nExpected move: ±2.4%\nRisk: 🟡 medium (0.34)\nOutlook: 1 to 4 hours\nSuch signals so far: median +0.6%, 41 of 68 went up"
                    ),
                ]),
                .text([
                    InlineSpan(
                        "• price above its 20 and 50 hour averages\n• volume 2.1 times the usual\n• momentum rising")
                ]),
                .preformatted("        62k ┤      ╭╮\n        61k ┤  ╭──╯╰──\n        60k ┤──╯"),
                .text([
                    InlineSpan("momentum 0.62 · trend 0.71 · "), InlineSpan("14 Jan 2026 15:02 CET", .time(at)),
                    InlineSpan("\n"), InlineSpan("Not financial advice.", .italic),
                ]),
            ],
            buttons: [
                [.init(label: "Open at the venue", action: .link("https://www.binance.com/en/trade/BTC_USDT"))],
                [
                    .init(label: "📈 Chart", action: .command("/chart BTC")),
                    .init(label: "❓ Why", action: .command("/why 12")),
                    .init(label: "🔕 Mute 2 h", action: .command("/mute 2h")),
                ],
            ])
        let mail = try await channel.mail(EmailBench.delivery(message), to: #require(MailAddress("ana@example.net")))
        try Data((mail.html ?? "").utf8).write(to: URL(filePath: path + ".html"))
        try Data(mail.bytes).write(to: URL(filePath: path + ".eml"))
    }
}
