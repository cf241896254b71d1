/// What a part of a grammar may begin with, so that the matcher leaves out what cannot match.
struct SentenceBeginning: Hashable, Sendable {
    var words: Set<String> = []
    /// It may begin with something that is read.
    var isOpen = false
    var mayBeEmpty = false

    mutating func formUnion(_ other: SentenceBeginning) {
        words.formUnion(other.words)
        isOpen = isOpen || other.isOpen
        mayBeEmpty = mayBeEmpty || other.mayBeEmpty
    }

    /// Fills in the beginnings of all alternatives. A rule may refer to rules behind it and to itself, so this goes round
    /// until nothing is added.
    static func fill(_ rules: inout [SentenceGrammar.Rule]) {
        var known = [SentenceBeginning](repeating: SentenceBeginning(), count: rules.count)
        var isGrowing = true
        while isGrowing {
            isGrowing = false
            for index in rules.indices {
                var whole = SentenceBeginning()
                for place in rules[index].alternatives.indices {
                    let beginning = beginning(of: rules[index].alternatives[place].node, known)
                    rules[index].alternatives[place].beginning = beginning
                    whole.formUnion(beginning)
                }
                guard whole != known[index] else { continue }
                known[index] = whole
                isGrowing = true
            }
        }
    }

    private static func beginning(of node: SentenceGrammar.Node, _ known: [SentenceBeginning]) -> SentenceBeginning {
        switch node {
        case .word(let word): return SentenceBeginning(words: [word])
        case .slot: return SentenceBeginning(isOpen: true)
        case .rule(let rule, _): return known[rule]
        case .optional(let node):
            var beginning = beginning(of: node, known)
            beginning.mayBeEmpty = true
            return beginning
        case .choice(let nodes):
            var union = SentenceBeginning()
            for node in nodes { union.formUnion(beginning(of: node, known)) }
            return union
        case .sequence(let nodes):
            var union = SentenceBeginning(mayBeEmpty: true)
            for node in nodes {
                let next = beginning(of: node, known)
                union.words.formUnion(next.words)
                union.isOpen = union.isOpen || next.isOpen
                if !next.mayBeEmpty {
                    union.mayBeEmpty = false
                    break
                }
            }
            return union
        }
    }
}
