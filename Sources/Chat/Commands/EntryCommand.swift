import Decisions
import Market
import Messages
import People

/// What the person paid: `/entry BTC 60000 0.5`, `/entry BTC off`; alone it lists them with the result.
struct EntryCommand: Command {
    /// Entries of one person.
    static let most = 100

    let name = "entry"

    func scene(of invocation: Invocation) -> CommandScene { .privateOnly }

    func run(_ context: CommandContext) throws -> Reply {
        guard let written = context.arguments.first else { return try list(context) }
        let symbol: Symbol
        switch context.desk.market.symbols.match(written) {
        case .symbol(let known): symbol = known
        case .unknown(let nearest):
            let tail = context.arguments.dropFirst().map { " " + $0 }.joined()
            return Reply(
                SymbolArguments.unknownAnswer(
                    (text: written, nearest: nearest), command: name, tail: tail.utf8.count <= 30 ? tail : ""))
        }
        guard let word = context.word(1) else {
            let known = try context.session.entries(of: context.subject.id).filter { $0.symbol == symbol }
            guard known.isEmpty else { return view(known, context) }
            return .sentence("entry.usage", ["symbol": .text(symbol.description)])
        }
        if ContactRegistration.offWords.contains(word) || word == "delete" {
            let had = try context.session.removeEntry(symbol, of: context.subject.id)
            return .sentence(
                had ? "entry.removed" : "entry.none_of_symbol", ["symbol": .text(symbol.description)],
                effects: had ? [.entry(context.subject.id, symbol, nil)] : [])
        }
        return try set(symbol, context)
    }

    private func set(_ symbol: Symbol, _ context: CommandContext) throws -> Reply {
        guard let price = EntryCommand.price(context.arguments[1]) else { return bad(context.arguments[1], symbol) }
        var amount: Double?
        if context.arguments.count > 2 {
            guard let read = EntryCommand.price(context.arguments[2]) else { return bad(context.arguments[2], symbol) }
            amount = read.double
        }
        let known = try context.session.entries(of: context.subject.id)
        guard known.count < EntryCommand.most || known.contains(where: { $0.symbol == symbol }) else {
            return .sentence("entry.full", ["limit": .count(EntryCommand.most)])
        }
        let entry = Entry(symbol: symbol, price: price, amount: amount, notedAt: context.now)
        try context.session.setEntry(entry, of: context.subject.id)
        var reply = view([entry], context)
        reply.effects = [.entry(context.subject.id, symbol, price.double)]
        return reply
    }

    private func bad(_ text: String, _ symbol: Symbol) -> Reply {
        .sentence("entry.bad", ["text": .text(UntrustedText.shown(text)), "symbol": .text(symbol.description)])
    }

    private func list(_ context: CommandContext) throws -> Reply {
        let entries = try context.session.entries(of: context.subject.id)
        return entries.isEmpty ? .sentence("entry.none") : view(entries, context)
    }

    private func view(_ entries: [Entry], _ context: CommandContext) -> Reply {
        let paging = Paging(count: entries.count, size: 20, wanted: nil, command: "/entry")
        let rows = entries[paging.range].map { entry -> [String: ContentValue] in
            var row: [String: ContentValue] = [
                "symbol": .text(entry.symbol.description), "entry": .exactPrice(entry.price),
            ]
            row["amount"] = entry.amount.flatMap { Price($0) }.map { .exactPrice($0) }
            row["base"] = .text(entry.symbol.base)
            if let last = context.desk.market.board.view(of: entry.symbol)?.quote.last {
                row["last"] = .exactPrice(last)
                EntryCommand.tellResult(of: entry, at: last.double, in: &row)
            }
            return row
        }
        var buttons: [[ContentButton]] = []
        if let only = entries.first, entries.count == 1 {
            buttons = [
                [
                    ContentButton(.word("button.price"), "/price \(only.symbol)"),
                    ContentButton(.word("button.entry_off"), "/entry \(only.symbol) off !"),
                ]
            ]
        }
        return Reply(Content("entries", ["rows": .list(Array(rows))], buttons: buttons))
    }

    /// `result` and, with an amount, `gain` or `loss` in the quote.
    static func tellResult(of entry: Entry, at last: Double, in row: inout [String: ContentValue]) {
        row["result"] = .percent(entry.change(at: last), digits: 2, signed: true)
        guard let gain = entry.gain(at: last), gain != 0 else { return }
        row[gain > 0 ? "gain" : "loss"] = .price(abs(gain))
        row["quote"] = entry.symbol.quote.map { .text($0) }
    }

    /// A plain decimal, with `$` before it or `k`, `m` behind it: `60000`, `$60k`, `0.5`. A comma may part thousands or
    /// decimals, so it is asked about and not guessed.
    static func price(_ text: String) -> Price? {
        var digits = text.lowercased()
        if digits.hasPrefix("$") { digits.removeFirst() }
        guard let last = digits.last, let zeros = ["k": 1_000.0, "m": 1_000_000.0][last] else { return Price(digits) }
        return Price(digits.dropLast()).flatMap { Price($0.double * zeros) }
    }
}
