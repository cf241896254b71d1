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
        var depths: [ChannelKind: QueueDepth] = [:]
        let waiting = try sql.rows(
            """
            SELECT state, channel, count(*), min(created_at) FROM outbox WHERE state IN ('pending', 'held', 'dead')
            GROUP BY state, channel
            """
        ) {
            (
                state: $0.text(0), channel: try $0.raw(1, as: ChannelKind.self), count: Int($0.integer(2)),
                first: $0.time(3)
            )
        }
        let leased = try sql.rows(
            "SELECT channel, count(*) FROM outbox WHERE state = 'leased' GROUP BY channel"
        ) { (channel: try $0.raw(0, as: ChannelKind.self), count: Int($0.integer(1))) }
        func change(_ channel: ChannelKind, _ body: (inout QueueDepth) -> Void) {
            let empty = QueueDepth(channel: channel, pending: 0, leased: 0, held: 0, dead: 0, oldestPending: nil)
            body(&depths[channel, default: empty])
        }
        for row in waiting {
            change(row.channel) { depth in
                switch row.state {
                case "pending":
                    depth.pending = row.count
                    depth.oldestPending = row.first
                case "held": depth.held = row.count
                default: depth.dead = row.count
                }
            }
        }
        for row in leased { change(row.channel) { $0.leased = row.count } }
        return ChannelKind.allCases.compactMap { depths[$0] }
    }
}
