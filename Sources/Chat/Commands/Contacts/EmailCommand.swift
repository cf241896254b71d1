import Messages
import People

/// Registers an e-mail address by a code that is sent there: `/email me@example.com`, `/email off`.
struct EmailCommand: Command {
    let name = "email"

    func scene(of invocation: Invocation) -> CommandScene { .privateOnly }

    func run(_ context: CommandContext) throws -> Reply {
        let registration = ContactRegistration(context: context, command: name, channel: .email)
        guard let written = context.arguments.first else { return try registration.current().confidential }
        if ContactRegistration.offWords.contains(written.lowercased()) { return try registration.remove() }
        guard context.desk.policy.contacts.channels.contains(.email) else { return .sentence("email.not_set_up") }
        guard context.arguments.count == 1, let address = EmailAddress(written) else {
            return Reply.sentence("email.bad", ["text": .text(UntrustedText.shown(context.invocation.rest))])
                .confidential
        }
        return try registration.register(.email(address)).confidential
    }
}
