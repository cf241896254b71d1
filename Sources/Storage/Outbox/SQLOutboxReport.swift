package import Delivery
package import Market
import People

/// Figures of the queue.
package struct SQLOutboxReport: OutboxReport {
    private let database: SQLiteDatabase

    package init(_ database: SQLiteDatabase) { self.database = database }

    package func depths(now: Timestamp) async throws -> [QueueDepth] {
        try await database.read { try DepthReader(sql: $0).depths() }
    }
}

/// Counts entries by channel and state, from indexes alone.
struct DepthReader {
    let sql: SQLConnection

    func depths() throws -> [QueueDepth] {
        let pending = try counts(
            OutboxTable.isOpen + " AND id NOT IN (SELECT id FROM outbox WHERE state = 'leased')")
        let held = try counts("state = 'held'")
        let leased = try grouped("state = 'leased'")
        let dead = try grouped("state = 'dead'")
        return ChannelKind.allCases.compactMap { channel in
            let depth = QueueDepth(
                channel: channel, pending: pending[channel]?.count ?? 0, leased: leased[channel] ?? 0,
                held: held[channel]?.count ?? 0, dead: dead[channel] ?? 0, oldestPending: pending[channel]?.first)
            return depth.pending + depth.leased + depth.held + depth.dead > 0 ? depth : nil
        }
    }

    /// In one walk along an index whose order is another one, so that nothing is sorted.
    private func counts(_ condition: String) throws -> [ChannelKind: (count: Int, first: Timestamp?)] {
        let columns = ChannelKind.allCases.map { channel in
            "count(CASE WHEN channel = '\(channel.rawValue)' THEN 1 END), "
                + "min(CASE WHEN channel = '\(channel.rawValue)' THEN created_at END)"
        }
        let row = try sql.first("SELECT \(columns.joined(separator: ", ")) FROM outbox WHERE \(condition)") { row in
            ChannelKind.allCases.indices.map { (count: Int(row.integer(2 * $0)), first: row.optionalTime(2 * $0 + 1)) }
        }
        return Dictionary(uniqueKeysWithValues: zip(ChannelKind.allCases, row ?? []))
    }

    private func grouped(_ condition: String) throws -> [ChannelKind: Int] {
        let rows = try sql.rows("SELECT channel, count(*) FROM outbox WHERE \(condition) GROUP BY channel") {
            (try $0.raw(0, as: ChannelKind.self), Int($0.integer(1)))
        }
        return Dictionary(uniqueKeysWithValues: rows)
    }
}
