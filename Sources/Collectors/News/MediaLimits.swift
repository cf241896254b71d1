import Market

/// Bounds of what is taken from a source of texts.
enum MediaLimits {
    static let title = 300
    static let text = 2_000
    /// Entries of one answer.
    static let entries = 200
    /// A clock may run ahead by this much.
    static let ahead = Span.minutes(5)
    /// Older entries are no news. After a day without the source what it missed is not told as new.
    static let age = Span.days(2)

    /// Why an entry of that time is not taken; `nil` when it is.
    static func fault(of time: Timestamp, now: Timestamp) -> String? {
        time > now + ahead ? "future" : time < now - age ? "old" : nil
    }

    /// An address that may be shown: http or https, of bounded length, without white space, and without the parameters
    /// that only say where a reader came from.
    static func link(_ text: String?) -> String? {
        guard let text = text?.trimmed, text.utf8.count <= 1_000,
            text.hasPrefix("https://") || text.hasPrefix("http://"),
            text.utf8.allSatisfy({ $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: "\"") })
        else { return nil }
        let parts = text.split(separator: "?", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return text }
        let kept =
            parts[1].split(separator: "#")[0...].first.map(String.init)?.split(separator: "&")
            .filter { !$0.hasPrefix("utm_") } ?? []
        return kept.isEmpty ? parts[0] : parts[0] + "?" + kept.joined(separator: "&")
    }
}
