import Foundation
import Market
import Decisions

@testable import Chat

/// A table of sentences and what each must become; how it is written stands at the head of `Tables/en.tsv`.
struct SentenceTable {
    enum Expected: Hashable {
        case line(String)
        /// Empty: any question.
        case question(Set<String>)
        case nothing
    }

    struct Row {
        var sentence: String
        var expected: Expected
        /// Others that are as good, after ` || `.
        var others: [Expected] = []
        var place: Int
    }

    enum Verdict: Hashable {
        case hit
        /// Asked or not understood, where a line was expected; or the wrong question.
        case miss
        /// A line that was not expected.
        case wrong
    }

    let rows: [Row]

    /// `nil` when there is no such table.
    init?(_ name: String) {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Tables/\(name).tsv")
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { return nil }
        rows = text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { index, line in
            let parts = line.split(separator: "\t", omittingEmptySubsequences: true).map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            guard !line.hasPrefix("#"), parts.count >= 2 else { return nil }
            let wanted = parts[1].components(separatedBy: " || ").map {
                SentenceTable.expected($0.trimmingCharacters(in: .whitespaces))
            }
            return Row(
                sentence: parts[0], expected: wanted[0], others: Array(wanted.dropFirst()), place: index + 1)
        }
    }

    private static func expected(_ text: String) -> Expected {
        if text == "-" { return .nothing }
        guard text.hasPrefix("?") else { return .line(canonical(text)) }
        let choices = text.dropFirst().split(separator: "|").map {
            canonical($0.trimmingCharacters(in: .whitespaces))
        }
        return .question(Set(choices.filter { !$0.isEmpty }))
    }

    /// A rule in its one spelling.
    static func canonical(_ line: String) -> String {
        guard line.hasPrefix("/alert ") else { return line }
        let known = (SentenceMarket.prices.keys.sorted()).compactMap { Symbol($0) }
        let rule = try? RuleText.parse(String(line.dropFirst(7)), symbols: SpelledSymbols(known: known))
        return rule.map { "/alert " + $0.text } ?? line
    }

    /// The best that any of what is as good gives.
    static func verdict(_ reading: SentenceReading, _ row: Row) -> Verdict {
        let verdicts = ([row.expected] + row.others).map { verdict(reading, $0) }
        return verdicts.contains(.hit) ? .hit : verdicts.contains(.wrong) ? .wrong : .miss
    }

    static func verdict(_ reading: SentenceReading, _ expected: Expected) -> Verdict {
        switch (reading, expected) {
        case (.understood(let line), .line(let wanted)): line == wanted ? .hit : .wrong
        case (.understood, _): .wrong
        case (.unclear(let lines), .question(let wanted)): wanted.isEmpty || Set(lines) == wanted ? .hit : .miss
        case (.unknown, .nothing), (.refused, .nothing): .hit
        default: .miss
        }
    }
}
