import Delivery
package import Market
import People

/// Held alerts whose window has opened.
package struct SQLHeldStore: HeldStore {
    /// Most alerts of one digest; what is beyond becomes a further one.
    static let digestSize = 100

    private let database: SQLiteDatabase

    package init(_ database: SQLiteDatabase) { self.database = database }

    package func releaseHeld(ruleTime: Timestamp, now: Timestamp, limit: Int) async throws -> Int {
        try await database.write { sql in
            let release = HeldRelease(sql: sql, ruleTime: ruleTime, now: now)
            var served = 0
            while served < limit, try release.next() { served += 1 }
            return served
        }
    }

    package func nextHeld() async throws -> Timestamp? {
        try await database.read { sql in
            try sql.integer("SELECT min(held_until) FROM outbox WHERE state = 'held'").map {
                Timestamp(milliseconds: $0)
            }
        }
    }
}

/// Lets go what one address was spared.
struct HeldRelease {
    let sql: SQLConnection
    let ruleTime: Timestamp
    let now: Timestamp

    /// Serves the address whose entry has been due longest. False when none is.
    func next() throws -> Bool {
        let mailbox = try sql.first(
            """
            SELECT m.id, m.channel, m.leased FROM outbox o JOIN mailboxes m ON m.id = o.mailbox_id
            WHERE o.state = 'held' AND o.held_until <= ? ORDER BY o.held_until LIMIT 1
            """, [SQLValue(ruleTime)]
        ) { OutboxTable.Mailbox(id: $0.integer(0), channel: try $0.raw(1), isLeased: $0.flag(2)) }
        guard let mailbox else { return false }
        let merge = EntryMerge(sql: sql, now: now)
        let held = try merge.held(
            "mailbox_id = ? AND state = 'held' AND held_until <= ?", [.integer(mailbox.id), SQLValue(ruleTime)])
        try merge.release(held, in: mailbox, size: SQLHeldStore.digestSize)
        return true
    }
}
