import Foundation
import Indicators
import Market
import Testing
import Turns

@Suite(.oneAtATime) struct IndicatorSpecTests {
    @Test(
        "a spec prints as rules spell it and reads back the same",
        arguments: [
            ("rsi(14)", "rsi(14)"), ("MACD( 12,26 , 9,4h ).Line", "macd(12, 26, 9, 4h).line"),
            ("sma(50,1d)", "sma(50, 1d)"), ("bollinger(20,2.5)", "bollinger(20, 2.5)"),
        ])
    func canonicalText(spelled: String, canonical: String) throws {
        let spec = try IndicatorSpec.parse(spelled)
        #expect(spec.text == canonical)
        #expect(try IndicatorSpec.parse(spec.text) == spec)
        #expect(try JSONDecoder().decode([IndicatorSpec].self, from: JSONEncoder().encode([spec])) == [spec])
    }

    @Test("columns have no blanks, and one a part unless one is named")
    func columns() throws {
        let specs = try IndicatorSpec.parseList("rsi(14), macd(12, 26, 9), bollinger(20,2).upper")
        #expect(
            specs.flatMap(\.columns) == [
                "rsi(14)", "macd(12,26,9).line", "macd(12,26,9).signal", "macd(12,26,9).histogram",
                "bollinger(20,2).upper",
            ])
    }

    @Test(
        "a refused list says why and at which column",
        arguments: [
            ("rsi(14), rsy(3)", 10, "unknown indicator 'rsy', did you mean rsi?"),
            ("rsi()", 1, "expected rsi(n)"),
            ("rsi(14, 3)", 1, "expected rsi(n)"),
            ("sma(5), rsi(1)", 13, "parameter 1 of rsi must be a whole number from 2 to 5000"),
            ("sma(2.5)", 5, "parameter 1 of sma must be a whole number from 1 to 5000"),
            ("macd(12,26,9).lone", 15, "macd has no part 'lone', only line, signal, histogram"),
            ("sma(5).line", 8, "sma has one value and no part 'line'"),
            ("sma(x)", 5, "expected a number or a timeframe"),
            ("sma(1d, 5)", 9, "a timeframe comes last"),
            ("sma(5", 6, "expected ',' or ')'"),
            ("sma(5) ema(5)", 8, "expected ',' between indicators"),
            ("", 1, "expected the name of an indicator"),
            ("sma(5),", 8, "expected the name of an indicator"),
            ("sma(5).", 8, "expected the name of a part after '.'"),
            ("sma(1e400)", 5, "expected a number or a timeframe"),
            ("sma(-3)", 5, "parameter 1 of sma must be a whole number from 1 to 5000"),
        ])
    func refusals(text: String, column: Int, reason: String) {
        let error = #expect(throws: IndicatorParseError.self) { try IndicatorSpec.parseList(text) }
        #expect(error?.column == column)
        #expect(error.map { "\($0)" } == "\(reason) (column \(column))")
    }
}
