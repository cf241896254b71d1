import Decisions
import Foundation
import Market
import Messages
import People

/// Subscribes to opportunities in symbols: `/subscribe BTC ETH min 70%`.
struct SubscribeCommand: Command {
    let name = "subscribe"

    func scene(of invocation: Invocation) -> CommandScene { .administratorsInPlaces }

    func run(_ context: CommandContext) throws -> Reply {
        let market = context.desk.market
        guard !context.arguments.isEmpty else { return choices(market) }
        var words = context.arguments
        var minimum = context.desk.policy.minimumStrength
        if let index = words.firstIndex(where: { $0.lowercased() == "min" }) {
            guard index + 2 == words.count, let given = SubscribeCommand.share(words[index + 1]) else {
                return .sentence(
                    "subscribe.bad_minimum",
                    ["text": .text(UntrustedText.shown(words[index...].joined(separator: " ")))])
            }
            minimum = given
            words.removeLast(2)
        }
        let named = SymbolArguments(words, lookup: market.symbols)
        if let unknown = named.unknown { return Reply(SymbolArguments.unknownAnswer(unknown, command: name)) }
        guard !named.symbols.isEmpty else { return choices(market) }
        if named.wereTooMany { return .sentence("error.too_many_symbols", ["limit": .count(SymbolArguments.most)]) }

        let id = context.subject.id
        var held = try context.session.subscriptions(of: id)
        let new = named.symbols.filter { symbol in !held.contains { $0.symbol == symbol } }
        let limit = context.desk.policy.mostSubscriptions
        guard held.count + new.count <= limit else {
            return .sentence("subscribe.full", ["limit": .count(limit)])
        }
        for symbol in named.symbols {
            let subscription = Subscription(symbol: symbol, minimumStrength: minimum)
            try context.session.subscribe(id, to: subscription, at: context.ruleNow)
            held.removeAll { $0.symbol == symbol }
            held.append(subscription)
        }
        var effects = new.map { ChatEffect.demand($0) }
        if !new.isEmpty { effects.append(.rule(.subscriptions(id, held.map(\.symbol)))) }
        let line = named.symbols.map(\.description).joined(separator: " ")
        var values: [String: ContentValue] = [
            "symbols": .text(named.symbols.map(\.description).joined(separator: ", ")),
            "minimum": .percent(minimum, digits: 0), "count": .count(held.count),
        ]
        if context.subject.stopped { values[context.isPlace ? "is_unbound" : "is_stopped"] = .flag(true) }
        var buttons = [ContentButton(.word("button.my_list"), "/list")]
        let undo = "/unsubscribe \(line) !"
        if undo.utf8.count <= 64 { buttons.append(ContentButton(.word("button.unsubscribe"), undo)) }
        if context.isPlace, context.subject.stopped { buttons.append(ContentButton(.word("button.bind"), "/bind")) }
        return Reply(Content("subscribed", values, buttons: [buttons]), effects: effects)
    }

    private func choices(_ market: MarketDesk) -> Reply {
        let symbols = market.defaultSymbols.prefix(6)
        let rows = stride(from: 0, to: symbols.count, by: 3).map { start in
            symbols[start..<min(start + 3, symbols.count)].map {
                ContentButton(.text($0.description), "/subscribe \($0)")
            }
        }
        return .sentence("subscribe.usage", buttons: rows)
    }

    /// `70%`, `70` and `0.7` are all 0.7; `nil` outside 0 to 1.
    static func share(_ text: String) -> Double? {
        let isPercent = text.hasSuffix("%")
        let digits = (isPercent ? String(text.dropLast()) : text).replacing(",", with: ".")
        guard let number = Double(digits), number.isFinite, number >= 0 else { return nil }
        let share = isPercent || number > 1 ? number / 100 : number
        return share <= 1 ? share : nil
    }
}
