import Messages
import People

/// Registers a phone for critical alerts by a code that is sent there: `/phone +34 600 111 222`, `/phone off`.
struct PhoneCommand: Command {
    let name = "phone"

    func scene(of invocation: Invocation) -> CommandScene { .privateOnly }

    func run(_ context: CommandContext) throws -> Reply {
        let registration = ContactRegistration(context: context, command: name, channel: .sms)
        guard let first = context.arguments.first else { return try registration.current().confidential }
        if ContactRegistration.offWords.contains(first.lowercased()) { return try registration.remove() }
        let policy = context.desk.policy
        guard policy.contacts.channels.contains(.sms) else { return .sentence("phone.not_set_up") }
        guard policy.contacts.mayUseSMS(context.subject, access: policy.access) else {
            return .sentence("phone.not_allowed")
        }
        let written = context.invocation.rest
        guard let number = PhoneNumber(written) else {
            return Reply.sentence("phone.bad", ["text": .text(UntrustedText.shown(written))]).confidential
        }
        guard policy.contacts.allows(number) else {
            let prefixes = policy.contacts.smsPrefixes.joined(separator: ", ")
            return Reply.sentence(
                prefixes.isEmpty ? "phone.no_prefix" : "phone.bad_prefix",
                ["prefix": .text(number.countryPrefix), "allowed": .text(prefixes)]
            ).confidential
        }
        return try registration.register(.phone(number)).confidential
    }
}
