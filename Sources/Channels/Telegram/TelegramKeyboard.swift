import Messages

/// Buttons under a message, within the platform's limits.
///
/// A command of more than 64 bytes, a link that is not http(s) and a button without a label are left out here and
/// counted in `dropped`, because the server would refuse the whole message for one of them. Rows are eight wide and
/// there are a hundred buttons at the most (limits as in `python-telegram-bot`'s constants).
struct TelegramKeyboard: Hashable, Sendable {
    static let bytesOfData = 64
    static let perRow = 8
    static let most = 100
    static let labelUnits = 64

    private(set) var rows: [[Key]] = []
    private(set) var dropped = 0

    struct Key: Hashable, Sendable {
        var label: String
        var target: Target
        enum Target: Hashable, Sendable {
            case data(String)
            case url(String)
        }
    }

    init(_ buttons: [[Message.Button]]) {
        var left = TelegramKeyboard.most
        for row in buttons {
            var keys: [Key] = []
            for button in row {
                guard left > 0, let key = TelegramKeyboard.key(button) else {
                    dropped += 1
                    continue
                }
                left -= 1
                if keys.count == TelegramKeyboard.perRow {
                    rows.append(keys)
                    keys = []
                }
                keys.append(key)
            }
            if !keys.isEmpty { rows.append(keys) }
        }
    }

    private static func key(_ button: Message.Button) -> Key? {
        let label = TelegramText.clean(button.label).replacing("\n", with: " ").prefix(utf16: labelUnits)
        guard label.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else { return nil }
        switch button.action {
        case .command(let line):
            guard (1...bytesOfData).contains(line.utf8.count) else { return nil }
            return Key(label: label, target: .data(line))
        case .link(let url):
            return TelegramMarkup.isAllowed(link: url) ? Key(label: label, target: .url(url)) : nil
        }
    }

    /// `reply_markup`.
    var json: JSONValue {
        .object([
            "inline_keyboard": .array(
                rows.map { row in
                    .array(
                        row.map { key in
                            switch key.target {
                            case .data(let line): .object(["text": .string(key.label), "callback_data": .string(line)])
                            case .url(let url): .object(["text": .string(key.label), "url": .string(url)])
                            }
                        })
                })
        ])
    }
}
