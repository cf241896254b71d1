import Market

/// Dates of rules: UTC, Gregorian, `2026-12-31` or `2026-12-31T18:00`.
enum RuleDate {
    /// The first instant after what the text names: a day lasts until its end, a minute is exact.
    static func end(_ text: String) -> Timestamp? {
        let upper = text.uppercased()
        let trimmed = upper.hasSuffix("Z") ? upper.dropLast() : upper[...]
        let halves = trimmed.split(separator: "T", omittingEmptySubsequences: false)
        guard let day = halves.first.flatMap(dayNumber), halves.count <= 2 else { return nil }
        if halves.count == 1 { return Timestamp(seconds: (day + 1) * 86_400) }
        let clock = halves[1].split(separator: ":", omittingEmptySubsequences: false)
        guard clock.count == 2, let hour = digits(clock[0], 2), let minute = digits(clock[1], 2), hour < 24, minute < 60
        else { return nil }
        return Timestamp(seconds: day * 86_400 + hour * 3600 + minute * 60)
    }

    /// The spelling that `end` reads back; to the minute.
    static func text(_ end: Timestamp) -> String {
        let minutes = end.milliseconds / 60_000
        let (day, minute) = minutes.quotientAndRemainder(dividingBy: 1440)
        if minute == 0 { return dayText(day - 1) }
        return "\(dayText(day))T\(padded(minute / 60, 2)):\(padded(minute % 60, 2))"
    }

    private static func dayNumber(_ text: Substring) -> Int64? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, let year = digits(parts[0], 4), let month = digits(parts[1], 2),
            let day = digits(parts[2], 2), (2000...2200).contains(year), (1...12).contains(month), day >= 1
        else { return nil }
        let number = days(year: year, month: month, day: day)
        // A day that the month does not have would read as one of the next month.
        return dayText(number) == String(text) ? number : nil
    }

    private static func digits(_ text: Substring, _ count: Int) -> Int64? {
        text.utf8.count == count && text.utf8.allSatisfy { (48...57).contains($0) } ? Int64(text) : nil
    }

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let text = "\(value)"
        return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
    }

    /// Days since 1970-01-01, counting years from March so that the leap day comes last.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let y = month <= 2 ? year - 1 : year
        let era = y / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func dayText(_ days: Int64) -> String {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    }
}
