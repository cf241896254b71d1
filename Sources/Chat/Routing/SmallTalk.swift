import Market
import Messages

/// Answers what is no command: a sentence that may mean several with those to choose from, any other with the nearest two,
/// as buttons. In a group what was not understood is left to those it was meant for.
struct SmallTalk {
    /// Telegram's limit for what a button carries, in bytes.
    static let longestButton = 64

    let commands: CommandList
    let symbols: any SymbolMatching

    func answer(_ turn: IncomingTurn, isPlace: Bool, isStranger: Bool) -> Reply {
        if !turn.choices.isEmpty, !isStranger { return question(turn.choices) }
        if isPlace { return .silence }
        switch turn.utterance {
        case .command: return .silence
        case .tooLong: return .sentence("error.too_long", ["limit": .count(Utterance.longestText)])
        case .empty: return .sentence("error.empty", buttons: [buttons(["/help", "/price BTC"])])
        case .plain(let text):
            if isStranger { return .sentence("error.not_a_command", buttons: [buttons(["/start", "/help"])]) }
            var lines = turn.hints
            for line in suggestions(for: text) where !lines.contains(line) { lines.append(line) }
            return .sentence("error.not_a_command", buttons: [buttons(Array(lines.prefix(2)))])
        }
    }

    /// Every choice is a button; one that no button can hold stands in the text, to be sent as it is.
    private func question(_ lines: [String]) -> Reply {
        let short = lines.filter { $0.utf8.count <= SmallTalk.longestButton }
        let long = lines.filter { $0.utf8.count > SmallTalk.longestButton }
        let key = lines.count == 1 ? "sentences.one" : "sentences.which"
        let rows = short.map { [ContentButton(.text($0), $0)] }
        if long.isEmpty { return .sentence(key, buttons: rows) }
        return .sentence(key + "_long", ["lines": .text(long.joined(separator: "  "))], buttons: rows)
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
