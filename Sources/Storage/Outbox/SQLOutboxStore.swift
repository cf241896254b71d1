package import Delivery
package import Market
package import People
import Foundation

/// The durable queue over SQL.
package struct SQLOutboxStore: OutboxStore {
    private let database: SQLiteDatabase
    /// Marks the leases of this process.
    private let owner: String
    private let vault: ContactVault?

    /// - Parameters:
    ///   - owner: a name that no other process uses.
    ///   - vault: opens sealed answers and has the words for a channel that is lost.
    package init(_ database: SQLiteDatabase, owner: String = UUID().uuidString, vault: ContactVault? = nil) {
        self.database = database
        self.owner = owner
        self.vault = vault
    }

    package func exchange(
        _ round: OutboxExchange, channel: ChannelKind, now: Timestamp
    ) async throws -> [ClaimedEntry] {
        guard !round.isEmpty else { return [] }
        let vault = vault
        let owner = owner
        return try await database.write { sql in
            let leases = OutboxLeases(sql: sql)
            if !round.outcomes.isEmpty {
                try OutcomeRecorder(sql: sql, renderer: vault?.renderer, now: now).record(round.outcomes)
            }
            if !round.begun.isEmpty { try leases.begin(round.begun, now: now) }
            guard round.limit > 0 else { return [] }
            try leases.recoverExpired(channel: channel, now: now)
            let entries = try leases.take(
                channel: channel, limit: round.limit, now: now, until: round.lease, owner: owner)
            return try ClaimReader(sql: sql, seal: vault?.seal).claimed(entries)
        }
    }

    package func nextDue(channel: ChannelKind) async throws -> Timestamp? {
        try await database.read { sql in
            var earliest = try sql.integer(
                "SELECT min(lease_until) FROM outbox WHERE state = 'leased' AND channel = ?",
                [.text(channel.rawValue)])
            for lane in Lane.allCases {
                let due = try sql.integer(
                    "SELECT min(due_at) FROM lane_heads WHERE busy = 0 AND channel = ? AND lane = ?",
                    [.text(channel.rawValue), SQLValue(lane.rawValue)])
                if let due { earliest = min(earliest ?? due, due) }
            }
            return earliest.map { Timestamp(milliseconds: $0) }
        }
    }

    /// Opens every lease, whoever holds it: for the start of the one process that sends from this database, whose
    /// predecessor may have been killed. Sends that were begun come back as possible repeats.
    package func takeOverLeases(channel: ChannelKind) async throws {
        try await database.write { sql in
            try OutboxLeases(sql: sql).recoverExpired(channel: channel, now: Timestamp(milliseconds: .max))
        }
    }

    package func releaseLeases(channel: ChannelKind) async throws {
        let owner = owner
        try await database.write { try OutboxLeases(sql: $0).release(channel: channel, owner: owner) }
    }
}
