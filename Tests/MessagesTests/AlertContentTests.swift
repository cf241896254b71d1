import Decisions
import Market
import People
import Testing
import Turns

@testable import Messages

@Suite(.oneAtATime) struct AlertContentTests {
    private let renderer: MessageRenderer
    private let contents = AlertContent(defaultQuote: "USDT")
    private let time = Timestamp(seconds: 1_700_000_000)

    init() throws { renderer = try MessageRenderer() }

    private func text(_ content: Content, _ language: String = "en") throws -> String {
        try renderer.message(for: content, reader: Reader(language: language, zone: "UTC")).plainText
    }

    private func opportunity(
        _ name: String, side: Opportunity.Side = .buy, at: Timestamp? = nil, priority: Priority = .medium
    ) throws -> StoredAlert {
        let symbol = try #require(Symbol(name))
        let at = at ?? time
        return StoredAlert(
            id: AlertID(9),
            alert: Alert(
                naturalKey: "opportunity:\(name)", symbol: symbol, priority: priority, issuedAt: at,
                audience: .subscribers(symbol, strength: 0.9),
                body: .opportunity(
                    Opportunity(
                        symbol: symbol, kind: .trend, side: side, score: 0.7, strength: 0.9,
                        strengthIsProvisional: false, price: 100, at: at, outlook: .hours1to4, factors: [], reasons: [],
                        riskLevel: nil, expectedMove: nil, moveRatio: nil, measured: nil))))
    }

    private func firing() throws -> StoredAlert {
        let symbol = try #require(Symbol("BTC"))
        return StoredAlert(
            id: AlertID(12),
            alert: Alert(
                naturalKey: "rule:1:1", symbol: symbol, priority: .critical, issuedAt: time,
                audience: .owner(RecipientID(1), via: []),
                body: .ruleFired(
                    RuleFiring(
                        rule: RuleID(1), owner: RecipientID(1), number: 7, text: "BTC > 70000", symbol: symbol,
                        sequence: 3, at: time, price: 70_123.5, values: []))))
    }

    @Test("alerts that came at once say so, a whole market too, and those of a night say that the reader was away")
    func titles() throws {
        let names = ["BTC", "ETH", "SOL", "ADA"]
        let market = try names.map { try opportunity($0, side: .sell) }
        #expect(try text(contents.digest(market)).contains("whole market falls: 4 sell signals"))
        #expect(try text(contents.digest(Array(market.prefix(2)))).contains("2 alerts at once"))
        let night = try [opportunity("BTC"), opportunity("ETH", at: time + .hours(6))]
        #expect(try text(contents.digest(night)).contains("2 alerts while you were away"))
        #expect(try text(contents.summary(night), "es").contains("Fuera del límite de hoy: 2 alertas"))
        #expect(contents.summary(market).silent)
    }

    @Test("the most urgent of many stand first")
    func order() throws {
        let many = try (0..<30).map { _ in try opportunity("ETH") } + [opportunity("SOL", priority: .critical)]
        let text = try text(contents.digest(many))
        #expect(
            text.firstRange(of: "SOL").map { $0.lowerBound < text.firstRange(of: "ETH")?.lowerBound ?? text.endIndex }
                == true)
        #expect(text.contains("and 11 more"))
    }

    @Test("an unknown size of the move is said to be unknown")
    func unknownMove() throws {
        #expect(try text(contents.content(for: opportunity("BTC"))).contains("unknown, too little history"))
    }

    @Test("a living message tells the story and is not an alert again")
    func living() throws {
        let faded = try contents.living(firing(), stage: "faded", change: 0.018, at: time + .minutes(38))
        let told = try text(faded)
        #expect(told.contains("fired 14 Nov 2023 22:13 UTC"))
        #expect(told.contains("+1.8%"))
        #expect(told.contains("faded 14 Nov 2023 22:51 UTC"))
        #expect(!told.contains("🔔"))
        #expect(told.firstMatch(of: /firing \d/) == nil)
        #expect(faded.silent)
        #expect(try !contents.news(firing(), stage: "faded", change: 0.018, at: time).silent)
    }

    @Test("a siren of one venue says that it is none yet")
    func venues() throws {
        var stored = try firing()
        stored.alert.venues = .one
        #expect(try text(contents.content(for: stored)).contains("One-venue move"))
        stored.alert.venues = .confirmed
        #expect(try text(contents.content(for: stored)).contains("second venue has confirmed"))
        stored.alert.venues = nil
        #expect(try !text(contents.content(for: stored)).contains("venue"))
    }

    @Test("an alert can be acknowledged, snoozed and judged by its buttons, within what a button may carry")
    func buttons() throws {
        let lines = try contents.content(for: firing()).buttons.joined().compactMap { button -> String? in
            if case .command(let line) = button.action { line } else { nil }
        }
        #expect(Set(lines).isSuperset(of: ["/ack 12", "/snooze 12 1h", "/useful 12", "/useful 12 no"]))
        #expect(lines.allSatisfy { $0.utf8.count <= 64 })
    }
}
