/// What a slash command asks for, and how it becomes our command line.
struct DiscordOption: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case text
        /// One symbol, completed while it is typed.
        case symbol
        /// Symbols with blanks between, the last one completed.
        case symbols
        case integer(ClosedRange<Int>)
        /// Values that are the same in every language.
        case choice([String])
    }

    /// Also the key of its words: `discord.option.<name>` and `discord.about.<name>`.
    var name: String
    var kind: Kind
    var isRequired = false
    /// Stands around the value on the command line.
    var lead = ""
    var tail = ""

    /// Discord's number for the kind.
    var type: Int64 { if case .integer = kind { 4 } else { 3 } }

    static func symbol(required: Bool = true) -> DiscordOption {
        DiscordOption(name: "symbol", kind: .symbol, isRequired: required)
    }
    static let symbols = DiscordOption(name: "symbols", kind: .symbols)
    static let rule = DiscordOption(name: "id", kind: .integer(1...1_000_000_000), isRequired: true)
    static let timeframe = DiscordOption(name: "timeframe", kind: .choice(["1m", "5m", "15m", "1h", "4h", "1d", "1w"]))
    static func text(_ name: String, required: Bool = false) -> DiscordOption {
        DiscordOption(name: name, kind: .text, isRequired: required)
    }

    /// Options of each command in the order in which they stand on the line. A command that is not named here takes one
    /// free text, so that a new one works before it has options of its own.
    static func options(of command: String, languages: [String]) -> [DiscordOption] {
        switch command {
        case "privacy", "movers", "opportunities", "list", "alerts", "settings", "unmute", "stop", "bind", "unbind",
            "export", "forget", "positions", "performance", "dashboard":
            []
        case "start": [.text("code")]
        case "claim", "verify": [.text("code", required: true)]
        case "help": [.text("command")]
        case "price", "unsubscribe": [.symbols]
        case "subscribe": [.symbols, DiscordOption(name: "strength", kind: .integer(0...100), lead: "min ", tail: "%")]
        case "alert": [.text("rule")]
        case "pause", "resume", "delete", "why", "ack": [.rule]
        case "snooze": [.rule, .text("duration")]
        case "history", "scorecard": [.symbol(required: false)]
        case "predict": [.symbol(), DiscordOption(name: "horizon", kind: .choice(["1h", "4h", "1d", "1w"]))]
        case "analyze": [.symbol(), .timeframe]
        case "chart": [.symbol(), .timeframe, .text("studies")]
        case "sentiment", "news": [.symbol()]
        case "whynot": [.symbol(), .text("time")]
        case "remind": [.text("time", required: true), .text("text", required: true)]
        case "entry": [.symbol(), .text("price"), .text("amount")]
        case "paper": [DiscordOption(name: "switch", kind: .choice(["on", "off"]))]
        case "digest": [.text("schedule")]
        case "email": [.text("address")]
        case "phone": [.text("number")]
        case "link": [.text("code")]
        case "budget": [.text("count")]
        case "quiet": [.text("hours")]
        case "mute": [.text("duration")]
        case "timezone": [.text("zone")]
        case "language": [DiscordOption(name: "language", kind: .choice(languages))]
        case "risk": [DiscordOption(name: "level", kind: .choice(["low", "medium", "high"]))]
        default: [.text("arguments")]
        }
    }

    /// Names of every option there is, for their words.
    static let names = [
        "symbol", "symbols", "id", "timeframe", "code", "command", "strength", "rule", "duration", "horizon", "studies",
        "time", "text", "price", "amount", "switch", "schedule", "address", "number", "count", "hours", "zone",
        "language", "level", "arguments",
    ]
}
