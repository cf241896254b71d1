import Market

/// Recursive descent over the tokens, loosest binding first: or, and, not, comparison, sum, product, sign, operand.
/// Conditions and values share one grammar, so `(` needs no looking ahead; each operator says which of the two it takes.
struct RuleParser<Resolver: SymbolResolving> {
    /// What a part of the text turned out to be.
    enum Node {
        case value(ValueExpression)
        case condition(Condition)
    }

    let characters: [Character]
    let tokens: [RuleToken]
    let symbols: Resolver
    var position = 0
    var depth = 0
    /// Open argument lists: a comma in one is no list of symbols.
    var argumentDepth = 0
    var subject: RuleSymbols?
    /// Whom an operand without a symbol is about.
    var carried: SymbolReference?
    /// What the rule asks of the world beside prices and candles, and the refusal where nobody answers.
    var needed: [(source: RuleSource, error: RuleError)] = []
    /// Where `listing` stands first.
    var listingPlace: Int?

    init(characters: [Character], symbols: Resolver) {
        self.characters = characters
        self.symbols = symbols
        tokens = RuleLexer.tokens(characters)
    }

    var token: RuleToken { tokens[position] }
    /// The token before, as errors name it.
    var previous: String { position > 0 ? tokens[position - 1].text : "" }

    mutating func advance() { if position < tokens.count - 1 { position += 1 } }

    mutating func take(sign: String) -> Bool {
        guard token.isSign(sign) else { return false }
        advance()
        return true
    }

    mutating func take(word: String) -> Bool {
        guard token.isWord(word) else { return false }
        advance()
        return true
    }

    mutating func expect(sign: String) throws(RuleError) {
        let before = previous
        guard take(sign: sign) else { throw RuleError.expected(sign, after: before).at(token.start) }
    }

    mutating func rule() throws(RuleError) -> RuleDefinition {
        guard token.kind != .end else { throw RuleError.empty.at(0) }
        let node = try disjunction()
        let condition = try requireCondition(node)
        guard let subject else { throw RuleError.expectedSymbol.at(0) }
        // `BTC (5) > ETH`: what is named first is what the rule is about, so something must be said of it first.
        guard condition.operands.first?.symbol == .subject else {
            let name =
                switch subject {
                case .all: "*"
                case .listed(let list): list.map(\.description).joined(separator: ",")
                }
            throw RuleError.nothingSaid(of: name).at(0)
        }
        let life = try life()
        return RuleDefinition(
            symbols: subject, condition: condition, priority: life.priority ?? .medium, channels: life.channels ?? [],
            rest: life.rest ?? RuleDefinition.defaultRest, once: life.once, until: life.until, holdFor: life.holdFor,
            hysteresis: life.hysteresis, sinceLastAlert: life.sinceLastAlert, sinceEntry: life.sinceEntry)
    }

    /// Runs one level deeper.
    mutating func nested<Result>(_ body: (inout RuleParser) throws(RuleError) -> Result) throws(RuleError) -> Result {
        depth += 1
        guard depth <= RuleText.depthLimit else {
            throw RuleError.tooDeep(limit: RuleText.depthLimit).at(tokens[max(0, position - 1)].start)
        }
        let result = try body(&self)
        depth -= 1
        return result
    }

    // MARK: Conditions

    /// The node just read: an error points behind it.
    func requireCondition(_ node: Node) throws(RuleError) -> Condition {
        if case .condition(let condition) = node { return condition }
        throw RuleError.expectedComparison(after: previous).at(token.start)
    }

    mutating func disjunction() throws(RuleError) -> Node {
        try chain("or") { parser throws(RuleError) in
            try parser.conjunction()
        } join: { parts in
            .any(parts.flatMap { if case .any(let inner) = $0 { inner } else { [$0] } })
        }
    }

    mutating func conjunction() throws(RuleError) -> Node {
        try chain("and") { parser throws(RuleError) in
            try parser.negation()
        } join: { parts in
            .all(parts.flatMap { if case .all(let inner) = $0 { inner } else { [$0] } })
        }
    }

    private mutating func chain(
        _ word: String, part: (inout RuleParser) throws(RuleError) -> Node, join: ([Condition]) -> Condition
    ) throws(RuleError) -> Node {
        let first = try part(&self)
        guard token.isWord(word) else { return first }
        var parts = [try requireCondition(first)]
        while take(word: word) {
            let next = try part(&self)
            parts.append(try requireCondition(next))
        }
        return .condition(join(parts))
    }

    mutating func negation() throws(RuleError) -> Node {
        // `BTC not rsi(14, 1h) > 70`: the symbol stands before the 'not'.
        var trial = self
        if trial.beginsSymbol, try trial.takeSubject(), trial.token.isWord("not") { self = trial }
        guard take(word: "not") else { return try comparison() }
        let inner = try nested { parser throws(RuleError) in
            let node = try parser.negation()
            return try parser.requireCondition(node)
        }
        return .condition(.not(inner))
    }

    mutating func comparison() throws(RuleError) -> Node {
        let left = try sum()
        guard case .value(let leftValue) = left else { return left }
        let result: Condition
        if let comparison = comparisonSign {
            advance()
            result = .compare(leftValue, comparison, try valueSide())
        } else if take(word: "crosses") {
            let crossing: Condition.Crossing = take(word: "above") ? .above : take(word: "below") ? .below : .either
            result = .crosses(leftValue, crossing, try valueSide())
        } else {
            return left
        }
        if comparisonSign != nil || token.isWord("crosses") { throw RuleError.chained.at(token.start) }
        return .condition(result)
    }

    private var comparisonSign: Condition.Comparison? {
        token.kind == .sign ? Condition.Comparison(rawValue: token.text) : nil
    }

    /// A value on the right of the operator just taken.
    private mutating func valueSide() throws(RuleError) -> ValueExpression {
        let (sign, start) = (previous, token.start)
        guard case .value(let value) = try sum() else { throw RuleError.expectedNumber(after: sign).at(start) }
        return value
    }

    // MARK: Values

    mutating func sum() throws(RuleError) -> Node {
        try arithmetic([.plus, .minus]) { parser throws(RuleError) in
            try parser.arithmetic([.times, .over]) { inner throws(RuleError) in
                try inner.signed()
            }
        }
    }

    private mutating func arithmetic(
        _ signs: [ValueExpression.Arithmetic], part: (inout RuleParser) throws(RuleError) -> Node
    ) throws(RuleError) -> Node {
        let first = try part(&self)
        guard case .value(var value) = first else { return first }
        while token.kind == .sign, let sign = ValueExpression.Arithmetic(rawValue: token.text), signs.contains(sign) {
            advance()
            let start = token.start
            guard case .value(let right) = try part(&self) else {
                throw RuleError.expectedNumber(after: sign.rawValue).at(start)
            }
            value = .combined(value, sign, right)
        }
        return .value(value)
    }

    private mutating func signed() throws(RuleError) -> Node {
        guard take(sign: "-") else { return try primary() }
        let start = token.start
        let inner = try nested { parser throws(RuleError) in
            try parser.signed()
        }
        switch inner {
        case .value(.number(let number)):
            return .value(.number(RuleNumber(value: -number.value, isPercent: number.isPercent)))
        case .value(let value): return .value(.negated(value))
        case .condition: throw RuleError.expectedNumber(after: "-").at(start)
        }
    }

    private mutating func primary() throws(RuleError) -> Node {
        if take(sign: "(") { return try group() }
        if token.kind == .number { return .value(.number(try number())) }
        if beginsSymbol, try takeSubject() {
            if take(sign: "(") { return try group() }
            if token.kind == .word, !token.isMarkedSymbol, RuleWords.isOperand(token.lower) { return try operand() }
            return .value(.operand(RuleOperand(symbol: carried ?? .subject, kind: .price)))
        }
        if token.kind == .word, !token.isMarkedSymbol, RuleWords.isOperand(token.lower) { return try operand() }
        throw missingValue()
    }

    private mutating func group() throws(RuleError) -> Node {
        let node = try nested { parser throws(RuleError) in
            try parser.disjunction()
        }
        try expect(sign: ")")
        return node
    }

    mutating func number() throws(RuleError) -> RuleNumber {
        let written = token
        guard let (digits, exponent) = RuleLexer.numberParts(written.text) else {
            throw RuleError.expectedNumber(after: previous).at(written.start)
        }
        advance()
        let isPercent = take(sign: "%")
        guard let value = Double("\(digits)e\(isPercent ? exponent - 2 : exponent)"), value <= 1e18 else {
            throw RuleError.numberTooLarge(written.text).at(written.start)
        }
        return RuleNumber(value: value, isPercent: isPercent)
    }

    /// Something stands where a value should: which sentence helps depends on what came before.
    private func missingValue() -> RuleError {
        let wrong = token
        let before = position > 0 ? tokens[position - 1] : nil
        let near = nearNames(wrong)
        if let before,
            before.kind == .sign || before.isWord("above") || before.isWord("below") || before.isWord("crosses"),
            before.text != "("
        {
            let example = wrong.kind == .end ? "70000" : nil
            return RuleError.expectedNumber(after: before.text).at(wrong.start).suggesting(near ?? example)
        }
        if wrong.kind == .word, !RuleWords.keywords.contains(wrong.lower) {
            return RuleError.unknownSymbol(wrong.text).at(wrong.start).suggesting(near)
        }
        if wrong.isSign("*") || wrong.isSign(",") {
            return RuleError.unexpected(wrong.text, after: previous).at(wrong.start)
        }
        guard let before else { return RuleError.expectedSymbol.at(wrong.start) }
        return RuleError.expectedCondition(after: before.text).at(wrong.start)
    }

    func nearNames(_ token: RuleToken) -> String? {
        guard token.kind == .word else { return nil }
        let operands = EditDistance.nearest(to: token.lower, in: RuleWords.allOperands, limit: 1)
        let names = symbols.nearest(to: token.text) + operands
        return names.isEmpty ? nil : names.prefix(3).joined(separator: ", ")
    }
}
