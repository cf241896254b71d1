/// The menu of commands for one scope and one language.
package struct TelegramCommandList: Hashable, Sendable {
    package struct Command: Hashable, Sendable {
        package var name: String
        package var description: String
        package init(name: String, description: String) {
            self.name = name
            self.description = description
        }
    }

    /// Whom the menu is shown to. Cosmetic: rights are checked when a command is run.
    package enum Scope: Hashable, Sendable {
        case everywhere
        case privateChats
        case groups
        case groupAdministrators
        /// One chat, such as an operator's.
        case chat(Int64)
    }

    package let scope: Scope
    /// Two letters; `nil` is for every language without a menu of its own.
    package let language: String?
    package let commands: [Command]

    /// Keeps what the platform takes: names of 1 to 32 of `a–z 0–9 _` (others are left out), descriptions cut to 256
    /// characters (the name where empty), a hundred commands. Of a tag such as `pt-BR` the first two letters count.
    package init(scope: Scope, language: String? = nil, commands: [Command]) {
        self.scope = scope
        let letters = language?.prefix { $0 != "-" && $0 != "_" }.lowercased()
        self.language = letters?.utf8.count == 2 ? letters : nil
        self.commands = Array(
            commands.filter { command in
                (1...32).contains(command.name.utf8.count)
                    && command.name.utf8.allSatisfy {
                        (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F
                    }
            }.map { command in
                let text = TelegramText.clean(command.description).prefix(utf16: 256)
                return Command(name: command.name, description: text.isEmpty ? command.name : text)
            }.prefix(100))
    }
}

extension TelegramCommandList.Scope {
    var json: JSONValue {
        switch self {
        case .everywhere: .object(["type": "default"])
        case .privateChats: .object(["type": "all_private_chats"])
        case .groups: .object(["type": "all_group_chats"])
        case .groupAdministrators: .object(["type": "all_chat_administrators"])
        case .chat(let id): .object(["type": "chat", "chat_id": .integer(id)])
        }
    }
}
