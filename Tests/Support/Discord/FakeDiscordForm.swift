/// What the API refuses in a message or a command, by the documented limits.
extension FakeDiscordState {
    /// What is wrong with a message, if anything.
    func complaint(about body: FakeJSON) -> String? {
        let content = body["content"]?.string ?? ""
        if content.count > 2000 { return "content: Must be 2000 or fewer in length." }
        let embeds = body["embeds"]?.array ?? []
        if embeds.count > 10 { return "embeds: Must be 10 or fewer." }
        var total = 0
        for embed in embeds {
            let title = embed["title"]?.string ?? ""
            let description = embed["description"]?.string ?? ""
            if title.count > 256 { return "embeds.title: Must be 256 or fewer in length." }
            if description.count > 4096 { return "embeds.description: Must be 4096 or fewer in length." }
            if title.isEmpty, description.isEmpty { return "embeds: This embed is empty." }
            total += title.utf16.count + description.utf16.count
        }
        if total > 6000 { return "embeds: Embed size exceeds maximum size of 6000." }
        if let nonce = body["nonce"]?.string, nonce.utf16.count > 25 { return "nonce: Must be 25 or fewer in length." }
        let rows = body["components"]?.array ?? []
        if rows.count > 5 { return "components: Must be 5 or fewer." }
        var ids: Set<String> = []
        for row in rows {
            guard row["type"]?.integer == 1, let buttons = row["components"]?.array, (1...5).contains(buttons.count)
            else { return "components: bad row." }
            for button in buttons {
                let label = button["label"]?.string ?? ""
                guard button["type"]?.integer == 2, (1...80).contains(label.count) else { return "button: bad label." }
                if button["style"]?.integer == 5 {
                    guard let url = button["url"]?.string, (1...512).contains(url.count) else { return "button: url." }
                } else {
                    guard let id = button["custom_id"]?.string, (1...100).contains(id.count) else {
                        return "button: custom_id."
                    }
                    if !ids.insert(id).inserted { return "Component custom id cannot be duplicated" }
                }
            }
        }
        if content.allSatisfy(\.isWhitespace), embeds.isEmpty, rows.isEmpty { return "" }
        return nil
    }

    /// What is wrong with a list of slash commands, if anything.
    static func complaint(aboutCommands commands: [FakeJSON]) -> String? {
        var names: Set<String> = []
        for command in commands {
            guard let name = command["name"]?.string, isCommandName(name) else { return "name: not a command's name." }
            guard names.insert("\(command["type"]?.integer ?? 1) \(name)").inserted else {
                return "Application command names must be unique"
            }
            if let complaint = complaint(aboutCommand: command) { return "\(name): \(complaint)" }
        }
        return nil
    }

    private static func complaint(aboutCommand command: FakeJSON) -> String? {
        let text = command["description"]?.string ?? ""
        guard (1...100).contains(text.count) else { return "description: Must be between 1 and 100 in length." }
        let translations = command["name_localizations"]?.object?.values.compactMap(\.string) ?? []
        guard translations.allSatisfy(isCommandName) else { return "name_localizations: not a command's name." }
        let options = command["options"]?.array ?? []
        guard options.count <= 25 else { return "options: Must be 25 or fewer." }
        var mayBeRequired = true
        for option in options {
            guard let name = option["name"]?.string, isCommandName(name) else { return "options.name" }
            guard let text = option["description"]?.string, (1...100).contains(text.count) else {
                return "options.description: Must be between 1 and 100 in length."
            }
            guard let type = option["type"]?.integer, (1...11).contains(type) else { return "options.type" }
            let isRequired = option["required"]?.bool == true
            guard mayBeRequired || !isRequired else {
                return "Required options must be placed before non-required options"
            }
            mayBeRequired = isRequired
            let choices = option["choices"]?.array ?? []
            guard choices.count <= 25 else { return "options.choices: Must be 25 or fewer." }
            guard choices.isEmpty || option["autocomplete"]?.bool != true else { return "options.autocomplete" }
            if type <= 2, let complaint = complaint(aboutCommand: option) { return complaint }
        }
        return nil
    }

    /// Up to 32 letters, digits, dashes, underscores and apostrophes, in lower case where the letters have one.
    private static func isCommandName(_ name: String) -> Bool {
        (1...32).contains(name.count) && name == name.lowercased()
            && name.unicodeScalars.allSatisfy { scalar in
                scalar == "-" || scalar == "_" || scalar == "'" || scalar.properties.isAlphabetic
                    || scalar.properties.numericType != nil
            }
    }
}
