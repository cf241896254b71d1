import Chat
import Market
import People

/// Theirs to ours, without waiting.
///
/// - In a direct message the scene is the person's private chat, whose address is the channel's id; in a guild it is the
///   channel (or thread), a place whose identity is its id.
/// - Who may administer a place is what the interaction says of its member: Manage Server, or Administrator.
/// - Only direct messages are read as text; in guilds people speak to us by commands and buttons, so that nobody's talk
///   is ever received.
struct DiscordMapping: Sendable {
    /// https://discord.com/developers/docs/topics/permissions
    private static let administrator: UInt64 = 1 << 3
    private static let manageServer: UInt64 = 1 << 5
    /// Longest text of a message, in UTF-16 units.
    private static let textUnits = 4_000

    enum Interaction: Hashable, Sendable {
        case ping
        case autocomplete(route: InteractionRoute, command: String, option: String, typed: String)
        case message(IncomingMessage, InteractionRoute)
        case ignored(String)
        case malformed(String)
    }

    var commands: DiscordCommandBook

    static func updateKey(_ id: String) -> String { "discord:\(id)" }

    func interaction(_ json: JSONValue, receivedAt: Timestamp) -> Interaction {
        guard let type = json["type"]?.integer else { return .malformed("an interaction without type") }
        if type == 1 { return .ping }
        guard let id = json["id"]?.string, let token = json["token"]?.string,
            let application = json["application_id"]?.string,
            InteractionRoute.isSound(id: id, application: application, token: token)
        else { return .malformed("an interaction without id, application or token") }
        func route(_ kind: InteractionRoute.Kind) -> InteractionRoute {
            InteractionRoute(id: id, application: application, kind: kind, token: token)
        }
        guard let data = json["data"] else { return .ignored("kind") }
        switch type {
        case 2:
            guard data["type"]?.integer ?? 1 == 1, let line = commands.line(for: data) else {
                return .ignored("command")
            }
            return message(json, line, route(.command))
        case 3:
            // Anything else was not made by us: a select menu, or a button of another version.
            guard let line = data["custom_id"]?.string, line.hasPrefix("/") else { return .ignored("component") }
            return message(json, line, route(.component))
        case 4:
            let focused = data["options"]?.array?.first { $0["focused"]?.bool == true }
            guard let command = data["name"]?.string, let option = focused?["name"]?.string else {
                return .malformed("an autocomplete without focus")
            }
            return .autocomplete(
                route: route(.command), command: command, option: option,
                typed: String((focused?["value"]?.string ?? "").prefix(100)))
        default: return .ignored("kind")
        }

        func message(_ json: JSONValue, _ line: String, _ route: InteractionRoute) -> Interaction {
            guard let user = json["member"]?["user"] ?? json["user"], let sender = user["id"]?.string,
                let channel = json["channel_id"]?.string ?? json["channel"]?["id"]?.string,
                DiscordAddress.isSnowflake(sender), DiscordAddress.isSnowflake(channel)
            else { return .malformed("an interaction without user or channel") }
            if user["bot"]?.bool == true { return .ignored("bot") }
            let isGuild = json["guild_id"]?.string != nil
            // Somebody else's private channel, where a person brought us along.
            if !isGuild, json["context"]?.integer == 2 { return .ignored("private channel") }
            let scene: IncomingMessage.Scene =
                isGuild
                ? .place(
                    channel: .discord, address: channel, identity: Identity(platform: .discord, externalID: channel))
                : .privateChat(channel: .discord, address: channel)
            let permissions = json["member"]?["permissions"]?.string.flatMap { UInt64($0) } ?? 0
            return .message(
                IncomingMessage(
                    updateKey: DiscordMapping.updateKey(route.id),
                    sender: Identity(platform: .discord, externalID: sender), scene: scene, text: line,
                    pressedOn: route.kind == .component ? json["message"]?["id"]?.string : nil,
                    languageHint: json["locale"]?.string,
                    senderIsPlaceAdministrator: isGuild
                        ? permissions & (DiscordMapping.administrator | DiscordMapping.manageServer) != 0 : nil,
                    answerRoute: route.text, receivedAt: receivedAt), route)
        }
    }

    /// A direct message to the bot; `nil` for everything else that is written.
    func directMessage(_ json: JSONValue, receivedAt: Timestamp) -> IncomingMessage? {
        guard json["guild_id"]?.string == nil, json["webhook_id"]?.string == nil, let id = json["id"]?.string,
            let channel = json["channel_id"]?.string, let sender = json["author"]?["id"]?.string,
            json["author"]?["bot"]?.bool != true, DiscordAddress.isSnowflake(id), DiscordAddress.isSnowflake(channel),
            DiscordAddress.isSnowflake(sender)
        else { return nil }
        // 0 is a message, 19 a reply; the others say that something happened.
        guard [0, 19].contains(json["type"]?.integer ?? 0) else { return nil }
        return IncomingMessage(
            updateKey: DiscordMapping.updateKey(id), sender: Identity(platform: .discord, externalID: sender),
            scene: .privateChat(channel: .discord, address: channel),
            text: (json["content"]?.string ?? "").prefix(utf16: DiscordMapping.textUnits), receivedAt: receivedAt)
    }
}
