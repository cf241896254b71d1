import Foundation
import Market
import Testing
import Turns

@testable import Channels

@Suite(.oneAtATime) struct EmailHeaderTests {
    @Test(
        "whatever a value holds, it is one field of short ASCII lines",
        arguments: [
            "plain", "a\r\nBcc: victim@example.org", "a\nb", "a\r\n\r\n<html>", "\u{0}\u{7}\u{1B}[2J", "=?utf-8?Q?x?=",
            String(repeating: "x", count: 3_000), String(repeating: "a b ", count: 500), "🔔 Ärger mit ₿ → “hoch”",
            "\u{202E}txt.exe", "مرحبا بالعالم \u{2067}abc", String(repeating: "👨‍👩‍👧‍👦", count: 60), "a\u{2028}b\u{85}c",
            "  ", "",
            "\u{301}\u{301}\u{301}", "\tTab\u{B}\u{C}", ":;,<>@\"\\",
        ])
    func oneField(value: String) {
        for field in [
            EmailHeader.text("Subject", value), EmailHeader.labelled("List-Id", value, "alerts.example.org"),
            EmailHeader.field("Content-Disposition", ["inline;"] + EmailHeader.parameter("filename", value)),
        ] {
            #expect(field.hasSuffix("\r\n"))
            let lines = field.dropLast().components(separatedBy: "\r\n")
            for (index, line) in lines.enumerated() {
                #expect(line.utf8.allSatisfy { (0x20...0x7E).contains($0) }, "\(line)")
                #expect(line.utf8.count <= 78, "\(line)")
                #expect(index == 0 ? line.first?.isLetter == true : line.hasPrefix(" "), "\(line)")
                // A line of blanks would end the header for some.
                #expect(index == 0 || line.contains { $0 != " " })
            }
        }
    }

    @Test("plain words stay plain, others become encoded words that read back")
    func words() throws {
        #expect(EmailHeader.text("Subject", "BTC above 61,000") == "Subject: BTC above 61,000\r\n")
        let text = "🔔 " + String(repeating: "señal número — ", count: 12) + "fin"
        let field = EmailHeader.text("Subject", text)
        var bytes = Data()
        for match in field.matches(of: #/=\?utf-8\?B\?([^?]*)\?=/#) {
            #expect(match.0.utf8.count <= 75)
            let piece = try #require(Data(base64Encoded: String(match.1)))
            // No character is cut in two.
            #expect(String(data: piece, encoding: .utf8) != nil)
            bytes += piece
        }
        #expect(String(data: bytes, encoding: .utf8) == text)
    }

    @Test("a date is spelled as RFC 5322 wants it")
    func date() {
        #expect(
            EmailHeader.date(Timestamp(milliseconds: 1_768_399_320_000)) == "Wed, 14 Jan 2026 14:02:00 +0000")
        #expect(EmailHeader.date(Timestamp(milliseconds: 951_782_400_000)) == "Tue, 29 Feb 2000 00:00:00 +0000")
    }

    @Test(
        "addresses that could mean more than a mailbox are none",
        arguments: [
            "", "ana", "ana@", "@example.net", "ana@example..net", "ana@-x.net", "a b@example.net",
            "ana@example.net\r\nRCPT",
            "ana@exa mple.net", "<ana@example.net", "ana@example.net>", "ana@example.net,bob@example.net",
            ".ana@example.net", "ana.@example.net", "ana@example.net\u{0}", "añá@example.net",
            String(repeating: "a", count: 65) + "@example.net", "\"a b\"@example.net",
        ])
    func refused(text: String) {
        #expect(MailAddress(text) == nil)
    }

    @Test("an address may carry a name")
    func named() throws {
        #expect(MailAddress("ana+x@Example.NET")?.mailbox == "ana+x@example.net")
        let named = try #require(MailAddress("\"Vigía, alerts\" <alerts@example.org>"))
        #expect(named.name == "Vigía, alerts")
        #expect(named.domain == "example.org")
        #expect(EmailHeader.address("From", named).contains("=?utf-8?B?"))
        let plain = try #require(MailAddress("Vigia Alerts <alerts@example.org>"))
        #expect(EmailHeader.address("From", plain) == "From: Vigia Alerts <alerts@example.org>\r\n")
        let quoted = try #require(MailAddress("A. \"B\" C <a@example.org>"))
        #expect(EmailHeader.address("From", quoted) == "From: \"A. \\\"B\\\" C\" <a@example.org>\r\n")
    }

    @Test("quoted-printable and base64 keep to short lines and read back")
    func encodings() throws {
        let texts = [
            "", "\n", "plain\n", "no end", "trailing \nblank\t\n", "From here\n.dot\n..two\n", "a=b\n",
            String(repeating: "long ", count: 100) + "\n", String(repeating: "ñ", count: 200) + "\n", "a\r\nb\rc\n",
            String(repeating: "=", count: 77),
            String(repeating: "x", count: 76) + "\n" + String(repeating: "y", count: 77),
        ]
        for text in texts {
            for encoding in [TransferEncoding.quotedPrintable, .base64] {
                let written = encoding.encode(text: text)
                for line in written.components(separatedBy: "\r\n") {
                    #expect(line.utf8.count <= 76)
                    #expect(line.last != " " && line.last != "\t")
                    #expect(!line.contains("\n") && !line.contains("\r"))
                    #expect(!line.hasPrefix("From ") && !line.hasPrefix("."))
                }
                let read =
                    encoding == .base64
                    ? Data(base64Encoded: written, options: .ignoreUnknownCharacters) : unquote(written)
                var expected = text.replacing("\r\n", with: "\n").replacing("\r", with: "\n")
                if encoding == .quotedPrintable, !expected.isEmpty, !expected.hasSuffix("\n") { expected += "\n" }
                let bytes = try #require(read)
                #expect(String(decoding: bytes, as: UTF8.self).replacing("\r\n", with: "\n") == expected)
            }
        }
    }

    private func unquote(_ text: String) -> Data? {
        var out = Data()
        var rest = Array(text.replacing("=\r\n", with: "").utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "=") else {
                out.append(byte)
                continue
            }
            guard let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else { return nil }
            out.append(value)
            rest.removeFirst(2)
        }
        return out
    }
}
