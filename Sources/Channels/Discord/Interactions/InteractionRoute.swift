import Messages

/// The way back to an interaction: `OutboxContent.Answer.route` in Discord's spelling. The token opens that way for
/// fifteen minutes and is never shown.
struct InteractionRoute: Hashable, Sendable, CustomStringConvertible {
    enum Kind: String, Hashable, Sendable {
        case command
        /// A pressed button.
        case component
    }

    var id: String
    var application: String
    var kind: Kind
    var token: String

    init(id: String, application: String, kind: Kind, token: String) {
        self.id = id
        self.application = application
        self.kind = kind
        self.token = token
    }

    init?(_ text: String) {
        let parts = text.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4, let kind = Kind(rawValue: parts[0]),
            InteractionRoute.isSound(id: parts[1], application: parts[2], token: parts[3])
        else { return nil }
        self.init(id: parts[1], application: parts[2], kind: kind, token: parts[3])
    }

    var text: String { "\(kind.rawValue) \(id) \(application) \(token)" }
    var description: String { "interaction \(id)" }

    /// Ids and token become parts of a path.
    static func isSound(id: String, application: String, token: String) -> Bool {
        DiscordAddress.isSnowflake(id) && DiscordAddress.isSnowflake(application)
            && (1...512).contains(token.utf8.count)
            && token.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || [0x2D, 0x2E, 0x3D, 0x5F, 0x7E].contains(byte)
            }
    }
}

/// What a first answer to an interaction says.
/// https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-response-object
enum InteractionCallback {
    static let pong = JSONValue.object(["type": 1])

    /// A new message below the question.
    static func message(_ payload: DiscordPayload, isEphemeral: Bool) -> JSONValue {
        var data = payload.members
        if isEphemeral { data["flags"] = .integer(Int64(DiscordPayload.ephemeral)) }
        return .object(["type": 4, "data": .object(data)])
    }

    /// The message that the pressed button sits on becomes this.
    static func update(_ payload: DiscordPayload) -> JSONValue {
        .object(["type": 7, "data": .object(payload.members)])
    }

    /// "Thinking…"; whether only the asker sees the answer is fixed with it.
    static func deferred(_ kind: InteractionRoute.Kind, isEphemeral: Bool) -> JSONValue {
        switch kind {
        case .component: .object(["type": 6])
        case .command:
            isEphemeral
                ? .object(["type": 5, "data": .object(["flags": .integer(Int64(DiscordPayload.ephemeral))])])
                : .object(["type": 5])
        }
    }

    static func choices(_ choices: [SymbolSuggestion]) -> JSONValue {
        .object([
            "type": 8,
            "data": .object([
                "choices": .array(
                    choices.prefix(25).map { .object(["name": .string($0.name), "value": .string($0.value)]) })
            ]),
        ])
    }
}
