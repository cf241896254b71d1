/// How many letters must change to make one word of another; finds what a mistyped name may have meant.
package enum EditDistance {
    /// Insertions, deletions, replacements and exchanges of neighbours (optimal string alignment) between two texts, by
    /// UTF-8 byte; `nil` above `limit`. Work is at most the product of the lengths, and none when they differ by more
    /// than `limit`.
    package static func between(_ a: String, _ b: String, limit: Int) -> Int? {
        let a = Array(a.utf8)
        let b = Array(b.utf8)
        guard abs(a.count - b.count) <= limit else { return nil }
        guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
        var beforeLast = [Int](repeating: 0, count: b.count + 1)
        var last = Array(0...b.count)
        var row = last
        for i in 1...a.count {
            row[0] = i
            var least = i
            for j in 1...b.count {
                var cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { cost = min(cost, beforeLast[j - 2] + 1) }
                row[j] = cost
                least = min(least, cost)
            }
            if least > limit { return nil }
            (beforeLast, last, row) = (last, row, beforeLast)
        }
        return last[b.count] <= limit ? last[b.count] : nil
    }

    /// The words most like `text`, nearest first and then in their own order: at most `limit`, and none that differs in
    /// more than a third of the letters (but one letter is always allowed).
    package static func nearest(to text: String, in words: some Sequence<String>, limit: Int) -> [String] {
        let length = text.utf8.count
        guard (1...64).contains(length) else { return [] }
        let allowed = max(1, length / 3)
        var found: [(word: String, distance: Int, order: Int)] = []
        for (order, word) in words.enumerated() where abs(word.utf8.count - length) <= allowed {
            if let distance = between(text, word, limit: allowed) { found.append((word, distance, order)) }
        }
        return found.sorted { ($0.distance, $0.order) < ($1.distance, $1.order) }.prefix(limit).map(\.word)
    }
}
