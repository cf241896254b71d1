import Delivery
import Foundation
import Market
import People
import Testing
import Turns

@testable import Storage

/// Statements of the hot paths must reach their rows through an index, or they slow down as the queue grows.
@Suite(.oneAtATime) struct QueryPlanTests {
    @Test(
        "no statement of the queue walks a whole table",
        arguments: [
            "SELECT id, leased FROM mailboxes WHERE channel = 'telegram' AND address = '1'",
            """
            SELECT id, due_at FROM outbox WHERE mailbox_id = 1 AND lane = 2 AND state = 'pending'
                AND finished_at IS NULL AND held_until IS NULL ORDER BY id LIMIT 1
            """,
            "SELECT id FROM outbox WHERE mailbox_id = 1 AND state = 'held' AND held_until <= 5 ORDER BY held_until",
            "SELECT 1 FROM outbox WHERE mailbox_id = 1",
            "SELECT channel, count(*) FROM outbox WHERE state = 'dead' GROUP BY channel",
            """
            SELECT mailbox_id, entry_id FROM lane_heads
            WHERE busy = 0 AND channel = 'telegram' AND lane = 2 AND due_at <= 5 ORDER BY due_at LIMIT 8
            """,
            "SELECT min(due_at) FROM lane_heads WHERE busy = 0 AND channel = 'telegram' AND lane = 2",
            "SELECT min(lease_until) FROM outbox WHERE state = 'leased' AND channel = 'telegram'",
            "SELECT id, mailbox_id, lane FROM outbox WHERE state = 'leased' AND channel = 'telegram' AND lease_until <= 5",
            "SELECT id, mailbox_id, lane FROM outbox WHERE state = 'leased' AND channel = 'telegram' AND lease_owner = 'x'",
            "UPDATE mailboxes SET leased = 1 WHERE id IN (1, 2)",
            "UPDATE lane_heads SET busy = 1 WHERE mailbox_id IN (1, 2)",
            "UPDATE outbox SET begun_at = 1 WHERE state = 'leased' AND id IN (1, 2)",
            """
            SELECT m.id FROM outbox o JOIN mailboxes m ON m.id = o.mailbox_id
            WHERE o.state = 'held' AND o.held_until <= 5 ORDER BY o.held_until LIMIT 1
            """,
            "SELECT min(held_until) FROM outbox WHERE state = 'held'",
            "SELECT alert_id FROM outbox WHERE merged_into = 5",
            "SELECT id, expanded_to, document FROM alerts WHERE expanded_at IS NULL ORDER BY lane, id LIMIT 1",
            """
            SELECT s.recipient_id FROM subscriptions s JOIN recipients r ON r.id = s.recipient_id
            WHERE s.symbol = 'BTC' AND s.recipient_id > 5 AND s.minimum_strength <= 0.7 AND r.role <> 'blocked'
                AND r.stopped = 0 ORDER BY s.recipient_id LIMIT 100
            """,
            """
            SELECT r.id FROM identities i JOIN recipients r ON r.id = i.recipient_id
            WHERE i.platform = 'telegram' AND i.external_id = '1'
            """,
            "SELECT id FROM outbox WHERE recipient_id = 4 AND alert_id IS NOT NULL ORDER BY id DESC LIMIT 10",
            "SELECT id FROM outbox o WHERE o.finished_at < 5 ORDER BY o.finished_at LIMIT 5",
            "SELECT update_key FROM inbox WHERE received_at < 5 LIMIT 5",
        ])
    func plans(statement: String) async throws {
        let file = try await TemporaryDatabase()
        let steps = try await file.database.read { sql in
            try sql.rows("EXPLAIN QUERY PLAN " + statement) { $0.text(3) }
        }
        #expect(!steps.isEmpty)
        let walks = steps.filter { step in
            // Along an index that holds only the rows in question is no walk of the table.
            step.contains("SCAN")
                && !["alerts_unexpanded", "outbox_held", "outbox_dead"].contains { step.contains($0) }
        }
        #expect(walks.isEmpty, "\(steps)")
        #expect(!steps.contains { $0.contains("TEMP B-TREE") }, "\(steps)")
    }

    @Test("what a claim reads reaches every joined table by its key")
    func claimPlan() async throws {
        let file = try await TemporaryDatabase()
        let steps = try await file.database.read { sql in
            try sql.rows("EXPLAIN QUERY PLAN " + ClaimReader.statement(SQLList([1, 2, 3])), SQLList([1, 2, 3]).values) {
                $0.text(3)
            }
        }
        #expect(steps.count >= 8)
        #expect(!steps.contains { $0.contains("SCAN") }, "\(steps)")
    }
}
