import Decisions
import Market
import Messages

/// What rose and fell most over a day, among the watched symbols.
struct MoversCommand: Command {
    let name = "movers"

    func run(_ context: CommandContext) throws -> Reply {
        let board = context.desk.market.board
        let moves = board.symbols().compactMap { symbol -> (symbol: Symbol, change: Double, price: Price)? in
            guard let view = board.view(of: symbol), let change = view.change24h else { return nil }
            return (symbol, change, view.quote.last)
        }
        .sorted { $0.change == $1.change ? $0.symbol < $1.symbol : $0.change > $1.change }
        guard !moves.isEmpty else { return .sentence("movers.none") }
        func rows(_ moves: some Sequence<(symbol: Symbol, change: Double, price: Price)>) -> ContentValue {
            .list(
                moves.map {
                    [
                        "symbol": .text($0.symbol.description), "price": .exactPrice($0.price),
                        "change": .percent($0.change, digits: 2, signed: true),
                    ]
                })
        }
        let up = moves.prefix(5).filter { $0.change > 0 }
        let down = moves.suffix(5).reversed().filter { $0.change < 0 }
        var values: [String: ContentValue] = ["count": .count(moves.count)]
        if !up.isEmpty { values["up"] = .dictionary(["rows": rows(up)]) }
        if !down.isEmpty { values["down"] = .dictionary(["rows": rows(down)]) }
        return Reply(Content("movers", values, buttons: [[ContentButton(.word("button.refresh"), "/movers !")]]))
    }
}
