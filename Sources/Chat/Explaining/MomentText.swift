import Foundation
import Market

/// A past moment as people write it.
enum MomentText {
    /// Reads `14:30` (the latest one that is over), `2026-11-24 14:30`, both on the clock of the zone, and `3h` (so long
    /// ago). `nil` for anything else, the future included.
    static func parse(_ words: [String], now: Timestamp, zone: String) -> Timestamp? {
        if words.count == 1, let span = Span(text: words[0].lowercased()), span > .zero { return now - span }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(identifier: zone) ?? .gmt
        guard let last = words.last else { return nil }
        let clock = last.split(separator: ":", omittingEmptySubsequences: false)
        guard clock.count == 2, clock[1].count == 2, let hour = Int(clock[0]), let minute = Int(clock[1]),
            (0..<24).contains(hour), (0..<60).contains(minute)
        else { return nil }
        switch words.count {
        case 1:
            let found = calendar.nextDate(
                after: now.date.addingTimeInterval(0.001), matching: DateComponents(hour: hour, minute: minute),
                matchingPolicy: .nextTime, direction: .backward)
            return found.map { Timestamp($0) }
        case 2:
            let day = words[0].split(separator: "-").compactMap { Int($0) }
            guard day.count == 3, (2000...9999).contains(day[0]), (1...12).contains(day[1]), (1...31).contains(day[2])
            else { return nil }
            let parts = DateComponents(year: day[0], month: day[1], day: day[2], hour: hour, minute: minute)
            guard let date = calendar.date(from: parts) else { return nil }
            let time = Timestamp(date)
            return time <= now ? time : nil
        default: return nil
        }
    }
}
