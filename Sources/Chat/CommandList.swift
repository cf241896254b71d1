import Messages

/// Every command that people can give, in the order of `/help`.
package struct CommandList: Sendable {
    package let all: [any Command]
    private let byName: [String: any Command]

    package init(_ commands: [any Command]) {
        all = commands
        byName = Dictionary(uniqueKeysWithValues: commands.map { ($0.name, $0) })
    }

    package static let standard = CommandList([
        StartCommand(), ClaimCommand(), HelpCommand(), PrivacyCommand(),
        PriceCommand(), MoversCommand(), OpportunitiesCommand(), PredictCommand(), AnalyzeCommand(), ChartCommand(),
        NewsCommand(), SentimentCommand(),
        SubscribeCommand(), UnsubscribeCommand(), ListCommand(), EntryCommand(),
        AlertCommand(), AlertsCommand(), PauseCommand(), ResumeCommand(), DeleteCommand(), ShareCommand(),
        HistoryCommand(),
        WhyCommand(), AckCommand(), SnoozeCommand(), UsefulCommand(), RemindCommand(),
        SettingsCommand(), LanguageCommand(), TimezoneCommand(), QuietCommand(), MuteCommand(), UnmuteCommand(),
        EmailCommand(), PhoneCommand(), VerifyCommand(), LinkCommand(),
        ChannelsCommand(), BudgetCommand(), EscalateCommand(),
        StopCommand(), BindCommand(), UnbindCommand(), ExportCommand(), ForgetCommand(),
        WhyNotCommand(), ScorecardCommand(), LedgerCommand(), DigestCommand(),
        OpsCommand(),
    ])

    /// Commands of the product that are not built yet; each has a sentence `planned.<name>` that says what it will do.
    package static let planned = [
        "dashboard", "hook", "paper", "performance", "positions", "risk",
    ]

    package subscript(name: String) -> (any Command)? { byName[name] }

    /// What anybody may be pointed to.
    var publicNames: [String] { all.filter { $0.access != .operator }.map(\.name) }

    /// Whether the text asks for something that only a place's administrators may do there: a front end that must ask
    /// the platform who they are does so only then.
    package func needsAdministrator(_ text: String) -> Bool {
        guard case .command(let invocation) = Utterance(text), let command = byName[invocation.name] else {
            return false
        }
        return switch command.scene(of: invocation) {
        case .administratorsInPlaces, .placesOnly: true
        case .everywhere, .privateOnly: false
        }
    }

    /// Whether the answer is for who asked, where a platform can keep it from the others of a place: settings, help,
    /// changes by administrators, what works in private only, and everything unknown.
    package func isDiscreet(_ text: String) -> Bool {
        guard case .command(let invocation) = Utterance(text), let command = byName[invocation.name] else {
            return true
        }
        return command.access != .member || command.scene(of: invocation) != .everywhere
            || ["settings", "history"].contains(command.name)
    }

    func answer(toUnknown invocation: Invocation) -> Reply {
        if CommandList.planned.contains(invocation.name) {
            return .sentence(
                "planned.answer",
                ["command": .text(invocation.name), "purpose": .word("planned.\(invocation.name)")])
        }
        let nearest = NearestWords.nearest(to: invocation.name, among: publicNames, count: 2)
        // What stood behind the mistyped name probably belongs to the right one.
        let tail = invocation.rest.isEmpty ? "" : " " + invocation.rest
        let buttons = nearest.map { name -> ContentButton in
            let line = "/\(name)\(tail)"
            return ContentButton(
                .text(line.utf8.count <= 40 ? line : "/\(name)"), line.utf8.count <= 40 ? line : "/\(name)")
        }
        return .sentence("error.unknown_command", ["command": .text(invocation.name)], buttons: [buttons])
    }
}
