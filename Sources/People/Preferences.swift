package import Market
import Foundation

/// What a recipient chose.
package struct Preferences: Hashable, Sendable, Codable {
    /// Code of a file in `locales/`.
    package var language: String
    /// IANA name.
    package var zone: String
    package var quietHours: QuietHours?
    package var mutedUntil: Timestamp?
    package var risk: RiskProfile
    /// Which severity goes to which channel (`/channels`).
    package var channelLevels: ChannelLevels
    /// Most loud alerts a day (`/budget`); `nil` for no limit.
    package var attentionBudget: Int?
    /// Alerts of at least this level go on to the next channel when nobody acknowledges them (`/escalate`): `high`,
    /// `critical` or `off`.
    package var escalation: ChannelLevel

    package init(
        language: String = "en", zone: String = "UTC", quietHours: QuietHours? = nil, mutedUntil: Timestamp? = nil,
        risk: RiskProfile = .medium, channelLevels: ChannelLevels = ChannelLevels(), attentionBudget: Int? = nil,
        escalation: ChannelLevel = .off
    ) {
        self.language = language
        self.zone = zone
        self.quietHours = quietHours
        self.mutedUntil = mutedUntil
        self.risk = risk
        self.channelLevels = channelLevels
        self.attentionBudget = attentionBudget
        self.escalation = escalation
    }

    /// What one person chose under two identities: choices made here count, and where there are none the other's. The
    /// language is this one's; a mute holds only as far as both have it, since the other is awake.
    package func joined(with other: Preferences) -> Preferences {
        let plain = Preferences()
        var joined = self
        if zone == plain.zone { joined.zone = other.zone }
        if risk == plain.risk { joined.risk = other.risk }
        if escalation == .off { joined.escalation = other.escalation }
        joined.quietHours = quietHours ?? other.quietHours
        joined.attentionBudget = attentionBudget ?? other.attentionBudget
        joined.channelLevels = channelLevels.joined(with: other.channelLevels)
        joined.mutedUntil = mutedUntil.flatMap { mine in other.mutedUntil.map { min(mine, $0) } }
        return joined
    }
}

package enum RiskProfile: String, Sendable, Codable, CaseIterable { case low, medium, high }

/// A daily span of local time, `22:00-07:00`, in which only critical alerts are sent. It may pass midnight; its start
/// belongs to it, its end does not.
package struct QuietHours: Hashable, Sendable, Codable {
    /// Minutes after local midnight, 0 to 1439.
    package var start: Int
    package var end: Int

    /// `nil` when a minute is outside the day or the span is empty.
    package init?(start: Int, end: Int) {
        guard (0..<1440).contains(start), (0..<1440).contains(end), start != end else { return nil }
        self.start = start
        self.end = end
    }

    /// Reads `22:00-07:00`.
    package init?(_ text: some StringProtocol) {
        let sides = text.split(whereSeparator: { $0 == "-" || $0 == "–" })
        guard sides.count == 2, let start = QuietHours.minute(sides[0]), let end = QuietHours.minute(sides[1]) else {
            return nil
        }
        self.init(start: start, end: end)
    }

    /// Minutes after midnight of `HH:MM`.
    package static func minute(_ text: some StringProtocol) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, (1...2).contains(parts[0].count), parts[1].count == 2,
            let hour = Int(parts[0]), let minute = Int(parts[1]), (0..<24).contains(hour), (0..<60).contains(minute)
        else { return nil }
        return hour * 60 + minute
    }

    package var text: String {
        func clock(_ minute: Int) -> String {
            let (hour, rest) = minute.quotientAndRemainder(dividingBy: 60)
            return (hour < 10 ? "0" : "") + "\(hour):" + (rest < 10 ? "0" : "") + "\(rest)"
        }
        return "\(clock(start))-\(clock(end))"
    }

    /// When the quiet span that contains `time` ends, in the zone; `nil` when `time` is outside it.
    package func end(containing time: Timestamp, zone: String) -> Timestamp? {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(identifier: zone) ?? .gmt
        let parts = calendar.dateComponents([.hour, .minute], from: time.date)
        let minute = (parts.hour ?? 0) * 60 + (parts.minute ?? 0)
        let inside = start < end ? (start..<end).contains(minute) : minute >= start || minute < end
        guard inside else { return nil }
        let next = calendar.nextDate(
            after: time.date, matching: DateComponents(hour: end / 60, minute: end % 60), matchingPolicy: .nextTime)
        return next.map { Timestamp($0) }
    }
}
