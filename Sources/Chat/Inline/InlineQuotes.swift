import Decisions
import Market
import Messages
import People

/// Price cards for inline questions, for those who may use the bot. It only reads: nobody becomes known by it.
///
/// Without a symbol the cards are of the asker's subscriptions, else of the default symbols; for a name that is nobody's
/// they are of the nearest ones. What is the person's alone (an entry) stands in no card, because others read it.
package struct InlineQuotes: InlineAnswering {
    /// Cards in one answer.
    static let most = 8

    private let store: any ChatStore
    private let renderer: any ContentRendering
    private let desk: ChatDesk
    private let throttle: CommandThrottle

    /// - Parameter throttle: of inline questions alone, since every key that is pressed asks one.
    package init(
        store: any ChatStore, renderer: any ContentRendering, desk: ChatDesk,
        throttle: CommandThrottle = CommandThrottle(limit: 60)
    ) {
        self.store = store
        self.renderer = renderer
        self.desk = desk
        self.throttle = throttle
    }

    package func answer(_ question: InlineQuestion) async throws -> InlineAnswer {
        let now = desk.clocks.wall.now
        guard throttle.admit(question.sender, at: now) == .allowed else { return InlineAnswer() }
        let (known, symbols) = try await store.read { session -> (Recipient?, [Symbol]) in
            guard let known = try session.recipient(for: question.sender) else { return (nil, []) }
            return (known, try session.subscriptions(of: known.id).map(\.symbol))
        }
        let admission = Admission(policy: desk.policy)
        let preferences = known?.preferences ?? Preferences(language: admission.language(question.languageHint))
        let reader = Reader(language: preferences.language, zone: preferences.zone)
        guard known?.role != .blocked else { return InlineAnswer() }
        let isAdministrator = desk.policy.administrators.contains(question.sender)
        guard known != nil || desk.policy.access == .open || isAdministrator else {
            return InlineAnswer(
                opening: .init(label: try text("inline.open", [:], reader), payload: DeepLink.inlinePayload))
        }
        let shown = wanted(question.text, own: symbols)
        return InlineAnswer(cards: try shown.compactMap { try card(of: $0, reader: reader, now: now) })
    }

    private func wanted(_ text: String, own: [Symbol]) -> [Symbol] {
        let words = UntrustedText.cleaned(text).split(separator: " ").prefix(InlineQuotes.most).map(String.init)
        let all: [Symbol]
        if words.isEmpty {
            all = own.isEmpty ? desk.market.defaultSymbols : own
        } else {
            let named = SymbolArguments(words, lookup: desk.market.symbols, most: InlineQuotes.most)
            all = named.symbols.isEmpty ? named.unknown?.nearest ?? [] : named.symbols
        }
        return Array(all.prefix(InlineQuotes.most))
    }

    /// `nil` while there is no price.
    private func card(of symbol: Symbol, reader: Reader, now: Timestamp) throws -> InlineCard? {
        guard let view = desk.market.board.view(of: symbol) else { return nil }
        let row = PriceCommand.row(symbol, view, now: now)
        var values: [String: ContentValue] = ["symbol": .text(symbol.description)]
        for (name, key) in [("price", "last"), ("venue", "venue"), ("age", "age")] { values[name] = row[key] }
        let detail = view.change24h == nil ? "inline.detail" : "inline.detail_change"
        values["change"] = row["change24h"]
        return InlineCard(
            id: symbol.description, title: try text("inline.title", values, reader),
            detail: try text(detail, values, reader),
            message: try renderer.message(for: Content("price", ["rows": .list([row])]), reader: reader))
    }

    private func text(_ key: String, _ values: [String: ContentValue], _ reader: Reader) throws -> String {
        try renderer.message(for: .sentence(key, values), reader: reader).plainText
    }
}
