import Delivery
import Foundation
import Market
import Messages
import People

/// A reminder at a time of day in the person's zone, with the price then: `/remind 18:00 look at BTC`.
struct RemindCommand: Command {
    /// Longest text, in characters.
    static let longest = 300

    let name = "remind"

    func scene(of invocation: Invocation) -> CommandScene { .administratorsInPlaces }

    func run(_ context: CommandContext) throws -> Reply {
        guard let written = context.arguments.first else { return .sentence("remind.usage") }
        let zone = context.subject.preferences.zone
        guard let dueAt = RemindCommand.next(written, after: context.ruleNow, zone: zone) else {
            return .sentence("remind.bad", ["text": .text(UntrustedText.shown(written))])
        }
        let words = context.arguments.dropFirst()
        let text = words.joined(separator: " ")
        guard !text.isEmpty else { return .sentence("remind.no_text") }
        guard text.count <= RemindCommand.longest else {
            return .sentence("remind.too_long", ["limit": .count(RemindCommand.longest)])
        }
        guard try context.session.laterCount(of: context.subject.id) < SnoozeCommand.most else {
            return .sentence("remind.too_many", ["limit": .count(SnoozeCommand.most)])
        }
        try context.session.addLater(
            .reminder(
                text, about: symbol(in: words, context), for: context.subject.id, at: dueAt, on: context.channel,
                made: context.now))
        return .sentence("remind.done", ["at": .time(dueAt), "text": .text(text)], effects: [.later])
    }

    /// The first word that is written as a symbol: in capitals or with a `$`. A word such as "link" is no symbol here.
    private func symbol(in words: some Sequence<String>, _ context: CommandContext) -> Symbol? {
        for word in words where word.hasPrefix("$") || (word.count >= 2 && word == word.uppercased()) {
            let bare = word.trimmingCharacters(in: .punctuationCharacters)
            if !bare.isEmpty, bare.contains(where: \.isLetter),
                case .symbol(let symbol) = context.desk.market.symbols.match(bare)
            {
                return symbol
            }
        }
        return nil
    }

    /// The next time it is `HH:MM` in the zone, or the end of a span such as `45m`. A time that a change of clocks leaves
    /// out is the one right after the gap.
    static func next(_ text: String, after now: Timestamp, zone: String) -> Timestamp? {
        if let minute = QuietHours.minute(text) {
            var calendar = Calendar(identifier: .gregorian)
            calendar.timeZone = TimeZone(identifier: zone) ?? .gmt
            return calendar.nextDate(
                after: now.date, matching: DateComponents(hour: minute / 60, minute: minute % 60),
                matchingPolicy: .nextTime
            ).map { Timestamp($0) }
        }
        guard let span = Span(text: text.lowercased()), span <= SnoozeCommand.longest else { return nil }
        return now + span
    }
}
