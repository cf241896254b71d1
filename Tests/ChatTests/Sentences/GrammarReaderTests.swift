import Foundation
import Testing

@testable import Chat

@Suite struct GrammarReaderTests {
    @Test(
        "what is wrong in a grammar is told with its line",
        arguments: [
            ("sentence = <nothing>", 1, "there is no rule ‘nothing’"),
            ("# only a comment", 1, "there is no rule ‘sentence’"),
            ("sentence = price\nsentence = cost", 2, "there are two rules ‘sentence’"),
            ("sentence = (price", 1, "a bracket is not closed"),
            ("sentence = price]", 1, "‘]’ closes nothing"),
            ("sentence = {colour}", 1, "there is no slot ‘colour’"),
            ("@numbers one = 1\nsentence = x", 1, "there is no list ‘@numbers’"),
            ("@number one = many\nsentence = x", 1, "‘many’ is no whole number"),
            ("sentence = price |", 1, "there is nothing on one side of ‘|’ or in brackets"),
        ])
    func mistakes(_ text: String, _ line: Int, _ reason: String) {
        #expect(throws: GrammarReader.Failure(file: "x.sentences", line: line, reason: reason)) {
            try GrammarReader.read(text, file: "x.sentences")
        }
    }

    @Test("a language is added by a file, without code")
    func added() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "vigia-sentences-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let french = """
            @decimal ,
            @grouping .
            @filler s'il te plaît | le | la
            @negation ne | pas
            sentence =
              (prix | cours) (de | du) {symbol} => /price {symbol}
              préviens moi quand {symbol} passe sous {price} => /alert {symbol} < {price}
            """
        try french.write(to: folder.appending(path: "fr.sentences"), atomically: true, encoding: .utf8)
        let market = try SentenceMarket(book: SentenceBook(overrides: folder))
        #expect(market.book.languages == ["en", "es", "fr"])
        #expect(market.reader.read("Le cours du bitcoin, s'il te plait", language: "fr") == .understood("/price BTC"))
        #expect(
            market.reader.read("previens-moi quand BTC passe sous 60.000", language: "fr") == .unknown,
            "a dash is no blank")
        #expect(
            market.reader.read("Préviens moi quand BTC passe sous 60.000", language: "fr")
                == .understood("/alert BTC < 60000"))
        #expect(market.reader.read("prix de bitcoin", language: "en") == .understood("/price BTC"))
    }

    @Test("a file that is not accepted leaves the grammars as they were")
    func reload() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "vigia-sentences-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let book = try SentenceBook()
        try "sentence = <x>".write(to: folder.appending(path: "en.sentences"), atomically: true, encoding: .utf8)
        #expect(throws: GrammarReader.Failure.self) { try book.reload(overrides: folder) }
        let market = try SentenceMarket(book: book)
        #expect(market.reader.read("price of btc", language: "en") == .understood("/price BTC"))
    }

    @Test(
        "numbers are read by the language, and what may be two numbers is two",
        arguments: [
            ("60,000", ["60000"]), ("60000", ["60000"]), ("1.5", ["1.5"]), ("1.500", ["1.5", "1500"]),
            ("0.500", ["0.5"]),
            ("58,500.50", ["58500.5"]), ("58.500,50", ["58500.5"]), ("1,234,567", ["1234567"]), ("60,00", ["60"]),
            ("1.2.3", []), ("1,23,4", []), ("12:30", []),
        ])
    func numbers(_ text: String, _ values: [String]) {
        let reading = NumberReading(text, decimal: ".", grouping: ",")
        #expect((reading?.values ?? []).map { "\($0)" } == values)
    }
}
