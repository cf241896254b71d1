import Market
import Messages
import Sentiment

/// What was written about a symbol in the last days, newest first, each with its source, its time and how it sounds.
struct NewsCommand: PreparedCommand {
    private static let span = Span.days(3)
    private static let pageSize = 6

    let name = "news"

    func prepare(_ request: PreparationRequest) async -> Preparation { .answer(await answer(request)) }

    func run(_ context: CommandContext) throws -> Reply { .sentence("error.busy") }

    private func answer(_ request: PreparationRequest) async -> Content {
        let market = request.desk.market
        var words = request.invocation.arguments
        let page = words.count > 1 ? words.last.flatMap(Int.init) : nil
        if page != nil { words.removeLast() }
        let named = SymbolArguments(words, lookup: market.symbols)
        if let unknown = named.unknown { return SymbolArguments.unknownAnswer(unknown, command: name) }
        guard let symbol = named.symbols.first else { return usage(market) }
        guard let desk = request.desk.texts else { return .sentence("news.off") }
        let texts: [HeardItem]
        do {
            texts = try await desk.store.texts(
                of: symbol, since: request.desk.clocks.wall.now - NewsCommand.span, limit: 120)
        } catch {
            note(error)
            return .sentence("error.busy")
        }
        guard !texts.isEmpty else {
            let silence = desk.silence(symbol, "news.none")
            return .sentence(silence.key, silence.values.mapValues { .text($0) })
        }
        let paging = Paging(count: texts.count, size: NewsCommand.pageSize, wanted: page, command: "/news \(symbol)")
        var values = paging.values
        values["symbol"] = .text(symbol.description)
        values["rows"] = .list(texts[paging.range].map(row))
        return Content(
            "news", values,
            buttons: [paging.buttons, [ContentButton(.word("button.sentiment"), "/sentiment \(symbol)")]]
                .filter { !$0.isEmpty })
    }

    private func usage(_ market: MarketDesk) -> Content {
        .sentence(
            "news.usage",
            buttons: [market.defaultSymbols.prefix(3).map { ContentButton(.text($0.description), "/news \($0)") }])
    }

    private func row(_ text: HeardItem) -> [String: ContentValue] {
        var row: [String: ContentValue] = [
            "title": .text(UntrustedText.shown(text.item.title, limit: 160)), "source": .text(text.source.name),
            "at": .time(text.at), "tone": .word(text.label.word), "score": .number(text.score, digits: 2),
        ]
        row["url"] = text.item.url.map { .text($0) }
        return row
    }
}
