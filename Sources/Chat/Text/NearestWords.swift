/// Finds what somebody may have meant.
enum NearestWords {
    /// The `count` candidates that need the fewest single-letter edits, nearest first; ties keep the order given.
    static func nearest(to word: String, among candidates: [String], count: Int, atMost limit: Int = .max) -> [String] {
        let typed = Array(word.utf8.prefix(32))
        let scored = candidates.enumerated().map { index, candidate -> (distance: Int, index: Int) in
            let other = Array(candidate.utf8.prefix(32))
            // Somebody who stops early means the longer word: `sub` is nearer to `subscribe` than to `stop`.
            let isBeginning = typed.count >= 2 && other.starts(with: typed)
            return (isBeginning ? 1 : distance(typed, other), index)
        }
        return scored.filter { $0.distance <= limit }
            .sorted { ($0.distance, $0.index) < ($1.distance, $1.index) }
            .prefix(count).map { candidates[$0.index] }
    }

    /// Levenshtein's distance.
    static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var row = Array(0...b.count)
        for i in 0..<a.count {
            var diagonal = row[0]
            row[0] = i + 1
            for j in 0..<b.count {
                let above = row[j + 1]
                row[j + 1] = a[i] == b[j] ? diagonal : 1 + min(diagonal, above, row[j])
                diagonal = above
            }
        }
        return row[b.count]
    }
}
