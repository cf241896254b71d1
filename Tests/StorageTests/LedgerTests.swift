import Chat
import Decisions
import Forecasts
import Market
import People
import Testing
import Turns

@testable import Storage

@Suite(.oneAtATime) struct LedgerTests {
    private func forecast(_ name: String = "BTC", at: Timestamp = .start, price: Double = 60_000) -> Forecast {
        Forecast(
            symbol: symbol(name), horizon: .d1, at: at, price: price, median: price,
            band50: PriceBand(low: price * 0.99, high: price * 1.01),
            band90: PriceBand(low: price * 0.97, high: price * 1.03), sigma: 0.01,
            record90: BandRecord(held: 91, count: 100), record50: BandRecord(held: 49, count: 100),
            moveChances: [MoveChance(move: 0.02, chance: 0.31)], probabilityUp: nil, voters: ["ewma": 1])
    }

    /// Four opportunities, two firings of one person's rule, two forecasts: entries 1 to 8.
    private func filled() async throws -> (file: TemporaryDatabase, owner: Recipient) {
        let file = try await TemporaryDatabase()
        let owner = try await file.addPerson("1", subscribed: ["BTC"])
        let rule = try await file.chat.write { try $0.addRule(text: "BTC > 1", owner: owner.id, at: .start) }
        for hour in 0..<4 {
            let alert = opportunityAlert(at: .start + .hours(Int64(hour)))
            _ = try await file.alerts.publish(DecisionBatch(alerts: [alert]), now: .start + .hours(Int64(hour)))
        }
        let firings = [ruleAlert(rule), ruleAlert(rule, sequence: 2)]
        _ = try await file.alerts.publish(DecisionBatch(alerts: firings), now: .start + .hours(5))
        let told = [forecast(), forecast("ETH")]
        try await file.chat.write { session in
            for forecast in told { try session.enter(forecast, at: .start + .hours(6)) }
        }
        return (file, owner)
    }

    @Test("alerts and told forecasts are entered once, in order, and the chain verifies", arguments: [1, 3, 8, 2_000])
    func whole(page: Int) async throws {
        let (file, _) = try await filled()
        // The same again, as a replay or a second person asking would bring it.
        _ = try await file.alerts.publish(DecisionBatch(alerts: [opportunityAlert()]), now: .start + .hours(9))
        let again = forecast()
        try await file.chat.write { try $0.enter(again, at: .start + .hours(9)) }
        let ledger = SQLLedger(file.database, page: page)
        let report = try await ledger.verify()
        #expect(report.isWhole)
        #expect(report.length == 8)
        #expect(report.verified == 8)
        #expect(report.forecasts == 2)
        #expect(report.erased == 0)
        #expect(try await ledger.head() == report.head)
        #expect(try await file.chat.read { try $0.ledgerHead(at: 8) } == report.head)
        #expect(try await file.chat.read { try $0.ledgerHead(at: 9) } == nil)
    }

    @Test("an empty ledger is whole, and alerts from before the ledger are not missed")
    func empty() async throws {
        let file = try await TemporaryDatabase()
        #expect(try await SQLLedger(file.database).verify().isWhole)
        try await file.database.write { sql in
            try sql.execute(
                """
                INSERT INTO alerts (natural_key, lane, issued_at, document, created_at) VALUES ('old', 3, 0, '{}', 0)
                """)
        }
        _ = try await file.alerts.publish(DecisionBatch(alerts: [opportunityAlert()]), now: .start)
        let report = try await SQLLedger(file.database).verify()
        #expect(report.isWhole)
        #expect(report.length == 1)
    }

    @Test("an entry and its alert are stored together or not at all")
    func atomic() async throws {
        let file = try await TemporaryDatabase()
        try await file.database.write { sql in
            try sql.execute(
                "CREATE TRIGGER refuse BEFORE INSERT ON ledger WHEN NEW.sequence = 2 BEGIN SELECT RAISE(ABORT, 'no'); END"
            )
        }
        await #expect(throws: (any Error).self) {
            let batch = DecisionBatch(alerts: [opportunityAlert("BTC"), opportunityAlert("ETH")])
            _ = try await file.alerts.publish(batch, now: .start)
        }
        #expect(try await file.count("SELECT count(*) FROM alerts") == 0)
        #expect(try await file.count("SELECT count(*) FROM ledger") == 0)
    }

    /// What somebody with the file in hands may do, and where that is seen first.
    static let tampering: [(what: String, sql: [String], fault: LedgerFault)] = [
        (
            "a digit of a stored alert",
            ["UPDATE alerts SET document = replace(document, '60000', '60001') WHERE id = 2"],
            LedgerFault(kind: .content, sequence: 2)
        ),
        (
            "one byte at the end of a document", ["UPDATE alerts SET document = document || ' ' WHERE id = 6"],
            LedgerFault(kind: .content, sequence: 6)
        ),
        ("the key", ["UPDATE alerts SET natural_key = 'x' WHERE id = 1"], LedgerFault(kind: .content, sequence: 1)),
        ("the symbol", ["UPDATE alerts SET symbol = 'ETH' WHERE id = 3"], LedgerFault(kind: .content, sequence: 3)),
        ("no symbol", ["UPDATE alerts SET symbol = NULL WHERE id = 3"], LedgerFault(kind: .content, sequence: 3)),
        ("the urgency", ["UPDATE alerts SET lane = 1 WHERE id = 3"], LedgerFault(kind: .content, sequence: 3)),
        (
            "the time", ["UPDATE alerts SET issued_at = issued_at - 1 WHERE id = 4"],
            LedgerFault(kind: .content, sequence: 4)
        ),
        (
            "the time of storing", ["UPDATE alerts SET created_at = created_at + 1 WHERE id = 4"],
            LedgerFault(kind: .content, sequence: 4)
        ),
        ("the rule", ["UPDATE alerts SET rule_id = 99 WHERE id = 5"], LedgerFault(kind: .content, sequence: 5)),
        (
            "a forecast", ["UPDATE told_forecasts SET document = replace(document, '60000', '60001') WHERE id = 1"],
            LedgerFault(kind: .content, sequence: 7)
        ),
        (
            "two alerts swapped",
            [
                "UPDATE alerts SET id = -1 WHERE id = 2", "UPDATE alerts SET id = 2 WHERE id = 3",
                "UPDATE alerts SET id = 3 WHERE id = -1",
            ], LedgerFault(kind: .content, sequence: 2)
        ),
        (
            "two entries swapped",
            [
                "UPDATE ledger SET sequence = -1 WHERE sequence = 2",
                "UPDATE ledger SET sequence = 2 WHERE sequence = 3",
                "UPDATE ledger SET sequence = 3 WHERE sequence = -1",
            ], LedgerFault(kind: .unlinked, sequence: 2)
        ),
        (
            "two entries made to stand for each other's alerts",
            [
                "UPDATE ledger SET subject_id = -1 WHERE sequence = 2",
                "UPDATE ledger SET subject_id = 2 WHERE sequence = 3",
                "UPDATE ledger SET subject_id = 3 WHERE sequence = 2",
            ], LedgerFault(kind: .altered, sequence: 2)
        ),
        ("an alert removed", ["DELETE FROM alerts WHERE id = 3"], LedgerFault(kind: .missing, sequence: 3)),
        (
            "a content removed as if by its owner, the salt kept", ["UPDATE alerts SET document = NULL WHERE id = 3"],
            LedgerFault(kind: .missing, sequence: 3)
        ),
        (
            "a salt removed to free the content",
            ["UPDATE ledger SET salt = NULL WHERE sequence = 3", "UPDATE alerts SET document = '{}' WHERE id = 3"],
            LedgerFault(kind: .content, sequence: 3)
        ),
        ("an entry removed", ["DELETE FROM ledger WHERE sequence = 4"], LedgerFault(kind: .gap, sequence: 5)),
        ("the first entries removed", ["DELETE FROM ledger WHERE sequence < 3"], LedgerFault(kind: .gap, sequence: 3)),
        (
            "the last alert's entry removed with all behind it",
            ["DELETE FROM ledger WHERE sequence >= 6"], LedgerFault(kind: .unentered, sequence: 6)
        ),
        (
            "an entry removed with its alert and the gap closed",
            [
                "DELETE FROM ledger WHERE sequence = 2", "DELETE FROM alerts WHERE id = 2",
                "UPDATE ledger SET sequence = -sequence WHERE sequence > 2",
                "UPDATE ledger SET sequence = -sequence - 1 WHERE sequence < 0",
            ], LedgerFault(kind: .unlinked, sequence: 2)
        ),
        (
            "the time of an entry", ["UPDATE ledger SET at = at + 1 WHERE sequence = 2"],
            LedgerFault(kind: .altered, sequence: 2)
        ),
        (
            "the content hash of an entry", ["UPDATE ledger SET content = zeroblob(32) WHERE sequence = 2"],
            LedgerFault(kind: .altered, sequence: 2)
        ),
        (
            "an alert slipped in",
            [
                """
                INSERT INTO alerts (natural_key, lane, issued_at, document, created_at) VALUES ('forged', 3, 0, '{}', 0)
                """
            ], LedgerFault(kind: .unentered, sequence: 7)
        ),
        (
            "a forecast slipped in",
            ["INSERT INTO told_forecasts (natural_key, symbol, document, told_at) VALUES ('forged', 'BTC', '{}', 0)"],
            LedgerFault(kind: .unentered, sequence: 3)
        ),
    ]

    @Test("whatever is changed, removed, swapped or slipped in is found at its place", arguments: tampering.indices)
    func tampered(index: Int) async throws {
        let (what, statements, fault) = Self.tampering[index]
        let (file, _) = try await filled()
        try await file.database.write { sql in
            for statement in statements { try sql.executeOnce(statement) }
        }
        let report = try await SQLLedger(file.database, page: 3).verify()
        #expect(!report.isWhole, "\(what)")
        #expect(report.fault == fault, "\(what)")
        #expect(report.broken >= 1, "\(what)")
    }

    @Test("a chain cut at its end is seen by whoever kept a head")
    func cutAtTheEnd() async throws {
        let (file, _) = try await filled()
        let kept = try await SQLLedger(file.database).head()
        try await file.database.write { sql in
            try sql.execute("DELETE FROM ledger WHERE sequence = 8")
            try sql.execute("DELETE FROM told_forecasts WHERE id = 2")
        }
        #expect(try await SQLLedger(file.database).verify().isWhole)
        #expect(try await file.chat.read { try $0.ledgerHead(at: kept.sequence) } == nil)
        // What is entered in its place has another head.
        _ = try await file.alerts.publish(
            DecisionBatch(alerts: [opportunityAlert("SOL", at: .start + .days(1))]), now: .start + .days(1))
        #expect(try await file.chat.read { try $0.ledgerHead(at: kept.sequence) } != kept)
    }

    @Test("what its owner forgot verifies as erased, and neither content nor salt is left")
    func forgotten() async throws {
        let (file, owner) = try await filled()
        let before = try await SQLLedger(file.database).head()
        try await file.chat.write { try $0.forget(owner.id) }
        let report = try await SQLLedger(file.database).verify()
        #expect(report.isWhole)
        #expect(report.verified == 8)
        #expect(report.erased == 2)
        #expect(report.head == before)
        #expect(try await file.count("SELECT count(*) FROM ledger WHERE salt IS NULL") == 2)
        #expect(try await file.count("SELECT count(*) FROM alerts WHERE document LIKE '%BTC > 1%'") == 0)
    }
}
