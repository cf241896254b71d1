import Market

/// Symbols at the beginning of an operand.
extension RuleParser {
    /// Whether the token may be a symbol: a word without another meaning, or the `*` that opens a rule.
    var beginsSymbol: Bool {
        if token.isSign("*") { return subject == nil && argumentDepth == 0 }
        return token.kind == .word && (token.isMarkedSymbol || !RuleWords.isReserved(token.lower))
    }

    /// Takes a symbol, a list or `*` and makes it the one that what follows is about. False, and nothing taken, when no
    /// such symbol is known.
    mutating func takeSubject() throws(RuleError) -> Bool {
        if take(sign: "*") {
            subject = .all
            carried = .subject
            return true
        }
        guard let (first, next) = symbol(at: position) else { return false }
        let start = token
        position = next
        var list = [first]
        while argumentDepth == 0, token.isSign(",") {
            guard subject == nil else { throw RuleError.listNotFirst(start.text).at(start.start) }
            advance()
            guard let (another, next) = symbol(at: position) else {
                guard token.kind == .word else { throw RuleError.expectedSymbol.at(token.start) }
                throw RuleError.unknownSymbol(token.text).at(token.start).suggesting(nearNames(token))
            }
            position = next
            if !list.contains(another) { list.append(another) }
        }
        if subject == nil {
            subject = .listed(list)
            carried = .subject
        } else {
            carried = subject == .listed([first]) ? .subject : .named(first)
        }
        return true
    }

    /// The symbol at a token, and the position behind it. Two words joined by `/` or `-` without blanks are one where
    /// that is known.
    private func symbol(at index: Int) -> (Symbol, Int)? {
        let first = tokens[index]
        guard first.kind == .word, first.isMarkedSymbol || !RuleWords.isReserved(first.lower) else { return nil }
        if index + 2 < tokens.count {
            let (sign, second) = (tokens[index + 1], tokens[index + 2])
            if sign.isSign("/") || sign.isSign("-"), sign.start == first.end, second.start == sign.end,
                second.kind == .word, !second.isMarkedSymbol,
                let pair = symbols.symbol(named: first.text + sign.text + second.text)
            {
                return (pair, index + 3)
            }
        }
        return symbols.symbol(named: first.text).map { ($0, index + 1) }
    }
}
