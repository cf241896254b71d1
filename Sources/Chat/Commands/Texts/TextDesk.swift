import Market
package import Sentiment

/// News and posts that commands may read.
package struct TextDesk: Sendable {
    package var store: any TextStore
    /// Whether a FinBERT checkpoint votes.
    package var hasFinBERT: Bool
    /// What each source of texts needs to be on, by name; `nil` for one that is on.
    package var sources: [(name: String, missing: String?)]

    /// A day of the loudest symbol.
    package static let mostTexts = 2_000

    package init(store: any TextStore, hasFinBERT: Bool, sources: [(name: String, missing: String?)]) {
        self.store = store
        self.hasFinBERT = hasFinBERT
        self.sources = sources
    }

    /// Said where nothing was heard: which sources listen, and which are off for want of a key.
    func silence(_ symbol: Symbol, _ key: String) -> (key: String, values: [String: String]) {
        let on = sources.filter { $0.missing == nil }.map(\.name)
        let off = sources.compactMap { source in source.missing.map { "\(source.name) (\($0))" } }
        return (
            key,
            [
                "symbol": symbol.description, "on": on.isEmpty ? "–" : on.joined(separator: ", "),
                "off": off.isEmpty ? "–" : off.joined(separator: ", "),
            ]
        )
    }
}

extension ToneLabel {
    var word: String { "tone.\(rawValue)" }
}
