import Market
import Messages

/// Symbols named in a command.
struct SymbolArguments {
    /// More are not read: an answer must fit a message.
    static let most = 10

    /// In the order written, each once.
    var symbols: [Symbol] = []
    /// The first that nobody knows.
    var unknown: (text: String, nearest: [Symbol])?
    var wereTooMany = false

    init(_ words: some Sequence<String>, lookup: any SymbolMatching, most: Int = SymbolArguments.most) {
        for word in words.lazy.flatMap({ $0.split(separator: ",") }) {
            if symbols.count == most {
                wereTooMany = true
                return
            }
            switch lookup.match(String(word)) {
            case .symbol(let symbol): if !symbols.contains(symbol) { symbols.append(symbol) }
            case .unknown(let nearest): if unknown == nil { unknown = (String(word), nearest) }
            }
        }
    }

    /// Answer to an unknown symbol: the nearest ones as buttons that repeat the command with them.
    static func unknownAnswer(_ unknown: (text: String, nearest: [Symbol]), command: String, tail: String = "")
        -> Content
    {
        let shown: ContentValue = .text(UntrustedText.shown(unknown.text))
        let nearest = unknown.nearest.prefix(3)
        let buttons = nearest.map { ContentButton(.text($0.description), "/\(command) \($0)\(tail)") }
        return .sentence(
            nearest.isEmpty ? "error.unknown_symbol" : "error.unknown_symbol_nearest", ["symbol": shown],
            buttons: buttons.isEmpty ? [] : [buttons])
    }
}

extension Invocation {
    /// A timeframe among the arguments, and the words that are none.
    var timeframeAndWords: (timeframe: Timeframe?, words: [String]) {
        var timeframe: Timeframe?
        var words: [String] = []
        for argument in arguments {
            if timeframe == nil, let named = Timeframe(rawValue: argument.lowercased()) {
                timeframe = named
            } else {
                words.append(argument)
            }
        }
        return (timeframe, words)
    }
}
