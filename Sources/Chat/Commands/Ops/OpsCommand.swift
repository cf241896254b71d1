import Messages

/// What operators do: `/ops` and a word.
struct OpsCommand: Command {
    let name = "ops"
    let access = CommandAccess.operator

    func scene(of invocation: Invocation) -> CommandScene { .privateOnly }

    /// One thing operators do.
    protocol Subcommand: Sendable {
        /// The word behind `/ops`.
        var name: String { get }
        func run(_ context: CommandContext, _ arguments: [String]) throws -> Reply
    }

    static let subcommands: [any Subcommand] = [
        OpsStatus(), OpsSources(), OpsQueue(), OpsDead(), OpsRetry(), OpsPause(), OpsResume(), OpsDrain(), OpsUsers(),
        OpsRole(), OpsBan(), OpsInvite(), OpsAudit(), OpsSilence(), OpsBroadcast(), OpsRetrain(), OpsCost(),
        OpsBackup(), OpsTest(), OpsLog(),
    ]

    func run(_ context: CommandContext) throws -> Reply {
        let word = context.word(0) ?? "status"
        if let subcommand = OpsCommand.subcommands.first(where: { $0.name == word }) {
            return try subcommand.run(context, Array(context.arguments.dropFirst()))
        }
        let names = OpsCommand.subcommands.map(\.name)
        let nearest = NearestWords.nearest(to: word, among: names, count: 2)
        return .sentence(
            "ops.unknown", ["text": .text(UntrustedText.shown(word)), "known": .text(names.joined(separator: ", "))],
            buttons: [nearest.map { ContentButton(.text("/ops \($0)"), "/ops \($0)") }])
    }
}
