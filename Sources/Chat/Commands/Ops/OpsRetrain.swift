import Market
import Messages
import People

/// `/ops retrain [SYMBOL]`: fits the forecast models anew on stored candles now. One model a horizon serves every symbol;
/// a symbol that is named is learned from besides the default ones.
struct OpsRetrain: OpsCommand.Subcommand {
    let name = "retrain"

    func run(_ context: CommandContext, _ arguments: [String]) throws -> Reply {
        let named = SymbolArguments(arguments, lookup: context.desk.market.symbols, most: 1)
        if let unknown = named.unknown {
            return Reply(SymbolArguments.unknownAnswer(unknown, command: "ops retrain"))
        }
        let symbol = named.symbols.first
        try context.session.audit(
            "retrain", by: context.subject.id, detail: symbol?.description ?? "", at: context.now)
        return .sentence("ops.retrain_begun", effects: [.retrain(symbol)])
    }
}
