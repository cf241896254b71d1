import Market

/// Tells texts that say the same in nearly the same words: headlines that agencies and their readers repeat.
///
/// A text is the set of its runs of three words. Two are near-identical when at least `share` of their runs are common
/// (Jaccard index; Broder 1997). Only texts that have a run in common are compared.
struct NearDuplicates: Sendable {
    static let share = 0.6
    /// A run that so many texts have says nothing of any of them.
    private static let commonest = 200

    private let capacity: Int
    /// By number, in the order they came; `first` is the oldest that is still held.
    private var held: [Int: (runs: [UInt64], address: String?)] = [:]
    private var byRun: [UInt64: [Int]] = [:]
    private var addresses: Set<String> = []
    private var first = 0
    private var next = 0

    /// - Parameter capacity: texts that are remembered; the oldest are forgotten.
    init(capacity: Int = 20_000) { self.capacity = max(1, capacity) }

    /// Whether it was heard already; if not, it is remembered.
    mutating func isKnown(_ title: String, address: String?) -> Bool {
        if let address, addresses.contains(address) { return true }
        let runs = Self.runs(of: title)
        if !runs.isEmpty, isNear(runs) { return true }
        remember(runs, address)
        return false
    }

    private func isNear(_ runs: [UInt64]) -> Bool {
        var common: [Int: Int] = [:]
        for run in runs {
            guard let texts = byRun[run], texts.count <= Self.commonest else { continue }
            for text in texts { common[text, default: 0] += 1 }
        }
        return common.contains { text, count in
            guard let other = held[text] else { return false }
            return Double(count) >= Self.share * Double(runs.count + other.runs.count - count)
        }
    }

    private mutating func remember(_ runs: [UInt64], _ address: String?) {
        held[next] = (runs, address)
        for run in runs { byRun[run, default: []].append(next) }
        if let address { addresses.insert(address) }
        next += 1
        while next - first > capacity {
            if let old = held.removeValue(forKey: first) {
                for run in old.runs {
                    byRun[run]?.removeAll { $0 == first }
                    if byRun[run]?.isEmpty == true { byRun[run] = nil }
                }
                if let address = old.address { addresses.remove(address) }
            }
            first += 1
        }
    }

    /// Each run of three words once; of a shorter text the whole.
    private static func runs(of text: String) -> [UInt64] {
        let words = TextCutter.words(of: text).map { hash($0.folded) }
        guard words.count > 3 else { return words.isEmpty ? [] : [words.reduce(0) { mix($0, $1) }] }
        return Array(Set((0...words.count - 3).map { mix(mix(mix(0, words[$0]), words[$0 + 1]), words[$0 + 2]) }))
    }

    /// FNV-1a.
    private static func hash(_ word: String) -> UInt64 {
        word.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }

    private static func mix(_ a: UInt64, _ b: UInt64) -> UInt64 { (a &* 0x9e37_79b9_7f4a_7c15) ^ (b &+ (a >> 29)) }
}
