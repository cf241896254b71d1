import Decisions
import Delivery
import Market
import Messages
import People

/// Asks for an alert again later: `/snooze 12 1h`. That acknowledges it.
struct SnoozeCommand: Command {
    static let longest = Span.days(30)
    static let offered = ["15m", "1h", "4h", "1d"]
    /// Snoozed alerts and reminders that may wait for a person.
    static let most = 100

    let name = "snooze"

    func scene(of invocation: Invocation) -> CommandScene { .administratorsInPlaces }

    func run(_ context: CommandContext) throws -> Reply {
        let (alert, refusal) = try context.namedAlert(which: "snooze.which")
        guard let alert else { return refusal }
        let buttons = SnoozeCommand.offered.map { ContentButton(.text($0), "/snooze \(alert.id) \($0)") }
        guard let written = context.word(1) else { return .sentence("snooze.how_long", buttons: [buttons]) }
        guard let span = Span(text: written) else {
            return .sentence("mute.bad", ["text": .text(UntrustedText.shown(written))], buttons: [buttons])
        }
        guard span <= SnoozeCommand.longest else {
            return .sentence("snooze.too_long", ["limit": .span(SnoozeCommand.longest)], buttons: [buttons])
        }
        guard try context.session.laterCount(of: context.subject.id) < SnoozeCommand.most else {
            return .sentence("remind.too_many", ["limit": .count(SnoozeCommand.most)])
        }
        let until = context.ruleNow + span
        try context.session.addLater(.snooze(alert, for: context.subject.id, until: until, on: context.channel))
        _ = try context.session.acknowledge(alert.id, by: context.subject.id, at: context.now)
        return .sentence(
            "snooze.done", ["id": .text("\(alert.id)"), "span": .span(span), "until": .time(until)],
            effects: [.later])
    }
}
