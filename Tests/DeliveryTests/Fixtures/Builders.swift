import Decisions
import Market
import Messages
import People

@testable import Delivery

/// A wall instant at the start of an hour, far from any change of clocks.
let start = Timestamp(seconds: 1_700_002_800)

func claimed(
    _ id: Int64, address: String = "1", channel: ChannelKind = .telegram, lane: Lane = .medium, attempts: Int = 0,
    possibleRepeat: Bool = false, createdAt: Timestamp = start, expiresAt: Timestamp? = nil,
    preferences: Preferences = Preferences(), role: Recipient.Role = .user, stopped: Bool = false,
    disabled: String? = nil, isStillWanted: Bool = true, usage: HourlyUsage? = nil
) -> ClaimedEntry {
    let recipient = Recipient(
        id: RecipientID(id), kind: .person, role: role, stopped: stopped, preferences: preferences, createdAt: start)
    return ClaimedEntry(
        entry: OutboxEntry(
            id: OutboxID(id), channel: channel, address: address, recipient: recipient.id, lane: lane,
            content: .message(text("entry \(id)"), .new), attempts: attempts, possibleRepeat: possibleRepeat,
            createdAt: createdAt, expiresAt: expiresAt),
        recipient: recipient, addressDisabledReason: disabled, isStillWanted: isStillWanted,
        sentThisHour: usage ?? HourlyUsage(hour: start, total: 0, critical: 0))
}

func text(_ words: String) -> Message { Message(blocks: [.text([InlineSpan(words)])]) }

func opportunity(_ key: String, symbol: Symbol, priority: Priority = .medium, at time: Timestamp = start) -> Alert {
    Alert(
        naturalKey: "opportunity:\(symbol):\(key)", symbol: symbol, priority: priority, issuedAt: time,
        audience: .subscribers(symbol, strength: 0.9),
        body: .opportunity(
            Opportunity(
                symbol: symbol, kind: .trend, side: .buy, score: 0.7, strength: 0.9, strengthIsProvisional: false,
                price: 100, at: time, outlook: .hours1to4, factors: [], reasons: [], riskLevel: nil, expectedMove: nil,
                moveRatio: nil, measured: nil)))
}

/// Renders an alert as its natural key, and refuses the keys it is told to.
struct KeyRendering: AlertRendering {
    struct Refused: Error {}
    var refused: String?

    func message(for alert: StoredAlert, reader: Reader) throws -> Message {
        if let refused, alert.alert.naturalKey.contains(refused) { throw Refused() }
        return text(alert.alert.naturalKey)
    }

    func digest(_ alerts: [StoredAlert], reader: Reader) throws -> Message {
        text(alerts.map(\.alert.naturalKey).joined(separator: " + "))
    }
}

/// The same random numbers at every run.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        var mixed = state
        mixed ^= mixed >> 33
        mixed = mixed &* 0xff51_afd7_ed55_8ccd
        return mixed ^ (mixed >> 33)
    }
}
