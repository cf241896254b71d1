import Market
import Testing
import Turns

@testable import People

@Suite(.oneAtATime) struct ContactTests {
    @Test(
        "an address is read as people paste it",
        arguments: [
            ("me@example.com", "me@example.com"), ("<Me.Too+tag@Example.COM>", "Me.Too+tag@example.com"),
            ("mailto:a@b.co", "a@b.co"), ("MAILTO:a@b.co", "a@b.co"),
            ("x_y-z@sub.xn--bcher-kva.example", "x_y-z@sub.xn--bcher-kva.example"),
            ("o'neil@mail.example.org", "o'neil@mail.example.org"),
        ])
    func addresses(written: String, text: String) {
        #expect(EmailAddress(written)?.text == text)
    }

    @Test(
        "what is no address, or could break a header, is none",
        arguments: [
            "", "@", "a@b", "a@", "@b.com", "a b@c.com", "a@b..com", ".a@b.com", "a.@b.com", "a..b@c.com",
            "a@b.com\r\nBcc: x@y.com", "a@b.com\n", "\"a b\"@c.com", "a@[127.0.0.1]", "a@127.0.0.1", "a,b@c.com",
            "a@b.com,c@d.com", "a@-b.com", "a@b-.com", "ä@b.com", "a@bücher.example", "a@b.c", "a;b@c.com", "a@b.com>",
            "Me <me@example.com>", "a@b@c.com", "a\u{0}b@c.com", "a@b.com\u{202E}", "ａ@b.com",
        ])
    func noAddresses(written: String) {
        #expect(EmailAddress(written) == nil)
    }

    @Test("lengths are those of RFC 5321")
    func lengths() {
        let local = String(repeating: "a", count: 64)
        #expect(EmailAddress(local + "@example.com") != nil)
        #expect(EmailAddress(local + "a@example.com") == nil)
        let label = String(repeating: "b", count: 63)
        #expect(EmailAddress("a@\(label).com") != nil)
        #expect(EmailAddress("a@\(label)b.com") == nil)
        #expect(EmailAddress("a@" + String(repeating: "\(label).", count: 4) + "com") == nil)
    }

    @Test(
        "a number is read as people write it",
        arguments: [
            ("+34 600 111 222", "+34600111222"), ("0034-600-111-222", "+34600111222"),
            ("+44 (0)20 7946 0958", "+442079460958"), ("+1 (415) 555-2671", "+14155552671"),
            ("+49.151/23456789", "+4915123456789"), ("+35312345678", "+35312345678"),
        ])
    func numbers(written: String, text: String) {
        #expect(PhoneNumber(written)?.text == text)
    }

    @Test(
        "what is no number with its country is none",
        arguments: [
            "", "+", "600111222", "+0 600 111 222", "+34", "+34 600 11", "+346001112223334445", "+34 600 111 22x",
            "tel:+34600111222", "+34600111222;ext=5", "++34600111222", "+34600111222\n", "+٣٤٦٠٠١١١٢٢٢",
            "+34 600\u{A0}111 222",
            "00", "000034600111222", "+34,600111222", "+(0)34600111222", String(repeating: "+34600111222 ", count: 9),
        ])
    func noNumbers(written: String) {
        #expect(PhoneNumber(written) == nil)
    }

    @Test(
        "the country's prefix is found by the lengths of the assigned codes",
        arguments: [
            ("+14155552671", "+1"), ("+79161234567", "+7"), ("+34600111222", "+34"), ("+442079460958", "+44"),
            ("+35312345678", "+353"), ("+85212345678", "+852"), ("+5491122334455", "+54"), ("+97412345678", "+974"),
        ])
    func prefixes(number: String, prefix: String) {
        #expect(PhoneNumber(number)?.countryPrefix == prefix)
    }

    @Test("hostile input: whatever is taken is plain, bounded and reads back as itself")
    func hostile() {
        var generator = SplitMix(state: 7)
        let pieces = [
            "a", "Z", "9", "@", ".", "..", "-", "+", "(0)", "00", "+34", "\r\n", "\n", "\0", " ", "\t", "\"", "<", ">",
            ",",
            ";", ":", "(", ")", "[", "]", "\\", "é", "👍🏽", "\u{202E}", "\u{200B}", "example", ".com", "mailto:", "%0a",
            "٣", "６", "=?utf-8?q?", "600", "xn--", "'", "{", "`",
        ]
        let bases = [
            "", "me@example.com", "a.b+c@sub.example.org", "+34 600 111 222", "0044 (0)20 7946 0958", "<x@y.zz>",
        ]
        var taken = 0
        for _ in 0..<30_000 {
            // A good one with a few bad turns is worth more than noise.
            var text = bases[Int(generator.next() % UInt64(bases.count))]
            for _ in 0..<Int(generator.next() % 4) {
                let piece = pieces[Int(generator.next() % UInt64(pieces.count))]
                let offset = Int(generator.next() % UInt64(text.count + 1))
                let index = text.index(text.startIndex, offsetBy: offset)
                if generator.next() % 4 == 0, index < text.endIndex { text.remove(at: index) }
                text.insert(contentsOf: piece, at: text.index(text.startIndex, offsetBy: min(offset, text.count)))
            }
            if let address = EmailAddress(text) {
                taken += 1
                #expect(address.text.utf8.allSatisfy { (33...126).contains($0) }, "\(text.debugDescription)")
                #expect(!address.text.utf8.contains { Array("<>\",;:()[]\\ ".utf8).contains($0) })
                #expect(address.text.utf8.filter { $0 == UInt8(ascii: "@") }.count == 1)
                #expect(address.text.utf8.count <= 254)
                #expect(EmailAddress(address.text) == address)
                #expect(Contact(channel: .email, plain: address.text) == .email(address))
            }
            if let number = PhoneNumber(text) {
                taken += 1
                #expect(number.text.first == "+" && number.text.utf8.dropFirst().allSatisfy { (48...57).contains($0) })
                #expect((9...16).contains(number.text.utf8.count))
                #expect(PhoneNumber(number.text) == number)
                #expect(number.text.hasPrefix(number.countryPrefix))
            }
        }
        #expect(taken > 5_000)
    }

    @Test("a mask shows enough to know one's own, and not enough to write to")
    func masks() throws {
        #expect(Contact.email(try #require(EmailAddress("secret.person@example.com"))).masked == "s…@e….com")
        #expect(Contact.phone(try #require(PhoneNumber("+34600111222"))).masked == "+34 … 22")
    }

    @Test("levels of channels say the contract's table, and only what may be chosen is taken")
    func levels() {
        var levels = ChannelLevels()
        let table: [[ChannelKind]] = [
            [.telegram], [.telegram, .discord], [.telegram, .discord, .email], [.telegram, .discord, .email, .sms],
        ]
        for (rank, channels) in table.enumerated() {
            for channel in [ChannelKind.telegram, .discord, .email, .sms] {
                #expect(levels[channel].admits(rank: rank) == channels.contains(channel), "\(channel) \(rank)")
            }
        }
        levels[.sms] = .low
        #expect(levels[.sms] == .critical)
        #expect(levels.isStandard)
        levels[.email] = .off
        #expect(!(0...3).contains { levels[.email].admits(rank: $0) })
        levels[.email] = .high
        #expect(levels.isStandard)
    }

    @Test("joined preferences keep what was chosen here, take what was not, and mute only where both do")
    func joinedPreferences() {
        var levels = ChannelLevels()
        levels[.discord] = .critical
        let mine = Preferences(
            language: "en", zone: "UTC", mutedUntil: Timestamp(seconds: 100), attentionBudget: 5)
        let theirs = Preferences(
            language: "es", zone: "Europe/Madrid", quietHours: QuietHours(start: 60, end: 120), channelLevels: levels,
            attentionBudget: 9, escalation: .critical)
        let joined = mine.joined(with: theirs)
        #expect(joined.language == "en")
        #expect(joined.zone == "Europe/Madrid")
        #expect(joined.quietHours == theirs.quietHours)
        #expect(joined.attentionBudget == 5)
        #expect(joined.escalation == .critical)
        #expect(joined.channelLevels[.discord] == .critical)
        #expect(joined.mutedUntil == nil)
    }

    @Test("a notice goes to a chat that works, never to the channel it speaks of, and to a phone last")
    func noticeAddress() {
        let addresses = [
            Address(channel: .sms, value: "c1"), Address(channel: .email, value: "c2"),
            Address(channel: .discord, value: "9"), Address(channel: .telegram, value: "1", disabledReason: "blocked"),
        ]
        #expect(Address.forNotice(addresses)?.channel == .discord)
        #expect(Address.forNotice(addresses, except: .discord)?.channel == .email)
        #expect(Address.forNotice(Array(addresses.prefix(1)), except: .email)?.channel == .sms)
        #expect(Address.forNotice([addresses[3]]) == nil)
    }
}

private struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
