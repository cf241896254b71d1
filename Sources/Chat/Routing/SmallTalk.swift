import Market
import Messages

/// Answers what is no command: one line that names the nearest two, as buttons. In a group a sentence that is no command is
/// left to those it was meant for.
struct SmallTalk {
    let commands: CommandList
    let symbols: any SymbolMatching

    func answer(_ utterance: Utterance, isPlace: Bool, isStranger: Bool) -> Reply {
        if isPlace { return .silence }
        switch utterance {
        case .command: return .silence
        case .tooLong: return .sentence("error.too_long", ["limit": .count(Utterance.longestText)])
        case .empty: return .sentence("error.empty", buttons: [buttons(["/help", "/price BTC"])])
        case .plain(let text):
            if isStranger { return .sentence("error.not_a_command", buttons: [buttons(["/start", "/help"])]) }
            return .sentence("error.not_a_command", buttons: [buttons(suggestions(for: text))])
        }
    }

    /// Command lines, at most two.
    func suggestions(for text: String) -> [String] {
        let words = text.lowercased().split(whereSeparator: { !$0.isLetter && !$0.isNumber && $0 != "$" })
            .prefix(20).map(String.init)
        let symbol = words.lazy.compactMap { word -> String? in
            // Short words of a sentence ("a", "is") are tickers of something; a cashtag or three letters mean one.
            guard word.utf8.count >= 3, case .symbol(let symbol) = symbols.match(word) else { return nil }
            return symbol.description
        }.first
        if let exact = words.first, let command = commands[exact], command.access != .operator {
            let line = symbol.map { "/\(exact) \($0)" } ?? "/\(exact)"
            return [line, "/help \(exact)"]
        }
        if let symbol { return ["/price \(symbol)", "/predict \(symbol)"] }
        let names = commands.publicNames
        let nearest = words.first.map { NearestWords.nearest(to: $0, among: names, count: 1, atMost: 2) } ?? []
        return (nearest.map { "/\($0)" } + ["/help", "/price BTC"]).prefix(2).map { $0 }
    }

    private func buttons(_ lines: [String]) -> [ContentButton] {
        lines.map { ContentButton(.text($0), $0) }
    }
}
