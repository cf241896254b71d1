import Decisions
import Market
import People
import Foundation
import Testing
import Turns

@testable import Messages

@Suite(.oneAtATime) struct RendererTests {
    let renderer: MessageRenderer
    let english = Reader(language: "en", zone: "UTC")
    let spanish = Reader(language: "es", zone: "Europe/Madrid")

    init() throws { renderer = try MessageRenderer() }

    private func firing(text: String = "BTC > 70000", price: Double = 70_123.5) -> StoredAlert {
        StoredAlert(
            id: AlertID(9),
            alert: Alert(
                naturalKey: "rule:1:1", symbol: Symbol("BTC"), priority: .medium,
                issuedAt: Timestamp(seconds: 1_700_000_000), audience: .owner(RecipientID(1), via: []),
                body: .ruleFired(
                    RuleFiring(
                        rule: RuleID(1), owner: RecipientID(1), number: 7, text: text, symbol: Symbol("BTC")!,
                        sequence: 3,
                        at: Timestamp(seconds: 1_700_000_000), price: price,
                        values: [.init(text: "price", value: price)]))))
    }

    @Test("a firing names its rule, its price and its time in the reader's zone and numbers")
    func ruleAlert() throws {
        let content = AlertContent(defaultQuote: "USDT").content(for: firing())
        let inEnglish = try renderer.message(for: content, reader: english).plainText
        #expect(inEnglish.contains("BTC > 70000"))
        #expect(inEnglish.contains("70,123.50 USDT"))
        #expect(inEnglish.contains("#7"))
        #expect(inEnglish.contains("14 Nov 2023 22:13 UTC"))
        let inSpanish = try renderer.message(for: content, reader: spanish).plainText
        #expect(inSpanish.contains("70.123,50 USDT"))
        #expect(inSpanish.contains("14 nov 2023 23:13"))
    }

    @Test("markup in untrusted text stays text")
    func untrusted() throws {
        let hostile = "<b>x</b> & \"q\" {{w.alert.rule}} {symbol}"
        let message = try renderer.message(for: .init("sentence", ["sentence": .text(hostile)]), reader: english)
        #expect(message.blocks == [.text([InlineSpan(hostile)])])
    }

    @Test("every shipped language has the source's keys and placeholders")
    func completeness() throws {
        let source = try Catalogue.keys(of: try #require(EmbeddedAssets.files["locales/en.yaml"]))
        for (path, text) in EmbeddedAssets.files where path.hasPrefix("locales/") && path.hasSuffix(".yaml") {
            let keys = try Catalogue.keys(of: text)
            #expect(Set(source.keys).symmetricDifference(keys.keys) == [], "\(path)")
            for (key, placeholders) in source { #expect(keys[key] == placeholders, "\(path) \(key)") }
        }
    }

    @Test(
        "prices show digits that suit their size",
        arguments: [
            (61_234.5, "61,234.50"), (3.14159, "3.1416"), (0.5, "0.5000"), (0.00001234, "0.00001234"), (1.0, "1.0000"),
            (100.0, "100.00"),
        ])
    func prices(value: Double, text: String) throws {
        let message = try renderer.message(for: Content("sentence", ["sentence": .price(value)]), reader: english)
        #expect(message.plainText == text)
    }

    @Test("percents carry their sign and never a minus zero")
    func percents() throws {
        func text(_ value: Double) throws -> String {
            try renderer.message(
                for: Content("sentence", ["sentence": .percent(value, digits: 1, signed: true)]), reader: english
            ).plainText
        }
        #expect(try text(0.0512) == "+5.1%")
        #expect(try text(-0.0512) == "−5.1%")
        #expect(try text(-0.0001) == "0.0%")
    }

    @Test("civil dates agree with Foundation's calendar over a century of hours and zones")
    func civilDates() {
        var time = Timestamp(seconds: -1_000_000_000)
        var calendar = Calendar(identifier: .gregorian)
        for name in ["UTC", "Europe/Madrid", "Asia/Kolkata", "America/St_Johns"] {
            let zone = TimeZone(identifier: name)!
            calendar.timeZone = zone
            for _ in 0..<800 {
                time = Timestamp(milliseconds: time.milliseconds + 1_112_470_620)
                let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute], from: time.date)
                let zoned = ZonedTime(time, zone: zone)
                #expect(
                    [zoned.year, zoned.month, zoned.day, zoned.hour, zoned.minute]
                        == [parts.year, parts.month, parts.day, parts.hour, parts.minute], "\(name) \(time)")
            }
        }
    }
}
