import Market

extension IndicatorSpec {
    /// Reads one spelling, with or without blanks and in any case.
    package static func parse(_ text: String) throws(IndicatorParseError) -> IndicatorSpec {
        var reader = IndicatorReader(text)
        let spec = try reader.spec()
        guard reader.isAtEnd else { throw reader.failure(.malformed("expected nothing more after \(spec.text)")) }
        return spec
    }

    /// Reads `rsi(14), macd(12,26,9), bollinger(20,2)`: one or more spellings between commas.
    package static func parseList(_ text: String) throws(IndicatorParseError) -> [IndicatorSpec] {
        var reader = IndicatorReader(text)
        var specs = [try reader.spec()]
        while !reader.isAtEnd {
            guard reader.take(",") else { throw reader.failure(.malformed("expected ',' between indicators")) }
            specs.append(try reader.spec())
        }
        return specs
    }
}

/// Walks over the characters of a list of indicators.
private struct IndicatorReader {
    private let characters: [Character]
    private var position = 0

    init(_ text: String) { characters = Array(text) }

    /// Skips blanks first.
    var isAtEnd: Bool {
        mutating get {
            skipBlanks()
            return position == characters.count
        }
    }

    mutating func take(_ character: Character) -> Bool {
        skipBlanks()
        guard position < characters.count, characters[position] == character else { return false }
        position += 1
        return true
    }

    func failure(_ error: IndicatorError) -> IndicatorParseError { IndicatorParseError(error, column: position + 1) }

    mutating func spec() throws(IndicatorParseError) -> IndicatorSpec {
        skipBlanks()
        let start = position
        let name = word()
        guard !name.isEmpty else { throw failure(.malformed("expected the name of an indicator")) }
        var parameters: [Double] = []
        var timeframe: Timeframe?
        var argumentStarts: [Int] = []
        if take("("), !take(")") {
            repeat {
                skipBlanks()
                let argumentStart = position
                let argument = word()
                if timeframe != nil {
                    throw IndicatorParseError(.malformed("a timeframe comes last"), column: argumentStart + 1)
                } else if let frame = Timeframe(rawValue: argument) {
                    timeframe = frame
                } else if let number = IndicatorReader.number(argument) {
                    parameters.append(number)
                    argumentStarts.append(argumentStart)
                } else {
                    throw IndicatorParseError(
                        .malformed("expected a number or a timeframe"), column: argumentStart + 1)
                }
            } while take(",")
            guard take(")") else { throw failure(.malformed("expected ',' or ')'")) }
        }
        var part: String?
        var partStart = position
        if take(".") {
            partStart = position
            part = word()
            if part == "" { throw failure(.malformed("expected the name of a part after '.'")) }
        }
        do {
            return try IndicatorSpec(name: name, parameters: parameters, part: part, timeframe: timeframe)
        } catch {
            let at =
                switch error {
                case .parameterOutOfRange(_, let index, _): argumentStarts[index]
                case .unknownPart: partStart
                default: start
                }
            throw IndicatorParseError(error, column: at + 1)
        }
    }

    private mutating func skipBlanks() {
        while position < characters.count, characters[position].isWhitespace { position += 1 }
    }

    /// Letters, digits and underscores; inside a number also its point and sign.
    private mutating func word() -> String {
        var text = ""
        while position < characters.count {
            let character = characters[position]
            let isNumeric = text.isEmpty || text.allSatisfy { $0.isNumber || $0 == "." || $0 == "-" }
            guard
                character.isASCII,
                character.isLetter || character.isNumber || character == "_"
                    || (isNumeric && (character == "-" || (character == "." && !text.isEmpty)))
            else { break }
            text.append(character)
            position += 1
        }
        return text.lowercased()
    }

    private static func number(_ text: String) -> Double? {
        guard text.allSatisfy({ $0.isNumber || $0 == "." || $0 == "-" }), let value = Double(text), value.isFinite
        else { return nil }
        return value
    }
}
