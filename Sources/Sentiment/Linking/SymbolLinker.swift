package import Market

/// Which symbols a text speaks of: cashtags (`$BTC`), tickers in capitals (`BTC`, `BTCUSDT`) and names (`Bitcoin`).
///
/// Whole words count, the longest name first ("Bitcoin Cash" is not Bitcoin). Names and tickers that are also words need
/// more: a capital letter that the place does not explain, a dollar sign, brackets, or a word such as "network" or "price"
/// beside them. A company is not its token. The tables are `lexicons/coins.lexicon` and the names of the symbol directory.
package struct SymbolLinker: Sendable {
    private let lexicon = CoinLexicon()
    /// Symbols that an operator watches beyond the common ones: their tickers count too.
    private let watched: Set<String>

    package init(watching symbols: [Symbol] = []) { watched = Set(symbols.filter { $0.quote == nil }.map(\.base)) }

    /// The symbols, by the alphabet, each once. Time grows with the length of the text.
    package func symbols(in text: String) -> [Symbol] {
        let words = TextCutter.words(of: text)
        let style = Style(words)
        var found: Set<String> = []
        var position = 0
        while position < words.count {
            position += link(words, at: position, style: style, into: &found)
        }
        return found.compactMap { Symbol($0) }.sorted()
    }

    /// How a text uses capital letters.
    private struct Style {
        /// Most words have one, so that one says nothing.
        var isTitle: Bool
        /// Everything is in capitals.
        var isShouted: Bool

        init(_ words: [TextWord]) {
            let long = words.dropFirst().filter { $0.folded.utf8.count >= 4 && $0.sigil == nil }
            let capitals = long.count { $0.isCapitalized }
            isTitle = capitals * 10 > long.count * 6
            isShouted = words.count > 3 && words.count { $0.isUppercase } * 10 > words.count * 7
        }
    }

    /// Adds what begins at a word and says how many words it takes.
    private func link(_ words: [TextWord], at position: Int, style: Style, into found: inout Set<String>) -> Int {
        let word = words[position]
        if word.sigil == "@" { return 1 }
        if word.sigil == "$" {
            if let ticker = ticker(of: word) { found.insert(ticker) }
            return 1
        }
        for count in stride(from: min(CoinLexicon.longestName, words.count - position), through: 1, by: -1) {
            let part = words[position..<position + count]
            let name = count == 1 ? word.folded : part.map(\.folded).joined(separator: " ")
            guard part.allSatisfy({ $0.clause == word.clause }), let kind = lexicon.names[name] else { continue }
            switch kind {
            case .never: return count
            case .plain(let ticker):
                found.insert(ticker)
                return count
            case .proper(let ticker):
                // The article of a name may be small.
                if part.last?.isCapitalized == true {
                    found.insert(ticker)
                    return count
                }
            case .doubtful(let ticker):
                if part.last?.isCapitalized == true, isMeant(words, position, count, style) {
                    found.insert(ticker)
                    return count
                }
            }
        }
        if let ticker = written(words, at: position, style: style) { found.insert(ticker) }
        return 1
    }

    /// Whether a doubtful name stands for the coin here.
    private func isMeant(_ words: [TextWord], _ position: Int, _ count: Int, _ style: Style) -> Bool {
        let word = words[position]
        if word.isUppercase, !style.isShouted { return true }
        if !style.isTitle, !word.beginsSentence { return true }
        return hasHint(words, position, count)
    }

    private func hasHint(_ words: [TextWord], _ position: Int, _ count: Int) -> Bool {
        let after = position + count
        if after < words.count, words[after].clause == words[position].clause,
            lexicon.hints.contains(words[after].folded)
        {
            return true
        }
        return position > 0 && words[position - 1].clause == words[position].clause
            && lexicon.hints.contains(words[position - 1].folded)
    }

    /// A ticker in capitals without a sign.
    private func written(_ words: [TextWord], at position: Int, style: Style) -> String? {
        let word = words[position]
        guard word.isUppercase || word.folded.utf8.first.map({ (48...57).contains($0) }) == true else { return nil }
        let name = word.folded.uppercased()
        // The second half of a pair such as BTC/USDT only says what the price is in.
        if word.isJoined, position > 0, words[position - 1].isUppercase, Self.quotes.contains(name) { return nil }
        guard let ticker = ticker(of: word) else { return nil }
        let isAlone =
            word.clause != (position > 0 ? words[position - 1].clause : -1)
            && word.clause != (position + 1 < words.count ? words[position + 1].clause : -1)
        var isWord = lexicon.wordTickers.contains(name)
        if style.isShouted, case .doubtful = lexicon.names[word.folded] { isWord = true }
        guard isWord else { return ticker }
        return isAlone || hasHint(words, position, 1) || !style.isShouted && isListed(words, position) ? ticker : nil
    }

    /// Among other tickers, as in a list of prices.
    private func isListed(_ words: [TextWord], _ position: Int) -> Bool {
        let near = words[max(0, position - 2)..<min(words.count, position + 3)]
        return near.count { $0.isUppercase && lexicon.tickers[$0.folded.uppercased()] != nil } >= 3
    }

    private func ticker(of word: TextWord) -> String? {
        let name = word.folded.uppercased()
        if let ticker = lexicon.tickers[name] { return ticker }
        if watched.contains(name) { return name }
        for quote in Self.quotes where name.hasSuffix(quote) && name.utf8.count > quote.utf8.count + 1 {
            if let ticker = lexicon.tickers[String(name.dropLast(quote.count))] { return ticker }
        }
        return nil
    }

    private static let quotes = ["USDT", "USDC", "USD", "EUR", "BUSD", "FDUSD"]
}
