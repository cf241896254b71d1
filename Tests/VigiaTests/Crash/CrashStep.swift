import Foundation

@testable import Storage

/// Where a process is killed. Each is told afterwards from what the file of the dead process holds.
enum CrashStep: String, CaseIterable, Sendable {
    case fanOut = "during fan-out"
    case unheard = "before commit, candle not stored"
    case undecided = "before commit, candle stored"
    case decided = "after commit"
    case leased = "after lease"
    case sending = "during send"
    case sent = "after send"
    case recording = "during record"

    /// A send was begun, so a restart cannot know what became of it.
    var isUnknown: Bool { self == .sending || self == .sent || self == .recording }
}

enum CrashChannel: String, CaseIterable, Sendable { case telegram, discord, email, sms }

/// What the file says of one price move.
struct CrashState: Sendable, CustomStringConvertible {
    struct Entry: Hashable, Sendable {
        var id: Int64
        var channel: CrashChannel?
        var state: String
        var isBegun: Bool
    }

    var isCandleStored: Bool
    var alerts: Int
    var unexpanded: Int
    var entries: [Entry]

    func has(_ channel: CrashChannel, leased isBegun: Bool) -> Bool {
        entries.contains { $0.channel == channel && $0.state == "leased" && $0.isBegun == isBegun }
    }

    /// The step that a process without any send begun stands at, for a channel; `nil` when it is at none of them.
    func step(_ channel: CrashChannel) -> CrashStep? {
        if alerts == 0 { return isCandleStored ? .undecided : .unheard }
        if unexpanded == alerts, entries.isEmpty { return .decided }
        if unexpanded > 0, entries.contains(where: { $0.channel == channel }) { return .fanOut }
        return has(channel, leased: false) ? .leased : nil
    }

    var description: String {
        let counts = Dictionary(grouping: entries) { "\($0.channel?.rawValue ?? "?") \($0.state) \($0.isBegun)" }
        return "candle \(isCandleStored), alerts \(alerts), unexpanded \(unexpanded), "
            + "\(counts.mapValues(\.count).sorted { $0.key < $1.key })"
    }
}

/// What the file held before a price move, to tell what came with it.
struct CrashMark: Sendable {
    var alert: Int64
    var entry: Int64
    /// Open time of the candle that fires the rules, ms.
    var candle: Int64
}

extension SQLiteDatabase {
    func crashMark(candle: Int64) async throws -> CrashMark {
        try await read { sql in
            CrashMark(
                alert: try sql.integer("SELECT coalesce(max(id), 0) FROM alerts") ?? 0,
                entry: try sql.integer("SELECT coalesce(max(id), 0) FROM outbox") ?? 0, candle: candle)
        }
    }

    func crashState(since mark: CrashMark) async throws -> CrashState {
        try await read { sql in
            let candle = try sql.integer(
                "SELECT count(*) FROM candles WHERE open_time = ? AND series_id IN "
                    + "(SELECT id FROM series WHERE timeframe = '1m')", [.integer(mark.candle)])
            let alerts = try sql.first(
                "SELECT count(*), coalesce(sum(expanded_at IS NULL), 0) FROM alerts WHERE id > ? AND rule_id IS NOT NULL",
                [.integer(mark.alert)]
            ) { (all: Int($0.integer(0)), open: Int($0.integer(1))) }
            let entries = try sql.rows(
                """
                SELECT o.id, o.channel, o.state, o.begun_at IS NOT NULL FROM outbox o JOIN alerts a ON a.id = o.alert_id
                WHERE o.id > ? AND a.rule_id IS NOT NULL
                """, [.integer(mark.entry)]
            ) {
                CrashState.Entry(
                    id: $0.integer(0), channel: CrashChannel(rawValue: $0.text(1)), state: $0.text(2),
                    isBegun: $0.flag(3))
            }
            return CrashState(
                isCandleStored: candle != 0, alerts: alerts?.all ?? 0, unexpanded: alerts?.open ?? 0, entries: entries)
        }
    }

    /// Entries whose send was begun and not recorded: all that a restart may repeat.
    func crashUnknown() async throws -> [Int64] {
        try await read { sql in
            try sql.rows("SELECT id FROM outbox WHERE state = 'leased' AND begun_at IS NOT NULL") { $0.integer(0) }
        }
    }

    /// Entries of alerts that are not at their end. An SMS whose outcome is looked up takes minutes, and what waits behind it
    /// in the same mailbox with it; `patiently` counts them as well.
    func crashOpen(patiently: Bool) async throws -> Int {
        try await read { sql in
            let lookedUp = """
                AND NOT (channel = 'sms' AND (state = 'held' OR mailbox_id IN (SELECT mailbox_id FROM outbox
                    WHERE channel = 'sms' AND possible_repeat = 1 AND state IN ('pending', 'leased'))))
                """
            let entries = try sql.integer(
                "SELECT count(*) FROM outbox WHERE alert_id IS NOT NULL AND state IN ('pending', 'leased', 'held') "
                    + (patiently ? "" : lookedUp))
            let alerts = try sql.integer("SELECT count(*) FROM alerts WHERE expanded_at IS NULL")
            return Int((entries ?? 0) + (alerts ?? 0))
        }
    }
}
