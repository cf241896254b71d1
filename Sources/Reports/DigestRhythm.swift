import Foundation
package import Market

/// How often somebody gets a digest, on the clock of their own zone.
package enum DigestRhythm: Hashable, Sendable {
    /// Minutes after local midnight, 0 to 1439.
    case daily(minute: Int)
    /// `weekday` is 1 for Monday to 7 for Sunday.
    case weekly(weekday: Int, minute: Int)

    /// What is meant without a time.
    package static let usualMinute = 8 * 60

    package var minute: Int {
        switch self {
        case .daily(let minute), .weekly(_, let minute): minute
        }
    }

    /// How long one digest covers.
    package var period: Span {
        switch self {
        case .daily: .days(1)
        case .weekly: .days(7)
        }
    }

    /// The first time after `time` at which it is due. A time of day that the zone leaves out (clocks go forward) is due
    /// when it would have been over; one that comes twice is due the first time.
    package func next(after time: Timestamp, zone: String) -> Timestamp {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(identifier: zone) ?? .gmt
        var parts = DateComponents(hour: minute / 60, minute: minute % 60, second: 0)
        // Calendars count from Sunday, which is 1.
        if case .weekly(let weekday, _) = self { parts.weekday = weekday % 7 + 1 }
        let found = calendar.nextDate(
            after: time.date, matching: parts, matchingPolicy: .nextTime, repeatedTimePolicy: .first,
            direction: .forward)
        // A calendar always has a next Monday; the fallback keeps the rhythm.
        return found.map { Timestamp($0) } ?? time + period
    }
}

extension DigestRhythm {
    private static let weekdays = [
        ["mon", "monday", "lun", "lunes"], ["tue", "tuesday", "mar", "martes"],
        ["wed", "wednesday", "mie", "mié", "miercoles", "miércoles"], ["thu", "thursday", "jue", "jueves"],
        ["fri", "friday", "vie", "viernes"], ["sat", "saturday", "sab", "sáb", "sabado", "sábado"],
        ["sun", "sunday", "dom", "domingo"],
    ]

    /// Reads `daily 08:00`, `daily`, `weekly mon 08:00`, `weekly`, and the same in Spanish. `nil` for anything else.
    package init?(_ words: [String]) {
        let words = words.map { $0.lowercased() }
        guard let first = words.first else { return nil }
        var rest = words.dropFirst()
        var weekday = 1
        switch first {
        case "daily", "diario": break
        case "weekly", "semanal":
            if let day = rest.first.flatMap({ word in Self.weekdays.firstIndex { $0.contains(word) } }) {
                weekday = day + 1
                rest = rest.dropFirst()
            }
        default: return nil
        }
        var minute = Self.usualMinute
        if let clock = rest.first {
            let sides = clock.split(separator: ":", omittingEmptySubsequences: false)
            guard sides.count == 2, (1...2).contains(sides[0].count), sides[1].count == 2, let hour = Int(sides[0]),
                let past = Int(sides[1]), (0..<24).contains(hour), (0..<60).contains(past)
            else { return nil }
            minute = hour * 60 + past
            rest = rest.dropFirst()
        }
        guard rest.isEmpty else { return nil }
        self =
            first.hasPrefix("w") || first.hasPrefix("s")
            ? .weekly(weekday: weekday, minute: minute) : .daily(minute: minute)
    }

    /// `08:00`.
    package var clock: String {
        func two(_ value: Int) -> String { (value < 10 ? "0" : "") + "\(value)" }
        return two(minute / 60) + ":" + two(minute % 60)
    }

    /// Command that makes this rhythm: `weekly mon 08:00`.
    package var text: String {
        switch self {
        case .daily: "daily \(clock)"
        case .weekly(let weekday, _): "weekly \(Self.weekdays[weekday - 1][0]) \(clock)"
        }
    }
}
