import Market

/// Dates as feeds write them: RFC 822 with its later spellings (`Tue, 10 Jun 2003 04:00:00 GMT`, `+0200`), and ISO 8601
/// (`2023-01-14T18:23:05Z`, `2016-08-27`, offsets and fractions).
enum FeedDate {
    private static let months = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]
    /// Minutes from UTC of the zones that RFC 822 names.
    private static let zones = [
        "gmt": 0, "ut": 0, "utc": 0, "z": 0, "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420,
        "mdt": -360, "pst": -480, "pdt": -420,
    ]

    static func parse(_ text: String) -> Timestamp? {
        let text = text.trimmed
        guard text.utf8.count <= 64 else { return nil }
        return iso(text) ?? mail(text)
    }

    private static func mail(_ text: String) -> Timestamp? {
        var words = text.split { $0 == " " || $0 == "," }.map { $0.lowercased() }
        if let first = words.first, Int64(first) == nil { words.removeFirst() }
        guard words.count >= 4, let day = Int64(words[0]),
            let month = months.firstIndex(of: String(words[1].prefix(3))), var year = Int64(words[2])
        else { return nil }
        // Two digits are of the years when feeds had them.
        if year < 100 { year += year < 70 ? 2000 : 1900 }
        let clock = words[3].split(separator: ":").map { Int64($0) ?? -1 }
        guard clock.count == 2 || clock.count == 3 else { return nil }
        guard let offset = words.count > 4 ? zone(words[4]) : 0 else { return nil }
        return instant(
            year: year, month: Int64(month + 1), day: day, hour: clock[0], minute: clock[1],
            second: clock.count == 3 ? clock[2] : 0, offset: offset)
    }

    private static func iso(_ text: String) -> Timestamp? {
        let parts = text.split(maxSplits: 1) { $0 == "T" || $0 == " " }
        guard let day = parts.first, day.utf8.count == 10 else { return nil }
        let date = day.split(separator: "-").map { Int64($0) ?? -1 }
        guard date.count == 3 else { return nil }
        guard parts.count == 2 else {
            return instant(year: date[0], month: date[1], day: date[2], hour: 0, minute: 0, second: 0, offset: 0)
        }
        var clock = Substring(parts[1])
        var offset: Int64 = 0
        if let mark = clock.lastIndex(where: { $0 == "Z" || $0 == "z" || $0 == "+" || $0 == "-" }) {
            guard let minutes = zone(clock[mark...].lowercased()) else { return nil }
            offset = minutes
            clock = clock[..<mark]
        }
        let fields = clock.split(separator: ":")
        guard fields.count == 2 || fields.count == 3, let hour = Int64(fields[0]), let minute = Int64(fields[1])
        else { return nil }
        var second: Int64 = 0
        if fields.count == 3 {
            guard let whole = Int64(fields[2].prefix { $0 != "." && $0 != "," }) else { return nil }
            second = whole
        }
        return instant(
            year: date[0], month: date[1], day: date[2], hour: hour, minute: minute, second: second, offset: offset)
    }

    /// Minutes from UTC.
    private static func zone(_ text: String) -> Int64? {
        if let known = zones[text] { return Int64(known) }
        guard let sign = text.first, sign == "+" || sign == "-" else { return nil }
        let digits = text.dropFirst().filter { $0 != ":" }
        guard digits.utf8.count == 4, let value = Int64(digits), value % 100 < 60 else { return nil }
        return (sign == "-" ? -1 : 1) * (value / 100 * 60 + value % 100)
    }

    private static func instant(
        year: Int64, month: Int64, day: Int64, hour: Int64, minute: Int64, second: Int64, offset: Int64
    ) -> Timestamp? {
        guard (1970...2200).contains(year), (1...12).contains(month), (1...31).contains(day), (0..<24).contains(hour),
            (0..<60).contains(minute), (0...60).contains(second)
        else { return nil }
        let days = CalendarDays.since1970(year: year, month: month, day: day)
        return Timestamp(seconds: ((days * 24 + hour) * 60 + minute - offset) * 60 + second)
    }
}

enum CalendarDays {
    /// Days of the Gregorian calendar, counted from March so that the leap day comes last.
    static func since1970(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let monthFromMarch = (month + 9) % 12
        let leapDays = shifted / 4 - shifted / 100 + shifted / 400
        return shifted * 365 + leapDays + (monthFromMarch * 153 + 2) / 5 + day - 1 - 719_468
    }
}

extension String {
    /// Without white space at its ends.
    var trimmed: String {
        var text = Substring(self)
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
