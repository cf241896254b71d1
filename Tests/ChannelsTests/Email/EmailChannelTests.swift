import Delivery
import Foundation
import Market
import Messages
import People
import Support
import Testing
import Turns

@testable import Channels

@Suite(.oneAtATime, .timeLimit(.minutes(2))) struct EmailChannelTests {
    @Test("mail goes out encrypted and logged in, over one connection for many")
    func reuse() async throws {
        var rules = FakeSMTP.Rules()
        rules.login = EmailBench.login
        try await EmailBench.with(rules) { server in
            try await TestCertificate.withFile { file in
                let channel = try EmailBench.channel(
                    EmailBench.configuration(
                        port: server.port, security: .starttls, login: EmailBench.login, caFile: file))
                for id in 1...5 { _ = try await channel.send(EmailBench.delivery(.plain("mail \(id)"), id: Int64(id))) }
                #expect(server.mails.count == 5)
                #expect(server.connections == 1)
                #expect(server.mails.allSatisfy { $0.isEncrypted && $0.user == EmailBench.login.user })
                #expect(server.mails.allSatisfy { $0.from == "alerts@example.org" && $0.to == ["ana@example.net"] })
                #expect(Set(server.mails.compactMap { $0.header("Message-ID") }).count == 5)
            }
        }
    }

    @Test("TLS from the first byte works as well")
    func implicitTLS() async throws {
        var rules = FakeSMTP.Rules()
        rules.isImplicitTLS = true
        try await EmailBench.with(rules) { server in
            try await TestCertificate.withFile { file in
                let channel = try EmailBench.channel(
                    EmailBench.configuration(port: server.port, security: .tls, caFile: file))
                _ = try await channel.send(EmailBench.delivery(.plain("hello")))
                #expect(server.mails.first?.isEncrypted == true)
            }
        }
    }

    @Test("a server without TLS gets neither the password nor the mail")
    func noTLS() async throws {
        var rules = FakeSMTP.Rules()
        rules.offersTLS = false
        rules.login = EmailBench.login
        try await EmailBench.with(rules) { server in
            let channel = try EmailBench.channel(
                EmailBench.configuration(port: server.port, security: .starttls, login: EmailBench.login))
            await #expect(
                throws: DeliveryError.unavailable(
                    reason: "the mail server offers no TLS, which SMTP_SECURITY requires")
            ) { try await channel.send(EmailBench.delivery(.plain("hello"))) }
            #expect(server.attempts == 0)
        }
    }

    @Test("several senders at once use no more connections than they may")
    func pool() async throws {
        try await EmailBench.with { server in
            let channel = try EmailBench.channel(EmailBench.configuration(port: server.port), connections: 2)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for id in 1...40 {
                    group.addTask { _ = try await channel.send(EmailBench.delivery(.plain("x"), id: Int64(id))) }
                }
                try await group.waitForAll()
            }
            #expect(server.mails.count == 40)
            #expect(server.connections <= 2)
        }
    }

    @Test("a connection that the server closed meanwhile costs no mail")
    func closedMeanwhile() async throws {
        try await EmailBench.with { server in
            let bench = try await SenderBench(.email, address: "ana@example.net")
            let channel = try EmailBench.channel(EmailBench.configuration(port: server.port))
            _ = try await channel.send(EmailBench.delivery(.plain("first")))
            server.cutAll()
            try await bench.decide("second")
            let ending = try await bench.runToTheEnd(channel)
            #expect(ending.state == "sent")
            #expect(server.mails.count == 2)
        }
    }

    @Test("headers are those of a good bulk sender, and the repeat is the same mail")
    func headers() async throws {
        try await EmailBench.with { server in
            let channel = try EmailBench.channel(
                EmailBench.configuration(port: server.port), links: FixedLinks())
            let message = Message(blocks: [.text([InlineSpan("🔔 BTC 61,234.50 USDT\nprice > 61000")])])
            let first = try await channel.send(EmailBench.delivery(message))
            let again = try await channel.send(EmailBench.delivery(message, possibleRepeat: true))
            #expect(first == again)
            #expect(server.mails.count == 2)
            #expect(server.mails.first?.content == server.mails.last?.content)
            let mail = try #require(server.mails.first)
            #expect(mail.header("Message-ID") == "<17.1768399320000@example.org>")
            #expect(mail.header("Date") == "Wed, 14 Jan 2026 14:02:00 +0000")
            #expect(mail.header("From") == "Vigia <alerts@example.org>")
            #expect(mail.header("List-Id") == "Vigia <alerts.example.org>")
            #expect(mail.header("List-Unsubscribe") == "<https://vigia.example.org/unsubscribe/abc123>")
            #expect(mail.header("List-Unsubscribe-Post") == "List-Unsubscribe=One-Click")
            #expect(mail.header("Auto-Submitted") == "auto-generated")
            let other = try await channel.mail(
                EmailBench.delivery(.plain("x"), id: 18), to: #require(MailAddress("ana@example.net")))
            #expect(other.references.map { "<\($0)>" } == [mail.header("References") ?? ""])
            #expect(mail.text.contains("Content-Type: multipart/alternative"))
            #expect(!mail.text.utf8.contains { $0 >= 0x80 })
        }
    }

    @Test("a link that could break out of the header is left out, and the mail still goes")
    func badLink() async throws {
        let reader = try #require(MailAddress("ana@example.net"))
        for url in ["https://x.example/\r\nBcc: a@b", "javascript:alert(1)", "http://x.example/u", "https://x/>y"] {
            let channel = try EmailBench.channel(EmailBench.configuration(port: 1), links: FixedLinks(url: url))
            let mail = try await channel.mail(EmailBench.delivery(.plain("x")), to: reader)
            #expect(mail.unsubscribeURL == nil)
            #expect(!String(decoding: mail.bytes, as: UTF8.self).contains("List-Unsubscribe"))
        }
    }

    @Test("a digest comes as its letter, and its link ends the digest alone")
    func letter() async throws {
        let channel = try EmailBench.channel(EmailBench.configuration(port: 1), links: ListLinks())
        var message = Message.plain("BTC 61,234.50 USDT")
        message.letter = Message.Letter(subject: "Your day in the market", html: "<h2>Watch list</h2>")
        let mail = try await channel.mail(EmailBench.delivery(message), to: #require(MailAddress("ana@example.net")))
        #expect(mail.subject == "Your day in the market")
        #expect(mail.html?.contains("<h2>Watch list</h2>") == true)
        #expect(mail.text.contains("BTC 61,234.50 USDT"))
        #expect(mail.unsubscribeURL == "https://vigia.example.org/unsubscribe/reference-2")
        let alert = try await channel.mail(
            EmailBench.delivery(.plain("x")), to: #require(MailAddress("ana@example.net")))
        #expect(alert.unsubscribeURL == "https://vigia.example.org/unsubscribe/reference-1")
    }

    private struct ListLinks: UnsubscribeLinking {
        func url(contact: String, list: MailList) -> String? {
            "https://vigia.example.org/unsubscribe/\(contact)-\(list.rawValue)"
        }
    }

    @Test("the footer is in the reader's language", arguments: [("en", "Unsubscribe"), ("es", "Darse de baja")])
    func language(code: String, words: String) async throws {
        let channel = try EmailBench.channel(EmailBench.configuration(port: 1), links: FixedLinks())
        let mail = try await channel.mail(
            EmailBench.delivery(.plain("x"), language: code), to: #require(MailAddress("ana@example.net")))
        #expect(mail.text.contains("\(words): https://vigia.example.org/unsubscribe/abc123"))
        #expect(mail.html?.contains(">\(words)</a>") == true)
        #expect(mail.html?.contains("lang=\"\(code)\"") == true)
    }

    @Test("text of others cannot become HTML")
    func escaped() {
        let nasty = "<script>alert('x')</script> & \"quotes\" <img src=x onerror=y>"
        let markup = EmailMarkup(
            Message(
                blocks: [
                    .text([InlineSpan(nasty, .bold), InlineSpan("link", .link("javascript:alert(1)"))]),
                    .text([InlineSpan(nasty), InlineSpan("ok", .link("https://x.example/?a=1&b=\"2"))]),
                    .preformatted(nasty),
                ],
                buttons: [
                    [
                        .init(label: nasty, action: .command("/why 1")),
                        .init(label: "bad", action: .link("data:text/html,x")),
                    ],
                    [.init(label: nasty, action: .link("https://x.example/"))],
                ]), images: [("a\"b", nasty)])
        #expect(!markup.html.contains("<script"))
        #expect(!markup.html.contains("<img src=x"))
        #expect(!markup.html.contains("javascript:"))
        #expect(!markup.html.contains("data:"))
        #expect(markup.html.contains("&lt;script&gt;"))
        #expect(markup.subject.hasPrefix("<script>alert('x')</script>"))
        #expect(markup.text.contains("/why 1"))
    }

    @Test("log-in, encryption and reach can be checked without a mail")
    func check() async throws {
        var rules = FakeSMTP.Rules()
        rules.login = EmailBench.login
        try await EmailBench.with(rules) { server in
            try await TestCertificate.withFile { file in
                try await SMTPSender(
                    EmailBench.configuration(
                        port: server.port, security: .starttls, login: EmailBench.login, caFile: file)
                ).check()
                let wrong = try EmailBench.configuration(
                    port: server.port, security: .starttls, login: ("vigia", "wrong"), caFile: file)
                await #expect { try await SMTPSender(wrong).check() } throws: { error in
                    guard case .unauthorized(let reason) = error as? DeliveryError else { return false }
                    return reason.contains("535") && !reason.contains("wrong")
                }
            }
            #expect(server.mails.isEmpty)
        }
    }

    @Test(
        "a mail server that cannot be used is refused at the start, naming the setting",
        arguments: [
            ("smtp.example.org", 587, nil, nil, "a@b.c", EmailConfiguration.Security.none, "SMTP_SECURITY"),
            ("bad host", 587, nil, nil, "a@b.c", .tls, "SMTP_SERVER"),
            ("smtp.example.org", 587, nil, nil, "nobody", .tls, "SMTP_FROM"),
            ("smtp.example.org", 587, "user", nil, "a@b.c", .tls, "SMTP_PASSWORD"),
            ("smtp.example.org", 587, nil, nil, nil, .tls, "SMTP_FROM"),
            ("smtp.example.org/x", 587, nil, nil, "a@b.c", .tls, "SMTP_SERVER"),
        ] as [(String, Int, String?, String?, String?, EmailConfiguration.Security, String)])
    func settings(
        server: String, port: Int, user: String?, password: String?, from: String?,
        security: EmailConfiguration.Security, setting: String
    ) {
        #expect {
            try EmailConfiguration(
                server: server, port: port, username: user, password: password, from: from, security: security)
        } throws: { ($0 as? EmailConfigurationError)?.setting == setting }
    }
}
