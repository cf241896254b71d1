import Decisions
import Foundation
import Market
import Messages
import People
import Testing
import Turns

@testable import Reports

@Suite(.oneAtATime) struct DigestPageTests {
    private let now = Timestamp(milliseconds: 1_795_507_200_000)

    /// A week with a bit of everything.
    private var week: Digest {
        func row(
            _ name: String, _ price: Double, _ change: Double?, _ long: Double?, _ turnover: Double, _ ratio: Double?
        )
            -> WatchedSymbol
        {
            WatchedSymbol(
                symbol: symbol(name), price: price, at: name == "ADA" ? now - .hours(9) : now, change: change,
                longChange: long, low: price * 0.94, high: price * 1.03, turnover: turnover, turnoverRatio: ratio)
        }
        func event(_ id: Int64, _ alert: Alert, _ outcome: DigestEvent.Outcome?, arrived: Bool = true) -> DigestEvent {
            DigestEvent(alert: StoredAlert(id: AlertID(id), alert: alert), arrived: arrived, outcome: outcome)
        }
        let firing = Alert(
            naturalKey: "rule:1:1", symbol: symbol("ETH"), priority: .high, issuedAt: now - .hours(30),
            audience: .owner(.init(1), via: []),
            body: .ruleFired(
                RuleFiring(
                    rule: RuleID(1), owner: .init(1), number: 7,
                    text: "ETH change(1h) <= -5% and rsi(14, 4h) < 30 as high", symbol: symbol("ETH"), sequence: 1,
                    at: now - .hours(30), price: 2_912.4, values: [])))
        return Digest(
            kind: .weekly, span: (now - .days(7))..<now,
            watched: [
                row("BTC", 87_234.5, 0.0213, -0.081, 31_400_000_000, 1.4),
                row("ETH", 2_987.12, -0.0345, -0.12, 18_200_000_000, 0.9),
                row("SOL", 141.27, 0.002, 0.031, 4_100_000_000, 2.6), row("ADA", 0.4123, nil, nil, 612_000_000, nil),
                row("PEPE", 0.00000712, -0.113, 0.42, 290_000_000, 1.1),
            ],
            silent: [symbol("AVAX")],
            events: [
                event(
                    101, opportunityAlert("BTC", at: now - .days(5), price: 85_120),
                    .init(price: 86_900, move: 0.0209, isFinal: true)),
                event(
                    104, opportunityAlert("SOL", at: now - .days(3), price: 139.1, side: .sell),
                    .init(price: 141.27, move: -0.0156, isFinal: true)),
                event(107, firing, .init(price: 2_987.12, move: 0.0257, isFinal: false), arrived: false),
                event(109, opportunityAlert("ETH", at: now, price: 2_987.12), nil),
            ], moreEvents: 3,
            coming: [
                ComingItem(at: now + .hours(10), kind: .reminder("look at the weekly close")),
                ComingItem(at: now + .days(2), kind: .ruleEnds(number: 9, text: "BTC > 100000 until 2026-11-26")),
                ComingItem(at: now + .days(7), kind: .nextDigest),
            ], ledger: LedgerHead(sequence: 1_204, hash: "9f2c41d07be6a853" + String(repeating: "0", count: 48)))
    }

    /// With `VIGIA_DIGEST_PAGE` set to the beginning of a file name the pages are written there, to be looked at.
    @Test("a page holds every part in the reader's words and numbers", arguments: ["en", "es"])
    func page(language: String) throws {
        let contents = DigestContent(alerts: AlertContent(defaultQuote: "USDT"))
        let reader = Reader(language: language, zone: "Europe/Madrid")
        let renderer = try MessageRenderer()
        let page = try renderer.document(for: contents.page(week), reader: reader)
        for part in ["PEPE", "AVAX", "1204", "9f2c41d07be6a853", "ETH change(1h) &lt;= -5%"] {
            #expect(page.contains(part), "\(part)")
        }
        #expect(page.contains(language == "en" ? "+2.13%" : "+2,13"))
        #expect(
            page.contains(
                language == "en" ? "Of 2 called moves, 1 went as called" : "De 2 movimientos señalados, por ahora 1"))
        #expect(!page.contains("report."))
        #expect(!page.contains("{" + "{"))
        // Every tag that is opened is closed.
        for tag in ["table", "tr", "td", "p", "h1", "h2", "b", "span", "code", "main", "body", "html"] {
            let opened = page.matches(of: try Regex("<\(tag)[ >]")).count
            #expect(opened == page.components(separatedBy: "</\(tag)>").count - 1, "\(tag)")
        }
        let text = try renderer.message(for: contents.message(week), reader: reader).plainText
        #expect(text.utf16.count < 4_000)
        if let file = ProcessInfo.processInfo.environment["VIGIA_DIGEST_PAGE"] {
            try page.write(toFile: "\(file)-\(language).html", atomically: true, encoding: .utf8)
            try text.write(toFile: "\(file)-\(language).txt", atomically: true, encoding: .utf8)
        }
    }
}
