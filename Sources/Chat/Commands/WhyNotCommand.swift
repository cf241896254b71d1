import Decisions
import Market
import Messages
import People

/// Which stage stopped an alert that did not come: `/whynot BTC`, `/whynot BTC 14:30`. Without a time it looks at the
/// last 24 hours.
struct WhyNotCommand: PreparedCommand {
    let name = "whynot"

    private struct Question {
        var symbol: Symbol
        /// `nil`: the last day.
        var time: Timestamp?
    }

    private enum Reading {
        case question(Question)
        case answer(Content)
    }

    private func read(_ arguments: [String], zone: String, now: Timestamp, desk: ChatDesk) -> Reading {
        guard let first = arguments.first else {
            return .answer(
                .sentence(
                    "whynot.usage",
                    buttons: [
                        desk.market.defaultSymbols.prefix(3).map {
                            ContentButton(.text($0.description), "/whynot \($0)")
                        }
                    ]))
        }
        let named = SymbolArguments([first], lookup: desk.market.symbols)
        if let unknown = named.unknown { return .answer(SymbolArguments.unknownAnswer(unknown, command: name)) }
        guard let symbol = named.symbols.first else { return .answer(.sentence("whynot.usage")) }
        let words = Array(arguments.dropFirst())
        if words.isEmpty { return .question(Question(symbol: symbol, time: nil)) }
        guard let time = MomentText.parse(words, now: now, zone: zone) else {
            let text = UntrustedText.shown(words.joined(separator: " "))
            return .answer(.sentence("whynot.bad_time", ["text": .text(text), "symbol": .text(symbol.description)]))
        }
        return .question(Question(symbol: symbol, time: time))
    }

    func prepare(_ request: PreparationRequest) async -> Preparation {
        let desk = request.desk
        let now = desk.clocks.rules.now
        switch read(request.invocation.arguments, zone: request.zone, now: now, desk: desk) {
        case .answer(let content): return .answer(content)
        case .question(let question):
            let time = question.time ?? now
            let series = CandleSeries(symbol: question.symbol, timeframe: .h1, venue: desk.market.venue)
            let from = time - .hours(Int64(DecisionEngine.historyNeeded))
            do {
                let candles = try await desk.market.candles.candles(of: series, from: from, to: time, limit: nil)
                return .review(MarketReview.of(question.symbol, candles: candles, at: time))
            } catch {
                note(error)
                return .answer(.sentence("error.failed"))
            }
        }
    }

    func run(_ context: CommandContext) throws -> Reply {
        guard case .review(let review) = context.preparation else { return .sentence("error.busy") }
        let now = context.ruleNow
        let zone = context.subject.preferences.zone
        switch read(context.arguments, zone: zone, now: now, desk: context.desk) {
        case .answer(let content): return Reply(content)
        case .question(let question):
            let span =
                question.time.map { ($0 - .hours(1))..<($0 + .hours(1)) } ?? (now - .days(1))..<(now + .seconds(1))
            let findings = try WhyNotFindings(context, symbol: question.symbol, span: span, review: review)
            var buttons: [ContentButton] = []
            if !findings.isSubscribed {
                buttons.append(ContentButton(.word("button.subscribe"), "/subscribe \(question.symbol)"))
            }
            buttons.append(ContentButton(.word("button.history"), "/history \(question.symbol)"))
            return Reply(
                Content(
                    "whynot",
                    [
                        "symbol": .text(question.symbol.description), "from": .time(span.lowerBound),
                        "to": .time(min(span.upperBound, now)),
                        "lines": .list(
                            findings.lines.map { ["mark": .text($0.mark.rawValue), "line": $0.sentence] }),
                    ], buttons: [buttons]))
        }
    }
}
