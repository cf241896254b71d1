/// The slash commands: what is registered at Discord, and how an interaction becomes one of our command lines.
///
/// Limits (https://discord.com/developers/docs/interactions/application-commands): 100 commands, 25 options, names of 1 to
/// 32 characters, descriptions of 1 to 100, 8,000 characters in a command altogether. A command's name is the same in every
/// language, because it is what help and answers call it; descriptions and options are in the reader's.
package struct DiscordCommandBook: Sendable {
    package struct Command: Sendable {
        package var name: String
        /// By language; English is there.
        package var descriptions: [String: String]
        /// Where it can be given: direct messages, servers.
        package var inPrivate: Bool
        package var inPlaces: Bool
        /// In a server it is shown to those who may manage it. A convenience: the right is checked when it arrives.
        package var isForManagers: Bool

        package init(
            name: String, descriptions: [String: String], inPrivate: Bool, inPlaces: Bool, isForManagers: Bool = false
        ) {
            self.name = name
            self.descriptions = descriptions
            self.inPrivate = inPrivate
            self.inPlaces = inPlaces
            self.isForManagers = isForManagers
        }
    }

    static let most = 100
    static let charactersLimit = 8_000
    private static let descriptionLimit = 100

    private struct Entry: Sendable {
        var command: Command
        var options: [DiscordOption]
    }

    private let entries: [Entry]
    private let byName: [String: [DiscordOption]]
    private let languages: [String]
    private let words: [String: [String: String]]

    /// - Parameters:
    ///   - languages: codes of the locales, English among them.
    ///   - word: the entry `discord.<key>` in a language.
    package init(
        commands: [Command], languages: [String], word: (_ key: String, _ language: String) throws -> String
    ) rethrows {
        let codes = languages.sorted()
        self.languages = codes
        entries = commands.prefix(DiscordCommandBook.most).map {
            Entry(command: $0, options: DiscordOption.options(of: $0.name, languages: codes))
        }
        byName = Dictionary(entries.map { ($0.command.name, $0.options) }) { first, _ in first }
        var words: [String: [String: String]] = [:]
        for name in DiscordOption.names {
            for key in ["option.\(name)", "about.\(name)"] {
                for code in codes { words[key, default: [:]][code] = try word("discord.\(key)", code) }
            }
        }
        self.words = words
    }

    // MARK: From an interaction

    /// `/subscribe BTC ETH min 70%`; `nil` for a command that is not ours. Text of people is one line.
    func line(for data: JSONValue) -> String? {
        guard let name = data["name"]?.string, let options = byName[name] else { return nil }
        let given = Dictionary(
            (data["options"]?.array ?? []).compactMap { option in
                option["name"]?.string.flatMap { name in option["value"].map { (name, $0) } }
            }
        ) { first, _ in first }
        var parts = ["/\(name)"]
        for option in options {
            guard let value = given[option.name] else { continue }
            let text: String
            switch value {
            case .string(let string): text = string
            case .integer(let number): text = "\(number)"
            default: continue
            }
            parts.append(option.lead + text.replacing("\n", with: " ") + option.tail)
        }
        return parts.joined(separator: " ")
    }

    func completesSymbols(command: String, option: String) -> Bool {
        switch kind(command, option) {
        case .symbol, .symbols: true
        case .text, .integer, .choice, nil: false
        }
    }

    func isList(command: String, option: String) -> Bool { kind(command, option) == .symbols }

    private func kind(_ command: String, _ option: String) -> DiscordOption.Kind? {
        byName[command]?.first { $0.name == option }?.kind
    }

    // MARK: For registration

    /// The body of `PUT /applications/{id}/commands`.
    var json: JSONValue { .array(entries.map(json)) }

    private func json(_ entry: Entry) -> JSONValue {
        var contexts: [JSONValue] = []
        if entry.command.inPlaces { contexts.append(0) }
        if entry.command.inPrivate { contexts.append(1) }
        let descriptions = entry.command.descriptions
        return .object([
            "name": .string(entry.command.name), "type": 1,
            "description": .string(description(descriptions["en"] ?? "", or: entry.command.name)),
            "description_localizations": localizations {
                descriptions[$0].map { description($0, or: entry.command.name) }
            },
            "options": .array(entry.options.map(json)), "contexts": .array(contexts), "integration_types": [0],
            "default_member_permissions": entry.command.isForManagers ? 32 : .null, "nsfw": false,
        ])
    }

    private func json(_ option: DiscordOption) -> JSONValue {
        let about = words["about.\(option.name)"] ?? [:]
        let names = words["option.\(option.name)"] ?? [:]
        var members: [String: JSONValue] = [
            "type": .integer(option.type), "name": .string(option.name),
            "name_localizations": localizations { DiscordCommandBook.optionName(names[$0]) },
            "description": .string(description(about["en"] ?? "", or: option.name)),
            "description_localizations": localizations { about[$0].map { description($0, or: option.name) } },
            "required": .bool(option.isRequired),
        ]
        switch option.kind {
        case .text: break
        case .symbol, .symbols: members["autocomplete"] = true
        case .integer(let range):
            members["min_value"] = .integer(Int64(range.lowerBound))
            members["max_value"] = .integer(Int64(range.upperBound))
        case .choice(let values):
            members["choices"] = .array(
                values.prefix(25).map { .object(["name": .string($0), "value": .string($0)]) })
        }
        return .object(members)
    }

    /// Discord's tags of our languages other than English, which is the default.
    private func localizations(_ text: (String) -> String?) -> JSONValue {
        var members: [String: JSONValue] = [:]
        for code in languages where code != "en" {
            guard let text = text(code) else { continue }
            for tag in DiscordCommandBook.tags(of: code) { members[tag] = .string(text) }
        }
        return .object(members)
    }

    /// https://discord.com/developers/docs/reference#locales
    private static func tags(of code: String) -> [String] {
        switch code {
        case "es": ["es-ES", "es-419"]
        case "pt": ["pt-BR"]
        case "sv": ["sv-SE"]
        case "zh": ["zh-CN"]
        case "cs", "da", "de", "fr", "hr", "id", "it", "lt", "hu", "nl", "no", "pl", "ro", "fi", "vi", "tr", "el", "bg",
            "ru", "uk", "hi", "th", "ja", "ko":
            [code]
        default: []
        }
    }

    /// Lower case, letters, digits, `-` and `_`, 1 to 32 of them; else the option keeps its own name.
    private static func optionName(_ text: String?) -> String? {
        guard let text = text?.lowercased(), (1...32).contains(text.count),
            text.unicodeScalars.allSatisfy({
                $0.properties.isAlphabetic || $0.properties.numericType != nil || $0 == "-" || $0 == "_"
            })
        else { return nil }
        return text
    }

    private func description(_ text: String, or name: String) -> String {
        let line = text.replacing("\n", with: " ")
        guard !line.isEmpty else { return name }
        guard line.utf16.count > DiscordCommandBook.descriptionLimit else { return line }
        var cut = line.prefix(utf16: DiscordCommandBook.descriptionLimit - 1)
        if let blank = cut.lastIndex(of: " ") { cut = String(cut[..<blank]) }
        return cut + "…"
    }
}

extension JSONValue: ExpressibleByArrayLiteral {
    init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
}
