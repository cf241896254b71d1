import Market
import Messages
import People

/// Makes the sender an operator by a code that only somebody with access to the machine can have.
struct ClaimCommand: Command {
    let name = "claim"
    let access = CommandAccess.anyone

    func scene(of invocation: Invocation) -> CommandScene { .privateOnly }

    func run(_ context: CommandContext) throws -> Reply {
        if context.isOperator { return .sentence("claim.already") }
        guard let code = context.arguments.first else { return .sentence("claim.usage") }
        let hash = context.desk.codes.hash(of: code)
        guard try context.session.redeemCode(hash: hash, purpose: "claim", at: context.now) else {
            return .sentence("claim.refused")
        }
        var person = context.subject
        if context.isStranger {
            person = try Admission(policy: context.desk.policy).enrol(
                person, role: .operator, sender: context.sender, scene: context.scene, in: context.session,
                now: context.now)
        } else {
            person.role = .operator
            try context.session.update(person)
        }
        try context.session.audit("claim", by: person.id, detail: context.sender.description, at: context.now)
        let identities = try context.session.identities(of: person.id)
        var reply = Reply.sentence("claim.done", effects: [.operators(identities, isOperator: true)])
        reply.newOwner = person.id
        return reply
    }
}
