import Chat
import Decisions
import Delivery
import Foundation
import Market
import People
import Testing
import Turns

@testable import Storage

/// Held against the schema itself: a table that comes later is seen without being named here.
@Suite(.oneAtATime) struct PersonalDataTests {
    /// What a generic row cannot guess: texts that have a form, checks.
    private static let values: [String: String] = [
        "platform": "'telegram'", "channel": "'telegram'", "minute": "480", "state": "'sent'", "code_hash": "'h'",
        "code_expires_at": "1", "symbol": "'BTC'", "price": "'60000'", "kind": "'held'", "lane": "1",
    ]

    private struct Column: Hashable {
        var table: String
        var name: String
    }

    /// Columns that name a recipient.
    private func columns(_ file: TemporaryDatabase) async throws -> [Column] {
        try await file.database.read { sql in
            try sql.rows(
                """
                SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
                WHERE m.type = 'table' AND c.name IN ('recipient_id', 'owner_id', 'author_id') ORDER BY 1
                """
            ) { Column(table: $0.text(0), name: $0.text(1)) }
        }
    }

    /// A person who has something in every table that can name them.
    private func everywhere(_ file: ContactFile) async throws -> (person: Recipient, columns: [Column]) {
        let person = try await file.file.addPerson("42", subscribed: ["BTC"])
        try await file.verify(email("me@example.com"), of: person.id)
        let rule = try await file.chat.write { try $0.addRule(text: "BTC > 70000", owner: person.id, at: .start) }
        try await file.file.publishAndExpand(ruleAlert(rule))
        let later = try StoredJSON.encode(ruleAlert(rule, sequence: 2))
        let columns = try await columns(file.file)
        try await file.file.database.write { sql in
            let alert = try sql.integer("SELECT max(id) FROM alerts") ?? 0
            let mailbox = try sql.integer("SELECT max(id) FROM mailboxes") ?? 0
            for column in columns {
                let held = try sql.integer(
                    "SELECT count(*) FROM \(column.table) WHERE \(column.name) = ?", [.integer(person.id.rawValue)])
                guard held == 0 else { continue }
                let all = try sql.rows("SELECT name, type, \"notnull\", pk FROM pragma_table_info('\(column.table)')") {
                    (name: $0.text(0), type: $0.text(1), isNeeded: $0.flag(2), key: $0.integer(3))
                }
                let given = all.filter { entry in
                    entry.name == column.name || entry.isNeeded && !(entry.name == "id" && entry.type == "INTEGER")
                }
                let values = given.map { entry -> String in
                    if entry.name == column.name { return "\(person.id.rawValue)" }
                    switch entry.name {
                    case "alert_id": return "\(alert)"
                    case "mailbox_id": return "\(mailbox)"
                    case "document": return "'\(later.replacing("'", with: "''"))'"
                    default: break
                    }
                    if let value = Self.values[entry.name] { return value }
                    return switch entry.type {
                    case "TEXT": "'vestige'"
                    case "BLOB": "x'00'"
                    default: "1"
                    }
                }
                try sql.execute(
                    "INSERT INTO \(column.table) (\(given.map(\.name).joined(separator: ", "))) "
                        + "VALUES (\(values.joined(separator: ", ")))")
            }
        }
        return (person, columns)
    }

    private func held(_ file: TemporaryDatabase, _ column: Column, _ id: RecipientID) async throws -> Int {
        try await file.count("SELECT count(*) FROM \(column.table) WHERE \(column.name) = \(id)")
    }

    @Test("after forgetting, no table of the schema names the person any more")
    func forgotten() async throws {
        let file = try await ContactFile()
        let other = try await file.file.addPerson("7", subscribed: ["BTC"])
        let (person, columns) = try await everywhere(file)
        #expect(columns.count >= 22)
        for column in columns {
            #expect(try await held(file.file, column, person.id) > 0, "\(column.table) holds nothing to forget")
        }
        try await file.chat.write { try $0.forget(person.id) }
        for column in columns {
            #expect(try await held(file.file, column, person.id) == 0, "\(column.table).\(column.name)")
        }
        #expect(try await file.chat.read { try $0.recipient(person.id) } == nil)
        #expect(try await file.chat.read { try $0.recipient(other.id) } != nil)
        #expect(try await file.file.count("SELECT count(*) FROM pragma_foreign_key_check") == 0)
    }

    @Test("the export has a part for every table that names the person, and each says what is there")
    func exported() async throws {
        let parts = [
            "identities": "identities", "addresses": "addresses", "subscriptions": "subscriptions", "rules": "rules",
            "drafts": "drafts", "alerts": "deliveries", "outbox": "deliveries", "told": "told",
            "hourly_usage": "sentThisHour", "audit": "audit", "contacts": "contacts", "link_codes": "linkCodes",
            "joined_recipients": "joinedFrom", "delivery_stages": "stages", "digests": "digest",
            "attention": "attention", "living_messages": "livingMessages", "alert_answers": "answers",
            "escalations": "escalations", "later_alerts": "later", "entries": "entries",
            "shared_rules": "sharedRules", "broadcasts": "broadcasts", "silences": "silences",
            "rule_tries": "triedRules",
        ]
        let file = try await ContactFile()
        let (person, columns) = try await everywhere(file)
        let text = try await file.chat.read { try $0.export(person.id) }
        let document = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        for column in columns {
            let part = try #require(parts[column.table], "\(column.table) has no part in the export")
            let count = (document[part] as? [Any])?.count ?? (document[part] as? [String: Any])?.count ?? 0
            #expect(count > 0, "\(part) is empty")
        }
        #expect(text.contains("me@example.com"))
    }

    @Test("entries and shared rules of joined people are one's; the same symbol keeps what was noted first")
    func joined() async throws {
        let file = try await ContactFile()
        let one = try await file.file.addPerson("1")
        let two = try await file.file.addPerson("2")
        @Sendable func entry(_ name: String, _ price: String) -> Entry {
            Entry(symbol: symbol(name), price: Price(price)!, notedAt: .start)
        }
        try await file.chat.write { session in
            try session.setEntry(entry("BTC", "60000"), of: one.id)
            try session.setEntry(entry("BTC", "50000"), of: two.id)
            try session.setEntry(entry("ETH", "3000"), of: two.id)
            try session.share("ETH > 1", by: two.id, hash: "h", at: .start, expiresAt: .start + .days(1))
            _ = try session.join(two.id, into: one.id, at: .start)
        }
        let prices = try await SQLEntryReader(file.file.database).entryPrices(of: one.id)
        #expect(prices == [symbol("BTC"): 60_000, symbol("ETH"): 3_000])
        #expect(try await file.chat.read { try $0.sharedRule(hash: "h", at: .start) } == "ETH > 1")
    }
}
