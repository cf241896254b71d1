import Market
import Messages
import People
import Reports

/// A digest by the clock of the person's own zone: `/digest daily 08:00`, `/digest weekly mon 08:00`, `/digest off`; and
/// one at once: `/digest now`.
struct DigestCommand: PreparedCommand {
    let name = "digest"

    func scene(of invocation: Invocation) -> CommandScene {
        invocation.arguments.isEmpty || isNow(invocation) ? .everywhere : .administratorsInPlaces
    }

    private func isNow(_ invocation: Invocation) -> Bool {
        ["now", "ahora"].contains(invocation.arguments.first?.lowercased())
    }

    func quickPreparation(_ invocation: Invocation, desk: ChatDesk) -> Preparation? {
        isNow(invocation) ? nil : Preparation.none
    }

    func prepare(_ request: PreparationRequest) async -> Preparation {
        guard let id = request.subject else { return .none }
        let isWeekly = ["weekly", "semanal"].contains(request.invocation.word(1))
        do {
            guard let content = try await request.desk.digestNow(id, isWeekly ? .weekly : .daily) else { return .none }
            return .answer(content)
        } catch {
            note(error)
            return .none
        }
    }

    func run(_ context: CommandContext) throws -> Reply {
        if isNow(context.invocation) { return .sentence("digest.not_now") }
        let me = context.subject
        guard !context.arguments.isEmpty else {
            guard let digest = try context.session.digest(of: me.id) else {
                return .sentence("digest.none", buttons: offers(current: nil))
            }
            return .sentence(
                "digest.current", try values(digest.rhythm, nextAt: digest.nextAt, context),
                buttons: offers(current: digest.rhythm))
        }
        if context.arguments.count == 1, ["off", "no", "none"].contains(context.word(0)) {
            try context.session.setDigest(nil, of: me.id, nextAt: context.now)
            return .sentence("digest.off")
        }
        guard let rhythm = DigestRhythm(context.arguments) else {
            let text = UntrustedText.shown(context.arguments.joined(separator: " "))
            return .sentence("digest.bad", ["text": .text(text)], buttons: offers(current: nil))
        }
        let next = rhythm.next(after: context.now, zone: me.preferences.zone)
        try context.session.setDigest(rhythm, of: me.id, nextAt: next)
        return .sentence(
            "digest.done", try values(rhythm, nextAt: next, context),
            buttons: [
                [
                    ContentButton(.word("button.digest_now"), "/digest now"),
                    ContentButton(.word("button.digest_off"), "/digest off !"),
                ]
            ])
    }

    private func values(
        _ rhythm: DigestRhythm, nextAt: Timestamp, _ context: CommandContext
    ) throws -> [String: ContentValue] {
        let hasMail = try context.session.addresses(of: context.subject.id).contains {
            $0.channel == .email && $0.disabledReason == nil
        }
        return [
            "rhythm": DigestCommand.words(rhythm) ?? .text(rhythm.text), "next": .time(nextAt),
            "zone": .text(context.subject.preferences.zone),
            "way": .word(hasMail ? "digest.by_mail" : "digest.by_chat"),
        ]
    }

    /// `nil` without one.
    static func words(_ rhythm: DigestRhythm?) -> ContentValue? {
        guard let rhythm else { return nil }
        if case .weekly(let weekday, _) = rhythm {
            return .word("digest.weekly", ["day": .word("digest.day_\(weekday)"), "clock": .text(rhythm.clock)])
        }
        return .word("digest.daily", ["clock": .text(rhythm.clock)])
    }

    private func offers(current: DigestRhythm?) -> [[ContentButton]] {
        var row = [
            ContentButton(.word("button.digest_daily"), "/digest daily 08:00 !"),
            ContentButton(.word("button.digest_weekly"), "/digest weekly mon 08:00 !"),
        ]
        if current != nil { row.append(ContentButton(.word("button.digest_off"), "/digest off !")) }
        return [row, [ContentButton(.word("button.digest_now"), "/digest now")]]
    }
}
