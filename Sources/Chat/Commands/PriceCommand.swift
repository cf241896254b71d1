import Decisions
import Market
import Messages
import People

/// Prices from the board, with their source and age.
struct PriceCommand: Command {
    /// An older quote is marked.
    static let staleAfter = Span.seconds(60)

    let name = "price"

    func run(_ context: CommandContext) throws -> Reply {
        let market = context.desk.market
        var symbols: [Symbol]
        if context.arguments.isEmpty {
            symbols = try context.session.subscriptions(of: context.subject.id).map(\.symbol)
            if symbols.isEmpty { symbols = market.defaultSymbols }
            symbols = Array(symbols.prefix(SymbolArguments.most))
        } else {
            let named = SymbolArguments(context.arguments, lookup: market.symbols)
            if let unknown = named.unknown {
                return Reply(SymbolArguments.unknownAnswer(unknown, command: name))
            }
            symbols = named.symbols
        }
        // What somebody paid is not for a place to read.
        let own = context.isPlace || context.isStranger ? [] : try context.session.entries(of: context.subject.id)
        let entries = Dictionary(own.map { ($0.symbol, $0) }) { first, _ in first }
        return Reply(content(of: symbols, entries: entries, market: market, now: context.now))
    }

    private func content(of symbols: [Symbol], entries: [Symbol: Entry], market: MarketDesk, now: Timestamp) -> Content
    {
        let rows = symbols.map { symbol -> [String: ContentValue] in
            guard let view = market.board.view(of: symbol) else {
                return ["symbol": .text(symbol.description), "is_missing": .flag(true)]
            }
            var row = PriceCommand.row(symbol, view, now: now)
            if let entry = entries[symbol] {
                row["entry"] = .exactPrice(entry.price)
                EntryCommand.tellResult(of: entry, at: view.quote.last.double, in: &row)
            }
            return row
        }
        let line = symbols.map(\.description).joined(separator: " ")
        let refresh = "/price \(line) !"
        var buttons: [ContentButton] = []
        if refresh.utf8.count <= 64 { buttons.append(ContentButton(.word("button.refresh"), refresh)) }
        if symbols.count == 1 {
            buttons.append(ContentButton(.word("button.chart"), "/chart \(line)"))
            buttons.append(ContentButton(.word("button.forecast"), "/predict \(line)"))
        }
        return Content("price", ["rows": .list(rows)], buttons: [buttons])
    }

    static func row(_ symbol: Symbol, _ view: SymbolView, now: Timestamp) -> [String: ContentValue] {
        let quote = view.quote
        // Whole seconds: nobody reads more, and answers of the same second are the same.
        let age = Span.seconds(max(0, (now - quote.receivedAt).milliseconds / 1_000))
        var row: [String: ContentValue] = [
            "symbol": .text(symbol.description), "last": .exactPrice(quote.last), "venue": .text(quote.venue.name),
            "age": .word("price.ago", ["age": .span(age)]),
        ]
        if age > staleAfter { row["is_stale"] = .flag(true) }
        if let bid = view.book?.bid ?? quote.bid, let ask = view.book?.ask ?? quote.ask {
            row["bid"] = .exactPrice(bid)
            row["ask"] = .exactPrice(ask)
        }
        row["change1h"] = view.change1h.map { .percent($0, digits: 2, signed: true) }
        row["change24h"] = view.change24h.map { .percent($0, digits: 2, signed: true) }
        row["change7d"] = view.change7d.map { .percent($0, digits: 2, signed: true) }
        if let high = view.high24h, let low = view.low24h {
            row["high"] = .price(high)
            row["low"] = .price(low)
        }
        row["volume"] = view.volume24h.map { .amount($0) }
        row["base"] = .text(symbol.base)
        if let other = view.secondOpinion {
            row["other_venue"] = .text(other.venue.name)
            row["other_last"] = .exactPrice(other.last)
        }
        return row
    }
}
