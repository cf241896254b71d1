import Messages

/// What is stored and why.
struct PrivacyCommand: Command {
    let name = "privacy"
    let access = CommandAccess.anyone

    func run(_ context: CommandContext) throws -> Reply {
        Reply(
            Content(
                "privacy", [:],
                buttons: context.isStranger || context.isPlace
                    ? []
                    : [
                        [
                            ContentButton(.word("button.export"), "/export"),
                            ContentButton(.word("button.forget"), "/forget"),
                        ]
                    ]))
    }
}
