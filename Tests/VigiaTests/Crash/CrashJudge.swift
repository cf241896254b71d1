import Delivery
import Foundation
import Market
import Support
import Testing

@testable import Storage

/// Judges a world whose agent was killed many times, from the providers' journals and from the file.
struct CrashJudge {
    let world: CrashWorld
    /// Entries whose send was begun when a process died: only these may be repeated.
    let unknown: Set<Int64>
    /// Moves that happened, and those in which the crowd's rules fired too.
    let moves: (all: Int, big: Int)
    /// SMS whose outcome is still looked up count as accounted for.
    let isHurried: Bool

    private struct Row: Sendable {
        var id: Int64
        var channel: CrashChannel?
        var state: String
        var reason: String?
        var messageID: String?
        var chat: Int64
        var number: Int64
        var sequence: Int
        var mayBeOnItsWay: Bool
    }

    private struct Firing: Hashable {
        var place: String
        var number: Int64
        var sequence: Int
    }

    func judge() async throws {
        let rows = try await rows()
        try await judgeDecisions(rows)
        judgeTelegram(rows)
        judgeDiscord(rows)
        judgeMail(rows)
        try await judgeSMS(rows)
    }

    private func rows() async throws -> [Row] {
        try await world.database.read { sql in
            try sql.rows(
                """
                SELECT o.id, o.channel, o.state, o.reason, o.provider_message_id, i.external_id, r.number, a.natural_key,
                    o.possible_repeat
                FROM outbox o JOIN alerts a ON a.id = o.alert_id JOIN rules r ON r.id = a.rule_id
                JOIN identities i ON i.recipient_id = o.recipient_id AND i.platform = 'telegram'
                """
            ) { row in
                Row(
                    id: row.integer(0), channel: CrashChannel(rawValue: row.text(1)), state: row.text(2),
                    reason: row.optionalText(3), messageID: row.optionalText(4), chat: Int64(row.text(5)) ?? 0,
                    number: row.integer(6), sequence: row.text(7).split(separator: ":").last.flatMap { Int($0) } ?? 0,
                    mayBeOnItsWay: row.flag(8))
            }
        }
    }

    // MARK: Nothing is lost

    /// Every move fired every rule once, every firing has an entry on every channel its owner has, and every entry is
    /// delivered, coalesced, or dead for the one reason that there may be.
    private func judgeDecisions(_ rows: [Row]) async throws {
        let fired = try await world.database.read { sql in
            try sql.rows("SELECT rule_id, natural_key FROM alerts WHERE rule_id IS NOT NULL") {
                (rule: $0.integer(0), sequence: $0.text(1).split(separator: ":").last.flatMap { Int($0) } ?? 0)
            }
        }
        let rules = Dictionary(grouping: fired, by: \.rule).mapValues { $0.map(\.sequence).sorted() }
        #expect(rules.count == CrashWorld.people.count + CrashWorld.crowd.count)
        let gaps = rules.filter { $0.value != Array(1...$0.value.count) }
        #expect(gaps.isEmpty, "\(gaps)")
        let counts = Dictionary(grouping: rules.values, by: \.count).mapValues(\.count)
        #expect(counts == [moves.all: CrashWorld.people.count, moves.big: CrashWorld.crowd.count], "\(counts)")

        let channels = Dictionary(grouping: rows) {
            Firing(place: "\($0.chat)", number: $0.number, sequence: $0.sequence)
        }
        for (firing, entries) in channels {
            let isOfCrowd = (Int64(firing.place) ?? 0) > 10_000
            #expect(entries.count == (isOfCrowd ? 1 : 4) && Set(entries.map(\.channel)).count == entries.count)
        }
        #expect(channels.count == fired.count)

        // While an SMS is looked up, those behind it in its mailbox wait.
        let waiting = Set(rows.filter { $0.channel == .sms && $0.mayBeOnItsWay && $0.state != "sent" }.map(\.chat))
        let open = rows.filter { row in
            switch row.state {
            case "sent", "coalesced": false
            case "dead": row.channel != .sms || row.reason != "outcome unknown" || !unknown.contains(row.id)
            default: !(isHurried && row.channel == .sms && waiting.contains(row.chat))
            }
        }
        #expect(open.isEmpty, "\(open.prefix(5))")
        let account = try await world.database.read { sql in
            try DeliveryAccountReader(sql: sql).account(since: Timestamp(milliseconds: 0))
        }
        #expect(account.isBalanced && account.unexpanded == 0, "\(account)")
        #expect(isHurried || account.waiting == 0, "\(account)")
    }

    // MARK: Repeats

    /// At most one more for each time that its send was begun and not recorded, and every one after the first is marked.
    /// What was never begun at a death is there once and unmarked.
    private func judgeTelegram(_ rows: [Row]) {
        var arrived: [Firing: [String]] = [:]
        for sent in world.telegram.journal.sent where !sent.isEdit {
            guard let firing = Self.firing(sent.text, in: "\(sent.chat)") else { continue }
            arrived[firing, default: []].append(sent.text)
        }
        var repeats = 0
        for row in rows where row.channel == .telegram && row.state == "sent" {
            let texts = arrived[Firing(place: "\(row.chat)", number: row.number, sequence: row.sequence)] ?? []
            #expect(!texts.isEmpty, "lost: \(row)")
            #expect(texts.dropFirst().allSatisfy { $0.contains("↻") }, "an unmarked repeat: \(row)")
            if !unknown.contains(row.id) {
                #expect(texts.count == 1 && !texts.joined().contains("↻"), "repeated without a reason: \(row)")
            }
            repeats += max(0, texts.count - 1)
        }
        #expect(repeats <= unknown.count)
    }

    /// One message each, and what was posted again carried the same enforced nonce.
    private func judgeDiscord(_ rows: [Row]) {
        let journal = world.discord.journal
        let made = Set(journal.messages.filter { $0.way == "message" }.map(\.id))
        let sent = rows.filter { $0.channel == .discord && $0.state == "sent" }
        for row in sent { #expect(made.contains(row.messageID ?? ""), "lost: \(row)") }
        #expect(Set(sent.compactMap(\.messageID)).count == sent.count)
        let posts = journal.requests.filter { $0.route == "POST /channels/*/messages" }
        #expect(posts.allSatisfy { $0.body["nonce"] != nil && $0.body["enforce_nonce"]?.bool == true })
        // What is said of a situation later has nonces of its own; none of them made two messages.
        #expect(Set(posts.filter { $0.status == 200 }.map { $0.body["nonce"]?.text ?? "" }).count == made.count)
        for (nonce, again) in Dictionary(grouping: posts, by: { $0.body["nonce"]?.text ?? "" }) where again.count > 1 {
            let id = nonce.split(separator: "-").last.flatMap { Int64($0.filter(\.isNumber)) } ?? 0
            #expect(unknown.contains(id), "posted \(again.count) times without a reason: \(nonce)")
        }
    }

    /// A repeat is the same mail: one Message-ID for each entry.
    private func judgeMail(_ rows: [Row]) {
        var arrived: [String: Int] = [:]
        for mail in world.smtp.mails {
            let id = mail.header("Message-ID")?.trimmingCharacters(in: ["<", ">"]) ?? "none"
            arrived[id, default: 0] += 1
        }
        for row in rows where row.channel == .email && row.state == "sent" {
            let copies = arrived[row.messageID ?? ""] ?? 0
            #expect(copies >= 1, "lost: \(row)")
            #expect(copies == 1 || unknown.contains(row.id), "repeated without a reason: \(row)")
        }
        let sent = rows.filter { $0.channel == .email && $0.state == "sent" }
        #expect(Set(sent.compactMap(\.messageID)).count == sent.count)
    }

    /// What the provider took is exactly what is recorded as sent; nothing was asked of it twice.
    private func judgeSMS(_ rows: [Row]) async throws {
        let recorded = try await world.database.read { sql in
            try sql.rows(
                "SELECT coalesce(provider_message_id, '') FROM outbox WHERE channel = 'sms' AND state = 'sent'"
            ) {
                $0.text(0)
            }
        }
        // Rows of codes are gone once the code was used.
        let told = world.twilio.sent.filter { !$0.body.contains("is your code") }
        let taken = told.map(\.sid)
        let difference = Set(recorded).symmetricDifference(taken)
        #expect(difference.isEmpty, "\(told.filter { difference.contains($0.sid) }) \(difference)")
        #expect(recorded.count == taken.count)
        // A firing is told with its time, so the same words to one number are the same firing.
        let words = Dictionary(grouping: world.twilio.sent) { "\($0.to) \($0.body)" }
        #expect(words.allSatisfy { $0.value.count == 1 }, "\(words.filter { $0.value.count > 1 }.keys.prefix(3))")
        // A request that was not taken left its entry dead or looked up; some died before their request was made.
        let untaken = rows.count { $0.channel == .sms && $0.mayBeOnItsWay && $0.state != "sent" }
        #expect((0...untaken).contains(world.twilio.requests - world.twilio.sent.count))
    }

    private static func firing(_ text: String, in place: String) -> Firing? {
        guard let match = text.firstMatch(of: /#(\d+) · firing (\d+)/), let number = Int64(match.1),
            let sequence = Int(match.2)
        else { return nil }
        return Firing(place: place, number: number, sequence: sequence)
    }
}
