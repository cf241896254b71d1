import Decisions
import Market
import Messages
import People

/// Ends subscriptions: `/unsubscribe BTC ETH`, `/unsubscribe all`.
struct UnsubscribeCommand: Command {
    let name = "unsubscribe"

    func scene(of invocation: Invocation) -> CommandScene { .administratorsInPlaces }

    func run(_ context: CommandContext) throws -> Reply {
        let id = context.subject.id
        let held = try context.session.subscriptions(of: id).map(\.symbol)
        guard !held.isEmpty else {
            return .sentence("subscribe.none_held", buttons: [[ContentButton(.word("button.subscribe"), "/subscribe")]])
        }
        guard let first = context.word(0) else { return choices(held) }
        let ending: [Symbol]
        if ["all", "todo", "todos", "*"].contains(first) {
            ending = held
        } else {
            let named = SymbolArguments(context.arguments, lookup: context.desk.market.symbols)
            if let unknown = named.unknown { return Reply(SymbolArguments.unknownAnswer(unknown, command: name)) }
            ending = named.symbols.filter(held.contains)
            guard !ending.isEmpty else {
                let names = named.symbols.map(\.description).joined(separator: ", ")
                return .sentence("subscribe.not_held", ["symbols": .text(names)])
            }
        }
        for symbol in ending { _ = try context.session.unsubscribe(id, from: symbol) }
        let rest = held.filter { !ending.contains($0) }
        let line = ending.prefix(SymbolArguments.most).map(\.description).joined(separator: " ")
        let undo = "/subscribe \(line) !"
        return Reply(
            .sentence(
                "subscribe.ended",
                ["symbols": .text(ending.map(\.description).joined(separator: ", ")), "count": .count(rest.count)],
                buttons: undo.utf8.count <= 64 ? [[ContentButton(.word("button.undo"), undo)]] : []),
            effects: ending.map { .demand($0) } + [.rule(.subscriptions(id, rest))])
    }

    private func choices(_ held: [Symbol]) -> Reply {
        let few = held.prefix(9)
        let rows = stride(from: 0, to: few.count, by: 3).map { start in
            few[start..<min(start + 3, few.count)].map { ContentButton(.text($0.description), "/unsubscribe \($0) !") }
        }
        return .sentence(
            "subscribe.which_to_end", buttons: rows + [[ContentButton(.word("button.all"), "/unsubscribe all !")]])
    }
}
