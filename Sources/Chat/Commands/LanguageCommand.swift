import Messages
import People

/// Chooses the language of every message; the answer is already in it.
struct LanguageCommand: Command {
    let name = "language"

    func scene(of invocation: Invocation) -> CommandScene { .administratorsInPlaces }

    func run(_ context: CommandContext) throws -> Reply {
        let languages = context.desk.policy.languages
        let buttons = languages.prefix(6).map { ContentButton(.text($0.name), "/language \($0.code) !") }
        let offered: ContentValue = .text(languages.map(\.code).joined(separator: ", "))
        guard let wanted = context.arguments.first else {
            return .sentence("language.choose", ["offered": offered], buttons: [buttons])
        }
        let key = wanted.lowercased()
        guard let language = languages.first(where: { $0.code.lowercased() == key || $0.name.lowercased() == key })
        else {
            return .sentence(
                "language.unknown", ["text": .text(UntrustedText.shown(wanted)), "offered": offered], buttons: [buttons]
            )
        }
        var subject = context.subject
        subject.preferences.language = language.code
        try context.session.update(subject)
        var reply = Reply.sentence("language.done", ["language": .text(language.name)])
        reply.reader = Reader(language: language.code, zone: subject.preferences.zone)
        return reply
    }
}
