package import Decisions
import Logging
import Market
import Messages

extension RuleDesk {
    /// Reads rules with the language of `Decisions` and replays them over stored candles.
    ///
    /// - Parameter sources: what is provided beside prices and candles; a rule that needs another is refused.
    package static func stored(
        symbols: any SymbolResolving, replay: StoredReplay, sources: Set<RuleSource> = []
    ) -> RuleDesk {
        RuleDesk(
            read: { verdict(of: $0, symbols: symbols, sources: sources) },
            preview: { rule, subscriptions in
                guard let definition = try? RuleText.parseStored(rule.text, symbols: symbols) else { return nil }
                let covered = rule.symbols.isEmpty ? subscriptions : rule.symbols
                do {
                    return try await replay.replay(definition, for: covered)
                } catch {
                    // The person may still save the rule; the operator must hear of the cause.
                    Logger(label: "vigia.chat").error("a rule was not replayed", metadata: ["cause": "\(error)"])
                    return nil
                }
            })
    }

    private static func verdict(of text: String, symbols: any SymbolResolving, sources: Set<RuleSource>) -> RuleVerdict
    {
        do {
            let definition = try RuleText.parse(text, symbols: symbols, sources: sources)
            let listed: [Symbol] = if case .listed(let listed) = definition.symbols { listed } else { [] }
            return .understood(
                ReadRule(
                    text: definition.text, symbols: listed, otherSymbols: definition.otherSymbols,
                    rest: definition.rest, until: definition.until))
        } catch {
            let arguments = error.arguments.mapValues { ContentValue.text(UntrustedText.shown($0, limit: 120)) }
            return .mistaken(
                RuleMistake(
                    sentence: .word("rule_error.\(error.key)", arguments), column: error.column,
                    suggestion: error.suggestion))
        }
    }
}
