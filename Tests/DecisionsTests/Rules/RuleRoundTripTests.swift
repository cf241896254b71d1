import Indicators
import Market
import People
import Testing
import Turns

@testable import Decisions

@Suite("Rules printed and read back", .oneAtATime)
struct RuleRoundTripTests {
    @Test("printing and parsing gives the same rule, for 20,000 made-up ones of every operand, event and clause")
    func roundTrip() throws {
        var maker = RuleMaker(seed: 20_240_801)
        var words: Set<String> = []
        var lengths: Set<Int> = []
        for _ in 0..<20_000 {
            let definition = maker.definition()
            let text = definition.text
            let read = try? RuleText.parseStored(text, symbols: someSymbols)
            if read != definition || read?.text != text { Issue.record("\(text)") }
            lengths.insert(text.split(separator: " ").count)
            words.formUnion(
                text.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map { $0.lowercased() })
        }
        #expect(lengths.count > 20)
        let unseen = RuleWords.allOperands.filter { !words.contains($0) }
        #expect(unseen == [])
        #expect(RuleWords.keywords.subtracting(words) == [])
        #expect(CandlePattern.all.filter { !words.contains($0.name) } == [])
        #expect(ChartPattern.Kind.allCases.filter { !words.contains($0.rawValue) } == [])
    }
}
