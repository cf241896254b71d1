import Market
import Messages
import People
import Testing
import Turns

@testable import Channels

@Suite(.oneAtATime) struct SMSTextTests {
    private func alert(_ rule: String) -> Message {
        let at = Timestamp(milliseconds: 1_768_399_320_000)
        return Message(
            blocks: [
                .text([
                    InlineSpan("🔔 "), InlineSpan("BTC", .bold), InlineSpan(" 61,234.50 USDT · "),
                    InlineSpan("critical", .bold),
                    InlineSpan("\n"), InlineSpan(rule, .code),
                ]),
                .text([InlineSpan("rsi(14, 4h): "), InlineSpan("71.2", .bold)]),
                .text([
                    InlineSpan("rule #7 · firing 3 · "), InlineSpan("14 Jan 2026 15:02 CET", .time(at)),
                    InlineSpan("\n"),
                    InlineSpan("Not financial advice.", .italic),
                ]),
            ], buttons: [[.init(label: "Chart", action: .command("/chart BTC"))]])
    }

    @Test("the service, what happened, the rule and the time are there; notes and pictures are not")
    func whole() {
        let text = SMSText(alert("price crosses above 61000")).text
        #expect(
            text == "Vigia: BTC 61,234.50 USDT - critical; price crosses above 61000; rsi(14, 4h): 71.2; "
                + "rule #7 - firing 3 - 14 Jan 2026 15:02 CET")
        #expect(GSMAlphabet.septets(text) <= 160)
    }

    @Test("what is too long is cut at a word, and keeps headline and time")
    func cut() {
        let text = SMSText(alert(String(repeating: "price crosses above 61000 and volume over average ", count: 9)))
            .text
        #expect(text.hasPrefix("Vigia: BTC 61,234.50 USDT - critical; price crosses above 61000 and"))
        #expect(text.hasSuffix("14 Jan 2026 15:02 CET"))
        #expect(text.contains("..."))
        #expect(GSMAlphabet.septets(text) <= 160)
        #expect(!text.contains("averag..."))
    }

    @Test(
        "any text becomes one segment of the alphabet",
        arguments: [
            "", "🔔🚨", String(repeating: "€", count: 200), String(repeating: "x", count: 500), "Ärger „quoted“ – naïve…",
            "Привет, мир", "مرحبا ١٢٣", "比特币 上涨", "a\r\nb\u{202E}c", "{[~]}|^\\",
            String(repeating: "ñandú ", count: 60),
            String(repeating: "👨‍👩‍👧‍👦", count: 50), "ąęłżź ŐŰ ğış", "\u{0}\u{1}",
        ])
    func oneSegment(text: String) {
        let sms = SMSText(.plain(text)).text
        #expect(sms.unicodeScalars.allSatisfy { GSMAlphabet.septets($0) != nil }, "\(sms)")
        #expect(GSMAlphabet.septets(sms) <= 160)
        #expect(sms.hasPrefix("Vigia"))
    }

    @Test(
        "letters and signs find their nearest spelling",
        arguments: [
            ("á à ç ñ É ü", "a à c ñ É ü"), ("“smart” ‘quotes’", "\"smart\" 'quotes'"), ("5 – 7 … 9", "5 - 7 ... 9"),
            ("≥ ± → ₿", ">= +/- -> BTC"), ("Łódź", "Lodz"), ("€5", "€5"), ("١٢٣", "123"), ("Straße", "Straße"),
            ("🔔x", "x"), ("ﬁn", "fin"), ("Москва", "Moskva"),
        ])
    func spelling(text: String, expected: String) {
        #expect(GSMAlphabet.spell(text) == expected)
    }

    @Test("signs of the extension count twice")
    func extended() {
        #expect(GSMAlphabet.septets("abc") == 3)
        #expect(GSMAlphabet.septets("a€[x]") == 8)
        #expect(SMSText.cut("€€€€ €€€€", to: 12) == "€€€€...")
    }

    @Test("a code to confirm a number is sent as it stands")
    func code() {
        #expect(SMSText(.plain("Vigia: your code is 123456")).text == "Vigia: your code is 123456")
        #expect(SMSText(.plain("Your code is 123456")).text == "Vigia: Your code is 123456")
    }

    @Test(
        "a number's country is found",
        arguments: [
            ("+34600123456", "+34"), ("+15005550006", "+1"), ("+351912345678", "+351"), ("+74951234567", "+7"),
            ("+35812345678", "+358"),
        ])
    func countries(number: String, prefix: String) throws {
        #expect(try #require(PhoneNumber(number)).countryPrefix == prefix)
    }

    @Test("numbers are read as people write them, and nothing else is one")
    func numbers() {
        #expect(PhoneNumber("+34 600-12.34(56)")?.text == "+34600123456")
        #expect(PhoneNumber("0034600123456")?.text == "+34600123456")
        for text in ["600123456", "+0600123456", "+34", "+1234567890123456", "+34x600123456", "", "+٣٤600123456"] {
            #expect(PhoneNumber(text) == nil, "\(text)")
        }
    }

    @Test("the operator's country is meant where no prefixes are set")
    func prefixes() throws {
        let spain = try #require(PhoneNumber("+34600123456"))
        let portugal = try #require(PhoneNumber("+351912345678"))
        let own = SMSPrefixes(setting: nil, operatorPhone: "+34611111111")
        #expect(own.allow(spain) && !own.allow(portugal))
        let set = SMSPrefixes(setting: "+351, +1", operatorPhone: "+34611111111")
        #expect(!set.allow(spain) && set.allow(portugal))
        #expect(!SMSPrefixes(setting: nil, operatorPhone: nil).allow(spain))
    }
}
