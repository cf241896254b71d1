import Messages

/// Buttons as action rows. A button's `custom_id` is its command line, so that it works after a restart, with the rights
/// of whoever presses it.
///
/// At most five rows of five; a wider row goes on in the next. What the server would refuse the whole message for is left
/// out and counted in `dropped`: a command of more than 100 characters (ours have at most 64 bytes, as longer matters are
/// stored and named by number), a link that is not http(s), an empty label, a second button with the same command.
/// https://discord.com/developers/docs/components/reference
struct DiscordComponents: Hashable, Sendable {
    static let customIDLimit = 100
    static let labelLimit = 80
    static let linkLimit = 512
    static let perRow = 5
    static let mostRows = 5

    private enum Style: Int64 {
        case secondary = 2
        case link = 5
    }

    private(set) var rows: [[JSONValue]] = []
    private(set) var dropped = 0

    init(_ buttons: [[Message.Button]]) {
        var taken: Set<String> = []
        for row in buttons {
            var keys: [JSONValue] = []
            for button in row {
                guard let key = DiscordComponents.key(button, &taken), rows.count < DiscordComponents.mostRows else {
                    dropped += 1
                    continue
                }
                keys.append(key)
                if keys.count == DiscordComponents.perRow {
                    rows.append(keys)
                    keys = []
                }
            }
            if !keys.isEmpty { rows.append(keys) }
        }
    }

    private static func key(_ button: Message.Button, _ taken: inout Set<String>) -> JSONValue? {
        let label = cut(button.label.replacing("\n", with: " "))
        guard label.contains(where: { !$0.isWhitespace }) else { return nil }
        var members: [String: JSONValue] = ["type": 2, "label": .string(label)]
        switch button.action {
        case .command(let line):
            guard (1...customIDLimit).contains(line.utf16.count), taken.insert(line).inserted else { return nil }
            members["style"] = .integer(Style.secondary.rawValue)
            members["custom_id"] = .string(line)
        case .link(let url):
            guard let link = DiscordMarkup.safeLink(url), link.utf16.count <= linkLimit else { return nil }
            members["style"] = .integer(Style.link.rawValue)
            members["url"] = .string(link)
        }
        return .object(members)
    }

    private static func cut(_ label: String) -> String {
        guard label.utf16.count > labelLimit else { return label }
        var out = ""
        for character in label where out.utf16.count + character.utf16.count < labelLimit { out.append(character) }
        return out + "…"
    }

    /// `components`; an empty list takes the buttons of an edited message away.
    var json: JSONValue { .array(rows.map { .object(["type": 1, "components": .array($0)]) }) }
}
