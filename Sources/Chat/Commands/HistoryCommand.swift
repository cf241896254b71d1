import Decisions
import Delivery
import Market
import Messages
import People

/// What was sent, where, and how that went.
struct HistoryCommand: Command {
    private static let pageSize = 8
    /// Older alerts are in `/export`.
    static let depth = 200

    let name = "history"

    func run(_ context: CommandContext) throws -> Reply {
        var words = context.arguments
        let page = words.last.flatMap(Int.init)
        if page != nil { words.removeLast() }
        let named = SymbolArguments(words, lookup: context.desk.market.symbols)
        if let unknown = named.unknown { return Reply(SymbolArguments.unknownAnswer(unknown, command: name)) }
        let symbol = named.symbols.first
        let items = try context.session.history(of: context.subject.id, symbol: symbol, limit: HistoryCommand.depth)
        guard !items.isEmpty else {
            guard let symbol else { return .sentence("history.none") }
            return .sentence("history.none_of_symbol", ["symbol": .text(symbol.description)])
        }
        let command = "/history" + (symbol.map { " \($0)" } ?? "")
        let paging = Paging(count: items.count, size: HistoryCommand.pageSize, wanted: page, command: command)
        var values = paging.values
        values["rows"] = .list(items[paging.range].map(HistoryCommand.row))
        return Reply(Content("history", values, buttons: [paging.buttons].filter { !$0.isEmpty }))
    }

    static func row(_ item: HistoryItem) -> [String: ContentValue] {
        [
            "id": .count(Int(item.alert.id.rawValue)), "at": .time(item.alert.alert.issuedAt),
            "headline": headline(item.alert.alert), "channel": .word("channel.\(item.channel.rawValue)"),
            "state": .word("delivery.\(item.state)"),
        ].merging(item.reason.map { ["reason": .text($0)] } ?? [:]) { $1 }
    }

    static func headline(_ alert: Alert) -> ContentValue {
        switch alert.body {
        case .ruleFired(let firing):
            .word(
                "history.rule",
                ["number": .count(firing.number), "text": .text(firing.text), "price": .price(firing.price)])
        case .opportunity(let opportunity):
            .word(
                "history.opportunity",
                [
                    "symbol": .text(opportunity.symbol.description),
                    "signal": .word(OpportunitiesCommand.signalKey(opportunity)),
                    "strength": .percent(opportunity.strength, digits: 0),
                ])
        case .system(let notice):
            .word("history.system", ["key": .text(notice.key)])
        }
    }
}
