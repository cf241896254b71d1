import Market

/// How texts write coins: names, tickers, and how far each of them is to be trusted.
struct CoinLexicon: Sendable {
    enum Name: Sendable {
        /// Counts however it is written.
        case plain(String)
        /// Also a word: counts with a capital letter.
        case proper(String)
        /// Also a common word: counts where its capital letter says something, or beside a hint.
        case doubtful(String)
        /// Looks like a coin and is none.
        case never
    }

    /// Names of up to `longestName` words in small letters.
    private(set) var names: [String: Name] = [:]
    private(set) var tickers: [String: String] = [:]
    /// Tickers that are words or abbreviations too.
    private(set) var wordTickers: Set<String> = []
    private(set) var hints: Set<String> = []
    static let longestName = 3

    init() {
        for (name, ticker) in CoinNames.tickers {
            names[name] = .plain(ticker)
            tickers[ticker] = ticker
        }
        for line in Lexicon.lines(of: "coins") {
            let (kind, rest) = Lexicon.headAndRest(line)
            for entry in rest.split(separator: "|") {
                let words = entry.split(separator: " ").map(String.init)
                guard let first = words.first else { continue }
                add(String(kind), first: first, words: words)
            }
        }
    }

    private mutating func add(_ kind: String, first: String, words: [String]) {
        let text = words.joined(separator: " ")
        switch kind {
        case "names":
            let name = words.dropFirst().joined(separator: " ")
            names[name] = .plain(first)
            if tickers[first] == nil { wordTickers.insert(first) }
            tickers[first] = first
        case "tickers", "words":
            let parts = first.split(separator: "=").map(String.init)
            tickers[parts[0]] = parts[parts.count - 1]
            if kind == "words" { wordTickers.insert(parts[0]) } else { wordTickers.remove(parts[0]) }
        case "proper": if let ticker = ticker(of: text) { names[text] = .proper(ticker) }
        case "doubtful": if let ticker = ticker(of: text) { names[text] = .doubtful(ticker) }
        case "never": names[text] = .never
        case "hints": hints.insert(text)
        default: break
        }
    }

    private func ticker(of name: String) -> String? {
        switch names[name] {
        case .plain(let ticker), .proper(let ticker), .doubtful(let ticker): ticker
        default: CoinNames.tickers[name] ?? (name == "the sandbox" ? "SAND" : nil)
        }
    }
}
