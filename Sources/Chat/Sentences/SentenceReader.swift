import Decisions
import Foundation
import Market

/// What a sentence turned out to mean.
enum SentenceReading: Hashable, Sendable {
    /// A command line, in canonical spelling.
    case understood(String)
    /// Command lines of which the person has to choose; also a single one that is not certain enough.
    case unclear([String])
    /// A rule that the language of rules refuses; the command says why.
    case refused(String)
    case unknown
}

/// Makes command lines of sentences. The same sentence before the same market is always the same line.
struct SentenceReader: Sendable {
    private let book: SentenceBook
    private let desk: MarketDesk
    private let rules: RuleDesk
    private let zones: ZoneDirectory

    /// Commands that change something at once. A sentence with a mistyped word does not run them; it is asked. Everything
    /// else only shows something, or has a confirmation of its own.
    private static let changing: Set<String> = [
        "ack", "bind", "budget", "channels", "digest", "email", "entry", "escalate", "language", "link", "mute",
        "paper",
        "pause", "phone", "quiet", "remind", "resume", "risk", "snooze", "start", "stop", "subscribe", "timezone",
        "unbind",
        "unmute", "unsubscribe", "useful", "verify",
    ]

    init(_ book: SentenceBook, market: MarketDesk, rules: RuleDesk, zones: ZoneDirectory = ZoneDirectory()) {
        self.book = book
        self.desk = market
        self.rules = rules
        self.zones = zones
    }

    /// Reads in the person's language first, then in the others as far as they agree; mistyped words are looked at last.
    func read(_ text: String, language: String) -> SentenceReading {
        let sentence = SentenceText(text)
        guard !sentence.isTooLong else { return .unknown }
        let others = book.languages.filter { $0 != language }
        let own = reading(sentence, language, corrects: false)
        if own != .unknown { return own }
        let foreign = Set(others.map { reading(sentence, $0, corrects: false) }).subtracting([.unknown])
        if foreign.count == 1, let only = foreign.first { return only }
        if foreign.count > 1 { return .unclear(foreign.flatMap(\.lines).sorted()) }
        // A word of one language is easily a letter away from a word of another.
        return reading(sentence, language, corrects: true)
    }

    /// Command lines near a sentence that was not understood, at most two.
    func hints(_ text: String, language: String) -> [String] {
        let sentence = SentenceText(text)
        guard !sentence.isTooLong else { return [] }
        for code in [language] + book.languages.filter({ $0 != language }) {
            guard let grammar = book.grammar(code) else { continue }
            var matcher = SentenceMatcher(grammar, slots(sentence, grammar))
            let found = matcher.hints()
            if !found.isEmpty { return Array(found.prefix(2)) }
        }
        return []
    }

    func slots(_ sentence: SentenceText, _ grammar: SentenceGrammar) -> SlotReader {
        let rules = rules
        return SlotReader(
            text: sentence, words: grammar.words, symbols: desk.symbols, zones: zones,
            rule: { text in if case .understood(let rule) = rules.read(text) { rule.text } else { nil } })
    }

    private func reading(_ sentence: SentenceText, _ language: String, corrects: Bool) -> SentenceReading {
        guard let grammar = book.grammar(language) else { return .unknown }
        var sentence = sentence
        if corrects {
            let correction = SpellingCorrection(words: grammar.words, symbols: desk.symbols)
            guard let corrected = correction.corrected(sentence) else { return .unknown }
            sentence = corrected
        }
        var matcher = SentenceMatcher(grammar, slots(sentence, grammar))
        let found = matcher.sentences()
        guard let least = found.first?.cost else { return .unknown }
        var isQuestion = false
        var lines: [String] = []
        var refused: String?
        for (meaning, _) in found.prefix(while: { $0.cost == least }) {
            let asks = meaning.hasPrefix("?")
            if asks { isQuestion = true }
            let choices = asks ? meaning.dropFirst().split(separator: "|").map { String($0) } : [meaning]
            let (meant, areOdd) = self.lines(of: choices)
            if areOdd { isQuestion = true }
            for line in meant {
                guard let canonical = canonical(line) else {
                    refused = line
                    continue
                }
                if !lines.contains(canonical) { lines.append(canonical) }
            }
        }
        guard let first = lines.first else { return refused.map { .refused($0) } ?? .unknown }
        if corrects, SentenceReader.changing.contains(SentenceReader.command(first)) { isQuestion = true }
        return isQuestion || lines.count > 1 ? .unclear(Array(lines.prefix(8))) : .understood(first)
    }

    /// The command lines of meanings, with default symbols and levels filled in, and whether a level looks odd.
    private func lines(of meanings: [String]) -> (lines: [String], areOdd: Bool) {
        let check = LevelCheck(board: desk.board, symbols: desk.symbols)
        var found: [String] = []
        var areOdd = false
        for meaning in meanings.map({ $0.trimmingCharacters(in: .whitespaces) }) {
            guard !meaning.contains(SentenceMatcher.each) else {
                found += desk.defaultSymbols.prefix(3).map {
                    meaning.replacing(SentenceMatcher.each, with: $0.description)
                }
                continue
            }
            guard meaning.contains("¤") else {
                found.append(meaning)
                continue
            }
            let checked = check.lines(meaning)
            found += checked.lines
            if checked.areOdd { areOdd = true }
        }
        return (found, areOdd)
    }

    /// A rule in its one spelling; `nil` when it is none. Other lines stay as they are.
    private func canonical(_ line: String) -> String? {
        let command = "/alert "
        guard line.hasPrefix(command) else { return line }
        let rule = String(line.dropFirst(command.count))
        guard rule.contains(" ") else { return line }
        guard case .understood(let read) = rules.read(rule) else { return nil }
        return command + read.text
    }

    private static func command(_ line: String) -> String { String(line.dropFirst().prefix { $0 != " " }) }
}

extension SentenceReading {
    fileprivate var lines: [String] {
        switch self {
        case .understood(let line), .refused(let line): [line]
        case .unclear(let lines): lines
        case .unknown: []
        }
    }
}
