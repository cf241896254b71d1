/// Every word that VADER's rules know, with what it does.
final class VaderWords: Sendable {
    /// Roles of a word, as bits.
    enum Role {
        static let valued: UInt8 = 1
        static let booster: UInt8 = 2
        static let negation: UInt8 = 4
        /// Written in capitals.
        static let upper: UInt8 = 8
    }

    /// Words that stand in rules of their own. Raw values index nothing; they only tell words apart.
    enum Special: UInt8, CaseIterable {
        case other, no, or, nor, least, at, very, but, never, so, this, without, doubt, kind, of, sort, just, enough
        case the, shit, bomb, bad, ass, bus, stop, yeah, right, kiss, death, to, die, beating, heart
        case `for`
    }

    struct Entry: Sendable {
        var valence = 0.0
        var boost = 0.0
        var roles: UInt8 = 0
        var special = Special.other
    }

    /// How much a booster adds to the word behind it.
    static let boost = 0.293

    let index: WordIndex
    let entries: [Entry]

    init() {
        var order: [String] = []
        var table: [String: Entry] = [:]
        func change(_ word: String, _ body: (inout Entry) -> Void) {
            if table[word] == nil { order.append(word) }
            body(&table[word, default: Entry()])
        }
        for line in Lexicon.lines(of: "vader") {
            let (head, rest) = Lexicon.headAndRest(line)
            for word in rest.split(separator: " ").map(String.init) {
                change(word) { entry in
                    switch head {
                    case "strengthens": (entry.boost, entry.roles) = (Self.boost, entry.roles | Role.booster)
                    case "weakens": (entry.boost, entry.roles) = (-Self.boost, entry.roles | Role.booster)
                    case "negates": entry.roles |= Role.negation
                    default: (entry.valence, entry.roles) = (Double(head) ?? 0, entry.roles | Role.valued)
                    }
                }
            }
        }
        for special in Special.allCases where special != .other {
            change("\(special)") { $0.special = special }
        }
        index = WordIndex(order)
        entries = order.map { table[$0] ?? Entry() }
    }
}

/// Phrases whose valence is their own, and pairs of words that weaken what follows.
enum VaderPhrases {
    typealias Word = VaderWords.Special

    @inline(__always) static func valence(_ a: Word, _ b: Word) -> Double? {
        switch (a, b) {
        case (.the, .shit), (.the, .bomb): 3
        case (.bad, .ass): 1.5
        case (.bus, .stop): 0
        case (.yeah, .right): -2
        case (.beating, .heart): 3.5
        default: nil
        }
    }

    @inline(__always) static func valence(_ a: Word, _ b: Word, _ c: Word) -> Double? {
        switch (a, b, c) {
        case (.kiss, .of, .death): -1.5
        case (.to, .die, .for): 3
        default: nil
        }
    }

    @inline(__always) static func weakens(_ a: Word, _ b: Word) -> Bool {
        switch (a, b) {
        case (.just, .enough), (.kind, .of), (.sort, .of): true
        default: false
        }
    }
}
