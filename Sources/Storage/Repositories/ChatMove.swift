import Delivery
import Market
import People

/// A chat has a new id: identities, addresses and what is queued move there.
struct ChatMove {
    let sql: SQLConnection

    func move(platform: Platform, from old: String, to new: String) throws {
        guard old != new else { return }
        let channel = ChannelKind(rawValue: platform.rawValue)
        try moveIdentity(platform: platform, from: old, to: new)
        if let channel { try moveAddress(channel: channel, from: old, to: new) }
    }

    func move(channel: ChannelKind, from old: String, to new: String) throws {
        guard old != new else { return }
        if let platform = Platform(rawValue: channel.rawValue) {
            try moveIdentity(platform: platform, from: old, to: new)
        }
        try moveAddress(channel: channel, from: old, to: new)
    }

    /// Where somebody wrote from the new chat before we heard of the move, a second recipient was made for it. What was
    /// chosen in the old one wins; the new one goes if it holds nothing.
    private func moveIdentity(platform: Platform, from old: String, to new: String) throws {
        func holder(_ externalID: String) throws -> Int64? {
            try sql.integer(
                "SELECT recipient_id FROM identities WHERE platform = ? AND external_id = ?",
                [.text(platform.rawValue), .text(externalID)])
        }
        guard let mover = try holder(old) else { return }
        if let rival = try holder(new), rival != mover {
            let holdings = try sql.integer(
                """
                SELECT (SELECT count(*) FROM subscriptions WHERE recipient_id = ?)
                    + (SELECT count(*) FROM rules WHERE owner_id = ?)
                """, [.integer(rival), .integer(rival)])
            guard holdings == 0 else {
                try sql.execute(
                    "DELETE FROM identities WHERE platform = ? AND external_id = ?",
                    [.text(platform.rawValue), .text(old)])
                return
            }
            try giveOver(from: rival, to: mover, channel: ChannelKind(rawValue: platform.rawValue), address: new)
        }
        try sql.execute(
            "DELETE FROM identities WHERE platform = ? AND external_id = ?", [.text(platform.rawValue), .text(new)])
        try sql.execute(
            "UPDATE identities SET external_id = ? WHERE platform = ? AND external_id = ?",
            [.text(new), .text(platform.rawValue), .text(old)])
    }

    private func giveOver(from rival: Int64, to mover: Int64, channel: ChannelKind?, address: String) throws {
        if let channel {
            try sql.execute(
                "UPDATE addresses SET recipient_id = ? WHERE channel = ? AND value = ?",
                [.integer(mover), .text(channel.rawValue), .text(address)])
        }
        let others = try sql.integer("SELECT count(*) FROM identities WHERE recipient_id = ?", [.integer(rival)])
        if others == 1 { try Eraser(sql: sql).forget(RecipientID(rival)) }
    }

    private func moveAddress(channel: ChannelKind, from old: String, to new: String) throws {
        let name = SQLValue.text(channel.rawValue)
        let isTaken = try sql.integer(
            "SELECT count(*) FROM addresses WHERE channel = ? AND value = ?", [name, .text(new)])
        if isTaken == 0 {
            try sql.execute(
                "UPDATE addresses SET value = ?, disabled_reason = NULL WHERE channel = ? AND value = ?",
                [.text(new), name, .text(old)])
        } else {
            try sql.execute("DELETE FROM addresses WHERE channel = ? AND value = ?", [name, .text(old)])
        }
        let outbox = OutboxTable(sql: sql)
        guard let source = try outbox.existingMailbox(channel: channel, address: old) else { return }
        guard let target = try outbox.existingMailbox(channel: channel, address: new) else {
            try sql.execute("UPDATE mailboxes SET address = ? WHERE id = ?", [.text(new), .integer(source.id)])
            return
        }
        try merge(source, into: target)
    }

    /// Both chats have a queue: waiting entries go over. What is under a lease or done stays where it is.
    private func merge(_ source: OutboxTable.Mailbox, into target: OutboxTable.Mailbox) throws {
        let movable = "state IN ('pending', 'held')"
        // An alert that waits in both is told once.
        try sql.execute(
            """
            UPDATE outbox SET state = 'dropped', reason = 'moved', held_until = NULL, finished_at = due_at
            WHERE mailbox_id = ? AND \(movable) AND alert_id IN
                (SELECT alert_id FROM outbox WHERE mailbox_id = ? AND alert_id IS NOT NULL)
            """, [.integer(source.id), .integer(target.id)])
        try sql.execute(
            "UPDATE outbox SET mailbox_id = ? WHERE mailbox_id = ? AND \(movable)",
            [.integer(target.id), .integer(source.id)])
        // What groups collected goes with them, and messages that are still edited.
        for table in ["alert_groups", "living_messages"] {
            try sql.execute(
                "UPDATE \(table) SET mailbox_id = ? WHERE mailbox_id = ?", [.integer(target.id), .integer(source.id)])
        }
        try sql.execute("DELETE FROM lane_heads WHERE mailbox_id = ?", [.integer(source.id)])
        let outbox = OutboxTable(sql: sql)
        try outbox.refreshHeads(of: target)
    }
}
