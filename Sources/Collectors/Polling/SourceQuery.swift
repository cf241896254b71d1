import Foundation
import Market

/// How questions to search engines are written.
enum SourceQuery {
    /// `a OR "b c" OR …`, as many as fit into `limit` characters.
    static func any(_ words: [String], limit: Int) -> String {
        var query = ""
        var seen: Set<String> = []
        for word in words where seen.insert(word.lowercased()).inserted {
            let quoted = word.contains(" ") ? "\"\(word)\"" : word
            let longer = query.isEmpty ? quoted : query + " OR " + quoted
            if longer.count > limit { break }
            query = longer
        }
        return query
    }
}

enum SourceTimes {
    /// `2026-01-11T08:31:34Z`.
    static func iso(_ time: Timestamp) -> String {
        time.date.formatted(.iso8601)
    }
}
