import Market
import Messages
import Sentiment

/// How what is written about a symbol sounds: the last hour and day, news and social apart, where it is going, and who
/// judged.
struct SentimentCommand: PreparedCommand {
    let name = "sentiment"

    func prepare(_ request: PreparationRequest) async -> Preparation { .answer(await answer(request)) }

    func run(_ context: CommandContext) throws -> Reply { .sentence("error.busy") }

    private func answer(_ request: PreparationRequest) async -> Content {
        let market = request.desk.market
        let named = SymbolArguments(request.invocation.arguments, lookup: market.symbols)
        if let unknown = named.unknown { return SymbolArguments.unknownAnswer(unknown, command: name) }
        guard let symbol = named.symbols.first else {
            return .sentence(
                "sentiment.usage",
                buttons: [
                    market.defaultSymbols.prefix(3).map { ContentButton(.text($0.description), "/sentiment \($0)") }
                ])
        }
        guard let desk = request.desk.texts else { return .sentence("news.off") }
        let now = request.desk.clocks.wall.now
        let texts: [HeardItem]
        do {
            texts = try await desk.store.texts(of: symbol, since: now - .days(1), limit: TextDesk.mostTexts)
        } catch {
            note(error)
            return .sentence("error.busy")
        }
        guard !texts.isEmpty else {
            let silence = desk.silence(symbol, "sentiment.none")
            return .sentence(silence.key, silence.values.mapValues { .text($0) })
        }
        return Content(
            "sentiment", values(symbol, texts, now: now, hasFinBERT: desk.hasFinBERT),
            buttons: [
                [
                    ContentButton(.word("button.news"), "/news \(symbol)"),
                    ContentButton(.word("button.refresh"), "/sentiment \(symbol) !"),
                ]
            ])
    }

    private func values(_ symbol: Symbol, _ texts: [HeardItem], now: Timestamp, hasFinBERT: Bool)
        -> [String: ContentValue]
    {
        let heard = texts.map(\.heard)
        let (hour, day) = SymbolTone.lastHourAndDay(of: heard, now: now)
        var values: [String: ContentValue] = [
            "symbol": .text(symbol.description),
            "spans": .list([span("sentiment.hour", hour), span("sentiment.day", day)]),
            "voters": .list(
                ToneVoter.allCases.filter { $0 != .finbert || hasFinBERT }.map {
                    ["voter": .word("voter.\($0.rawValue)"), "weight": .percent($0.weight, digits: 0)]
                }),
        ]
        if !hasFinBERT { values["is_without_finbert"] = .flag(true) }
        let scores = ToneTrend.hourlyScores(of: heard, now: now)
        if let trend = ToneTrend(scores: scores), let change = ToneTrend.change(of: scores) {
            values["trend"] = .word("trend.\(trend.rawValue)", ["change": .number(change, digits: 2)])
        }
        return values
    }

    private func span(_ key: String, _ tone: SymbolTone) -> [String: ContentValue] {
        var row: [String: ContentValue] = ["span": .word(key)]
        guard let score = tone.score, let label = tone.label else { return row }
        row["label"] = .word(label.word)
        row["score"] = .number(score, digits: 2)
        row["confidence"] = .percent(tone.confidence, digits: 0)
        row["parts"] = .list(
            [("sentiment.news", tone.news), ("sentiment.social", tone.social)].compactMap { name, part in
                part.map {
                    [
                        "part": .word(
                            name, ["count": .count($0.texts), "score": .number($0.score, digits: 2)])
                    ]
                }
            })
        return row
    }
}
