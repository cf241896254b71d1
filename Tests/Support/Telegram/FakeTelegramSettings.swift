import Foundation

/// What a bot tells the server of itself: its webhook, the updates it wants, its menus.
extension FakeTelegramState {
    // MARK: Webhook

    mutating func setWebhook(_ parameters: FakeTelegramParameters) -> LoopbackResponse {
        let url = parameters.string("url") ?? ""
        if !url.isEmpty {
            guard let parts = URLComponents(string: url), let host = parts.host, !host.isEmpty else {
                return bad("bad webhook: invalid webhook URL specified")
            }
            guard parts.scheme == "https" else {
                return bad("bad webhook: An HTTPS URL must be provided for webhook")
            }
            guard [443, 80, 88, 8443].contains(parts.port ?? 443) else {
                return bad("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
            }
        }
        if let secret = parameters.string("secret_token"), secret.wholeMatch(of: /[A-Za-z0-9_-]{1,256}/) == nil {
            return bad("secret token contains unallowed characters")
        }
        if let count = parameters.integer("max_connections"), !(1...100).contains(count) {
            return bad("bad webhook: max_connections must be between 1 and 100")
        }
        setAllowedUpdates(parameters)
        if parameters.flag("drop_pending_updates") { updatesHead = updates.count }
        webhook = url
        return truth
    }

    mutating func deleteWebhook(_ parameters: FakeTelegramParameters) -> LoopbackResponse {
        webhook = ""
        if parameters.flag("drop_pending_updates") { updatesHead = updates.count }
        return truth
    }

    var webhookInfo: LoopbackResponse {
        let pending = updates.count - updatesHead
        let kinds = allowedUpdates.map { ",\"allowed_updates\":[\($0.sorted().map(jsonText).joined(separator: ","))]" }
        return result(
            "{\"url\":\(jsonText(webhook)),\"has_custom_certificate\":false,\"pending_update_count\":\(pending)"
                + "\(kinds ?? "")}")
    }

    /// Holds for updates to come; what is not said again stays, and an empty list is the ordinary set.
    mutating func setAllowedUpdates(_ parameters: FakeTelegramParameters) {
        guard let kinds = parameters.list("allowed_updates") as? [String] else { return }
        allowedUpdates = kinds.isEmpty ? nil : Set(kinds)
    }

    /// Whether the update with these members is one that the bot is given.
    func isAllowed(_ members: String) -> Bool {
        let kind = members.split(separator: "\"", maxSplits: 1).first.map(String.init) ?? ""
        if let allowedUpdates { return allowedUpdates.contains(kind) }
        return !["chat_member", "message_reaction", "message_reaction_count"].contains(kind)
    }

    // MARK: Menus

    mutating func setMyCommands(_ parameters: FakeTelegramParameters) -> LoopbackResponse {
        guard let commands = parameters.list("commands") as? [[String: Any]], commands.count <= 100 else {
            return bad("can't parse commands")
        }
        var names: [String] = []
        for command in commands {
            guard let name = command["command"] as? String, let text = command["description"] as? String,
                name.wholeMatch(of: /[a-z0-9_]{1,32}/) != nil, (1...256).contains(text.utf16.count)
            else { return bad("BOT_COMMAND_INVALID") }
            names.append(name)
        }
        let key = menu(parameters)
        journal.menus[key] = names
        menus[key] =
            "["
            + commands.map {
                "{\"command\":\(jsonText($0["command"] as? String ?? "")),"
                    + "\"description\":\(jsonText($0["description"] as? String ?? ""))}"
            }.joined(separator: ",") + "]"
        return truth
    }

    func getMyCommands(_ parameters: FakeTelegramParameters) -> LoopbackResponse {
        result(menus[menu(parameters)] ?? "[]")
    }

    mutating func deleteMyCommands(_ parameters: FakeTelegramParameters) -> LoopbackResponse {
        menus[menu(parameters)] = nil
        journal.menus[menu(parameters)] = nil
        return truth
    }

    private func menu(_ parameters: FakeTelegramParameters) -> String {
        let scope = parameters.object("scope")
        let kind = scope?["type"] as? String ?? "default"
        let chat = (scope?["chat_id"] as? NSNumber).map { ":\($0)" } ?? ""
        return "\(kind)\(chat)/\(parameters.string("language_code") ?? "")"
    }
}
