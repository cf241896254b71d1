/// Finds every way in which a sentence follows the rules of a grammar. Nothing may be left over but fillers and
/// punctuation, so what a grammar does not know keeps a sentence from being understood.
struct SentenceMatcher {
    struct Match: Hashable {
        var end: Int
        /// Fillers left out, and how far-fetched the slots are.
        var cost: Int
        var meaning: String
    }

    private struct State: Hashable {
        var position: Int
        var cost: Int
        var parts: [Part]
    }

    private struct Part: Hashable {
        var label: String
        var meaning: String
    }

    /// A matcher that took so many steps gives up: the sentence is not understood.
    static let mostSteps = 400_000
    /// More ways through one rule at one place are not followed.
    private static let mostMatches = 64

    /// Stands in a meaning for each of the default symbols.
    static let each = "\u{1}"
    static let punctuation: Set<String> = [
        ",", ";", ":", ".", "!", "?", "¿", "¡", "(", ")", "\"", "…", "“", "”", "«", "»",
    ]

    private let grammar: SentenceGrammar
    private let slots: SlotReader
    private let tokens: [SentenceToken]
    /// Places that fillers lead to from each place, the place itself included, and what that costs.
    private let skips: [[(position: Int, cost: Int)]]
    /// Words and signs at those places.
    private let reachable: [Set<String>]
    private var matches: [Int: [Match]] = [:]
    private var underWay: Set<Int> = []
    private(set) var steps = 0

    init(_ grammar: SentenceGrammar, _ slots: SlotReader) {
        self.grammar = grammar
        self.slots = slots
        tokens = slots.text.tokens
        let skips = SentenceMatcher.skips(slots.text.tokens, grammar.words.fillers)
        self.skips = skips
        reachable = skips.map { places in
            Set(places.compactMap { $0.position < slots.text.tokens.count ? slots.text.tokens[$0.position].text : nil })
        }
    }

    /// What the whole sentence may mean, cheapest first.
    mutating func sentences() -> [(meaning: String, cost: Int)] {
        guard !tokens.isEmpty else { return [] }
        var best: [String: Int] = [:]
        for match in self.matches(of: grammar.sentence, at: 0) {
            guard let rest = skips[match.end].first(where: { $0.position == tokens.count }) else { continue }
            best[match.meaning] = min(best[match.meaning] ?? .max, match.cost + rest.cost)
        }
        guard steps < SentenceMatcher.mostSteps else { return [] }
        return best.map { ($0.key, $0.value) }.sorted { ($0.1, $0.0) < ($1.1, $1.0) }
    }

    /// What the parts of the sentence hint at, first ones first.
    mutating func hints() -> [String] {
        guard let hint = grammar.hint else { return [] }
        var found: [String] = []
        for position in tokens.indices {
            for match in matches(of: hint, at: position) where !found.contains(match.meaning) {
                found.append(match.meaning)
            }
        }
        return found
    }

    // MARK: Rules

    private mutating func matches(of rule: Int, at position: Int) -> [Match] {
        let key = rule * (SentenceText.mostTokens + 2) + position
        if let known = matches[key] { return known }
        // A rule that begins with itself has no match.
        guard underWay.insert(key).inserted else { return [] }
        var best: [Match: Int] = [:]
        for alternative in grammar.rules[rule].alternatives where mayBegin(alternative.beginning, at: position) {
            for state in advance([State(position: position, cost: 0, parts: [])], alternative.node) {
                let match = Match(
                    end: state.position, cost: 0, meaning: SentenceMatcher.meaning(alternative, state.parts))
                best[match] = min(best[match] ?? .max, state.cost + alternative.cost)
            }
        }
        underWay.remove(key)
        let found = best.map { Match(end: $0.key.end, cost: $0.value, meaning: $0.key.meaning) }
            .sorted { ($0.cost, $0.end, $0.meaning) < ($1.cost, $1.end, $1.meaning) }
            .prefix(SentenceMatcher.mostMatches)
        matches[key] = Array(found)
        return Array(found)
    }

    private func mayBegin(_ beginning: SentenceBeginning, at position: Int) -> Bool {
        beginning.mayBeEmpty || beginning.isOpen || reachable[position].contains { beginning.words.contains($0) }
    }

    private static func meaning(_ alternative: SentenceGrammar.Alternative, _ parts: [Part]) -> String {
        guard let output = alternative.output else {
            return parts.map(\.meaning).filter { !$0.isEmpty }.joined(separator: " ")
        }
        return output.map { piece in
            switch piece {
            case .text(let text): text
            case .value(let label): parts.first { $0.label == label }?.meaning ?? ""
            case .each: each
            }
        }.joined()
    }

    private mutating func advance(_ states: [State], _ node: SentenceGrammar.Node) -> [State] {
        guard !states.isEmpty else { return [] }
        steps += states.count
        guard steps < SentenceMatcher.mostSteps else { return [] }
        switch node {
        case .sequence(let nodes):
            var states = states
            for node in nodes {
                states = advance(states, node)
                if states.isEmpty { return [] }
            }
            return states
        case .choice(let nodes):
            var found: [State] = []
            for node in nodes { found += advance(states, node) }
            return SentenceMatcher.cheapest(found)
        case .optional(let node): return SentenceMatcher.cheapest(states + advance(states, node))
        case .word(let word):
            var found: [State] = []
            for state in states {
                for skip in skips[state.position] where skip.position < tokens.count {
                    let token = tokens[skip.position]
                    guard [.word, .sign, .number].contains(token.kind), token.text == word else { continue }
                    var next = state
                    next.position = skip.position + 1
                    next.cost += skip.cost
                    found.append(next)
                }
            }
            return found
        case .slot(let slot, let label):
            var found: [State] = []
            for state in states {
                for skip in skips[state.position] {
                    // Free text keeps its first words, whatever they are.
                    if slot == .text, skip.cost > 0 { continue }
                    for reading in slots.readings(slot, at: skip.position) {
                        var next = state
                        next.position = reading.end
                        next.cost += skip.cost + reading.cost
                        next.parts.append(Part(label: label, meaning: reading.text))
                        found.append(next)
                    }
                }
            }
            return SentenceMatcher.cheapest(found)
        case .rule(let rule, let label):
            var found: [State] = []
            for state in states {
                for match in matches(of: rule, at: state.position) {
                    var next = state
                    next.position = match.end
                    next.cost += match.cost
                    next.parts.append(Part(label: label, meaning: match.meaning))
                    found.append(next)
                }
            }
            return SentenceMatcher.cheapest(found)
        }
    }

    /// One state for each place and meaning.
    private static func cheapest(_ states: [State]) -> [State] {
        guard states.count > 1 else { return states }
        var best: [State: Int] = [:]
        var order: [State] = []
        for state in states {
            var key = state
            key.cost = 0
            if let cost = best[key] {
                best[key] = min(cost, state.cost)
            } else {
                best[key] = state.cost
                order.append(key)
            }
        }
        return order.prefix(mostMatches * 4).map { key in
            var state = key
            state.cost = best[key] ?? 0
            return state
        }
    }

    // MARK: Fillers

    private static func skips(_ tokens: [SentenceToken], _ fillers: [[String]]) -> [[(position: Int, cost: Int)]] {
        var byFirst: [String: [[String]]] = [:]
        for filler in fillers { if let first = filler.first { byFirst[first, default: []].append(filler) } }
        var skips = [[(position: Int, cost: Int)]](repeating: [], count: tokens.count + 1)
        skips[tokens.count] = [(tokens.count, 0)]
        for position in tokens.indices.reversed() {
            var costs: [Int: Int] = [position: 0]
            func reach(_ end: Int, _ cost: Int) {
                for further in skips[end] {
                    costs[further.position] = min(costs[further.position] ?? .max, further.cost + cost)
                }
            }
            if isPunctuation(tokens, position) { reach(position + 1, tokens[position].text == "?" ? 1 : 0) }
            for filler in byFirst[tokens[position].text] ?? [] where position + filler.count <= tokens.count {
                if zip(filler, tokens[position...]).allSatisfy({ $0 == $1.text }) { reach(position + filler.count, 1) }
            }
            skips[position] = costs.map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 }
        }
        return skips
    }

    private static func isPunctuation(_ tokens: [SentenceToken], _ index: Int) -> Bool {
        let token = tokens[index]
        guard token.kind == .sign else { return false }
        if punctuation.contains(token.text) { return true }
        // A dash with blanks on both sides.
        let isDash = ["-", "–", "—"].contains(token.text)
        return isDash && !token.isAttached && (index + 1 == tokens.count || !tokens[index + 1].isAttached)
    }
}
