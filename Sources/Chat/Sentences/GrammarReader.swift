import Foundation

/// Reads a grammar from its file:
///
///     # a comment
///     @filler please | hey                     lists for the readers; see `SentenceWords`
///     @unit h = hour | hours
///     below = below | under | less than        a rule on one line: its alternatives
///     condition =                              a rule of several lines; an alternative a line
///       {symbol} [is] <below> {price} => {symbol} < {price}
///
/// In an alternative a word stands for itself (accents and case do not count), `'>'` for a sign, `[x]` for something that
/// may be left out, `(x | y)` for a choice, `<name>` for another rule, `{slot}` for something that is read. What stands
/// behind `=>` is what it means, with `{name}` for what a part means; a part is named by its rule or slot, or by a name of
/// its own: `{symbol:other}`. Without `=>` the parts' meanings follow one another.
///
/// An alternative that begins with `~` is the less likely one where two are possible.
///
/// A whole sentence follows the rule `sentence`, whose meanings are command lines, or `? line | line` where one has to
/// ask. `{each}` stands for each of the default symbols in turn.
struct GrammarReader {
    struct Failure: Error, Hashable, CustomStringConvertible {
        var file: String
        var line: Int
        var reason: String
        var description: String { "\(file), line \(line): \(reason)" }
    }

    private let file: String
    private var line = 0
    private var words = SentenceWords()
    private var names: [String: Int] = [:]
    private var rules: [SentenceGrammar.Rule?] = []
    private var firstUse: [Int] = []
    private var literals: Set<String> = []

    private init(file: String) { self.file = file }

    /// - Parameter file: its name, for errors.
    static func read(_ text: String, file: String) throws(Failure) -> SentenceGrammar {
        var reader = GrammarReader(file: file)
        return try reader.grammar(text)
    }

    private mutating func grammar(_ text: String) throws(Failure) -> SentenceGrammar {
        for (line, entry) in GrammarReader.entries(text) {
            self.line = line
            if entry.hasPrefix("@") { try list(entry.dropFirst()) } else { try rule(entry) }
        }
        for (name, index) in names where rules[index] == nil {
            throw Failure(file: file, line: firstUse[index], reason: "there is no rule ‘\(name)’")
        }
        guard let sentence = names["sentence"] else {
            throw Failure(file: file, line: 1, reason: "there is no rule ‘sentence’")
        }
        words.vocabulary = literals.union(words.fillers.joined()).union(words.negations)
            .union(words.magnitudes.keys).union(words.numbers.keys).union(words.articles).union(words.currencies)
            .union(words.percents.joined()).union(words.units.keys).union(words.months.keys)
        var rules = rules.compactMap { $0 }
        SentenceBeginning.fill(&rules)
        return SentenceGrammar(
            rules: rules, sentence: sentence, hint: names["hint"], words: words)
    }

    /// Indented lines belong to the one before; they are joined by a line feed.
    private static func entries(_ text: String) -> [(Int, String)] {
        var entries: [(Int, String)] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let body = line.drop { $0 == " " }
            if body.isEmpty || body.hasPrefix("#") { continue }
            if line.hasPrefix(" "), !entries.isEmpty {
                entries[entries.count - 1].1 += "\n" + body
            } else {
                entries.append((index + 1, String(line)))
            }
        }
        return entries
    }

    private func failure(_ reason: String) -> Failure { Failure(file: file, line: line, reason: reason) }

    // MARK: Lists

    private mutating func list(_ entry: Substring) throws(Failure) {
        let name = entry.prefix { $0 != " " && $0 != "\n" }
        let items = entry.dropFirst(name.count).split(whereSeparator: { $0 == "|" || $0 == "\n" })
            .map { SentenceText.folded($0.trimmingCharacters(in: .whitespaces)) }.filter { !$0.isEmpty }
        switch name {
        case "decimal": words.decimal = try sign(items)
        case "grouping": words.grouping = try sign(items)
        case "filler": words.fillers += items.map(GrammarReader.phrase)
        case "negation": words.negations.formUnion(items.flatMap(GrammarReader.phrase))
        case "coin": words.coins.formUnion(items)
        case "joiner": words.joiners.formUnion(items)
        case "article": words.articles.formUnion(items)
        case "currency": words.currencies.formUnion(items)
        case "percent": words.percents += items.map(GrammarReader.phrase)
        case "also-symbol": words.alsoSymbols.formUnion(items)
        case "unit":
            guard let first = items.first?.split(separator: "=").map({ $0.trimmingCharacters(in: .whitespaces) }),
                first.count == 2, ["s", "m", "h", "d", "w"].contains(first[0])
            else { throw failure("a unit is written ‘@unit h = hour | hours’, with s, m, h, d or w") }
            for word in [first[1]] + items.dropFirst() { words.units[word] = first[0] }
        case "number", "magnitude", "month":
            for item in items {
                let (word, value) = try pair(item)
                guard let value = Int(value) else { throw failure("‘\(value)’ is no whole number") }
                switch name {
                case "number": words.numbers[word] = value
                case "month": words.months[word] = value
                default: words.magnitudes[word] = value
                }
            }
        case "zone":
            for item in entry.dropFirst(name.count).split(whereSeparator: { $0 == "|" || $0 == "\n" }) {
                let (word, zone) = try pair(item.trimmingCharacters(in: .whitespaces))
                words.zones[SentenceText.folded(word)] = zone
            }
        default: throw failure("there is no list ‘@\(name)’")
        }
    }

    private func sign(_ items: [String]) throws(Failure) -> Character {
        guard items.count == 1, let sign = items[0].first, items[0].count == 1 else {
            throw failure("one sign is expected")
        }
        return sign
    }

    private func pair(_ item: String) throws(Failure) -> (String, String) {
        let sides = item.split(separator: "=").map { $0.trimmingCharacters(in: .whitespaces) }
        guard sides.count == 2 else { throw failure("‘\(item)’ is not written ‘word = value’") }
        return (sides[0], sides[1])
    }

    private static func phrase(_ text: String) -> [String] { SentenceText(text).tokens.map(\.text) }

    // MARK: Rules

    private mutating func rule(_ entry: String) throws(Failure) {
        guard let equals = entry.firstIndex(of: "=") else { throw failure("‘name =’ is expected") }
        let name = entry[..<equals].trimmingCharacters(in: .whitespaces)
        guard !name.isEmpty, name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "-" }) else {
            throw failure("‘\(name)’ is no name of a rule")
        }
        let index = index(of: name)
        guard rules[index] == nil else { throw failure("there are two rules ‘\(name)’") }
        var alternatives: [SentenceGrammar.Alternative] = []
        for text in entry[entry.index(after: equals)...].split(separator: "\n") {
            let text = text.trimmingCharacters(in: .whitespaces)
            if text.isEmpty { continue }
            var output: [SentenceGrammar.OutputPiece]?
            var pattern = text[...]
            if let arrow = text.range(of: "=>") {
                pattern = text[..<arrow.lowerBound]
                output = try self.output(text[arrow.upperBound...].trimmingCharacters(in: .whitespaces))
            }
            var cost = 0
            while pattern.hasPrefix("~") {
                cost += 2
                pattern = pattern.dropFirst().drop { $0 == " " }
            }
            var scanner = PatternScanner(pattern)
            let node = try choice(&scanner, until: nil)
            alternatives.append(SentenceGrammar.Alternative(node: node, output: output, cost: cost))
        }
        guard !alternatives.isEmpty else { throw failure("the rule ‘\(name)’ is empty") }
        rules[index] = SentenceGrammar.Rule(name: name, alternatives: alternatives)
    }

    private mutating func index(of name: String) -> Int {
        if let known = names[name] { return known }
        names[name] = rules.count
        rules.append(nil)
        firstUse.append(line)
        return rules.count - 1
    }

    private mutating func choice(_ scanner: inout PatternScanner, until end: Character?) throws(Failure)
        -> SentenceGrammar.Node
    {
        var choices: [SentenceGrammar.Node] = []
        var parts: [SentenceGrammar.Node] = []
        while let character = scanner.next() {
            switch character {
            case " ": continue
            case "|":
                choices.append(try joined(parts))
                parts = []
            case "[": parts.append(.optional(try choice(&scanner, until: "]")))
            case "(": parts.append(try choice(&scanner, until: ")"))
            case "]", ")":
                guard character == end else { throw failure("‘\(character)’ closes nothing") }
                choices.append(try joined(parts))
                return choices.count == 1 ? choices[0] : .choice(choices)
            case "<":
                let (name, label) = try reference(scanner.take(until: ">"))
                parts.append(.rule(index(of: name), label: label))
            case "{":
                let (name, label) = try reference(scanner.take(until: "}"))
                guard let slot = SentenceSlot(rawValue: name) else { throw failure("there is no slot ‘\(name)’") }
                parts.append(.slot(slot, label: label))
            case "'":
                guard let sign = scanner.take(until: "'"), !sign.isEmpty else { throw failure("a sign stands in ‘''’") }
                parts.append(.word(sign))
            default:
                for token in SentenceText(String(character) + scanner.takeWord()).tokens {
                    literals.insert(token.text)
                    parts.append(.word(token.text))
                }
            }
        }
        guard end == nil else { throw failure("a bracket is not closed") }
        choices.append(try joined(parts))
        return choices.count == 1 ? choices[0] : .choice(choices)
    }

    private func joined(_ parts: [SentenceGrammar.Node]) throws(Failure) -> SentenceGrammar.Node {
        guard !parts.isEmpty else { throw failure("there is nothing on one side of ‘|’ or in brackets") }
        return parts.count == 1 ? parts[0] : .sequence(parts)
    }

    private func reference(_ text: String?) throws(Failure) -> (name: String, label: String) {
        let parts = (text ?? "").split(separator: ":").map(String.init)
        guard let name = parts.first, parts.count <= 2 else { throw failure("a reference is not closed") }
        return (name, parts.last ?? name)
    }

    private func output(_ text: String) throws(Failure) -> [SentenceGrammar.OutputPiece] {
        var pieces: [SentenceGrammar.OutputPiece] = []
        var rest = text[...]
        while let open = rest.firstIndex(of: "{") {
            guard let close = rest[open...].firstIndex(of: "}") else { throw failure("‘{’ is not closed") }
            if open > rest.startIndex { pieces.append(.text(String(rest[..<open]))) }
            let name = String(rest[rest.index(after: open)..<close])
            pieces.append(name == "each" ? .each : .value(name))
            rest = rest[rest.index(after: close)...]
        }
        if !rest.isEmpty { pieces.append(.text(String(rest))) }
        return pieces
    }
}

/// Walks over a pattern, character by character.
private struct PatternScanner {
    private var rest: Substring
    init(_ text: Substring) { rest = text }

    mutating func next() -> Character? { rest.popFirst() }

    mutating func take(until end: Character) -> String? {
        guard let index = rest.firstIndex(of: end) else { return nil }
        defer { rest = rest[rest.index(after: index)...] }
        return String(rest[..<index])
    }

    mutating func takeWord() -> String {
        let word = rest.prefix { !" |[]()<>{}".contains($0) }
        rest = rest.dropFirst(word.count)
        return String(word)
    }
}
