import Market

/// What stands behind `/start`: an invitation `i_…`, a shared rule `rule_…`, or a command with its arguments parted by `_`,
/// such as `alert_BTC` or `chart_BTC_4h`. Telegram lets `A–Z a–z 0–9 _ -` through, 64 of them.
enum DeepLink: Hashable {
    case invitation(code: String)
    case sharedRule(code: String)
    case command(Invocation)
    /// The chat was opened from an inline answer, which means nothing more.
    case inline
    case unknown

    static let invitationPrefix = "i_"
    static let inlinePayload = "inline"
    /// Commands that a link may open: all of them only look.
    static let commands: Set<String> = ["price", "chart", "predict", "analyze", "alert"]

    init(_ payload: String) {
        if payload.hasPrefix(DeepLink.invitationPrefix) {
            self = .invitation(code: String(payload.dropFirst(DeepLink.invitationPrefix.count)))
        } else if payload.hasPrefix(SharedRule.prefix) {
            self = .sharedRule(code: String(payload.dropFirst(SharedRule.prefix.count)))
        } else if payload.lowercased() == DeepLink.inlinePayload {
            self = .inline
        } else {
            let words = payload.split(separator: "_").map(String.init)
            guard let name = words.first?.lowercased(), DeepLink.commands.contains(name), words.count > 1 else {
                self = .unknown
                return
            }
            let arguments = Array(words.dropFirst())
            self = .command(
                Invocation(name: name, arguments: arguments, rest: arguments.joined(separator: " ")))
        }
    }
}

extension Invocation {
    /// The command as if this text had been written behind it.
    init(name: String, text: String) {
        let arguments = text.split(separator: " ").prefix(Utterance.mostArguments).map(String.init)
        self.init(name: name, arguments: arguments, rest: text)
    }
}
