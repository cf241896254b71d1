import Foundation

/// What people do at the fake.
extension FakeDiscord {
    package struct Posed: Sendable {
        package var id: String
        package var token: String
        package var json: FakeJSON
    }

    /// Makes an interaction that the fake will take answers to, without sending it anywhere.
    ///
    /// - Parameters:
    ///   - type: 2 a command, 3 a pressed button, 4 autocomplete.
    ///   - guild: `nil` in a private channel.
    ///   - permissions: of the member, as Discord writes them.
    package func pose(
        type: Int, data: FakeJSON, user: String, channel: String? = nil, guild: String? = nil,
        permissions: String = "0", locale: String = "en-US", message: String? = nil
    ) -> Posed {
        change { state in
            let place = channel ?? state.privateChannel(of: user)
            if state.channels[place] == nil { state.channels[place] = .init(isPrivate: guild == nil) }
            let id = state.newID()
            let token = "aW50ZXJhY3Rpb246" + id
            state.interactions[id] = .init(
                token: token, type: type, channel: place, opened: .now,
                original: message.flatMap { id in state.journal.messages.firstIndex { $0.id == id } })
            let person: FakeJSON = [
                "id": .string(user), "username": .string("person\(user)"), "discriminator": "0", "avatar": .null,
                "global_name": .null,
            ]
            var members: [String: FakeJSON] = [
                "id": .string(id), "application_id": .string(state.applicationID), "type": .number(Double(type)),
                "token": .string(token), "version": 1, "data": data, "channel_id": .string(place),
                "locale": .string(locale), "entitlements": [], "authorizing_integration_owners": [:],
                "attachment_size_limit": 10_485_760, "app_permissions": "0", "channel": state.channelJSON(place),
            ]
            if let guild {
                members["guild_id"] = .string(guild)
                members["guild"] = ["id": .string(guild), "features": [], "locale": "en-US"]
                members["context"] = 0
                members["member"] = [
                    "user": person, "permissions": .string(permissions), "roles": [],
                    "joined_at": "2026-01-01T00:00:00.000000+00:00", "deaf": false, "mute": false, "flags": 0,
                    "nick": .null, "avatar": .null, "premium_since": .null, "pending": false,
                    "communication_disabled_until": .null,
                ]
            } else {
                members["context"] = 1
                members["user"] = person
            }
            if let message, let index = state.journal.messages.firstIndex(where: { $0.id == message }) {
                members["message"] = state.messageJSON(state.journal.messages[index])
            }
            return Posed(id: id, token: token, json: .object(members))
        }
    }

    /// A slash command with string options, sent through the gateway.
    @discardableResult
    package func command(
        _ name: String, _ options: [String: FakeJSON] = [:], user: String, channel: String? = nil,
        guild: String? = nil, permissions: String = "0", locale: String = "en-US"
    ) async -> Posed {
        let posed = pose(
            type: 2, data: FakeDiscord.commandData(name, options), user: user, channel: channel, guild: guild,
            permissions: permissions, locale: locale)
        await dispatch("INTERACTION_CREATE", posed.json)
        return posed
    }

    package static func commandData(_ name: String, _ options: [String: FakeJSON] = [:]) -> FakeJSON {
        [
            "id": "1", "name": .string(name), "type": 1,
            "options": .array(
                options.sorted { $0.key < $1.key }.map { option in
                    let isNumber = option.value.integer != nil
                    return ["name": .string(option.key), "type": isNumber ? 4 : 3, "value": option.value]
                }),
        ]
    }

    /// A pressed button of a message, sent through the gateway.
    @discardableResult
    package func press(
        _ customID: String, on message: String, user: String, channel: String? = nil, guild: String? = nil,
        permissions: String = "0"
    ) async -> Posed {
        let posed = pose(
            type: 3, data: ["custom_id": .string(customID), "component_type": 2], user: user, channel: channel,
            guild: guild, permissions: permissions, message: message)
        await dispatch("INTERACTION_CREATE", posed.json)
        return posed
    }

    /// Somebody types an option of a command and wants suggestions.
    @discardableResult
    package func types(_ text: String, option: String, of command: String, user: String) async -> Posed {
        let posed = pose(
            type: 4,
            data: [
                "id": "1", "name": .string(command), "type": 1,
                "options": [["name": .string(option), "type": 3, "value": .string(text), "focused": true]],
            ], user: user)
        await dispatch("INTERACTION_CREATE", posed.json)
        return posed
    }

    /// A direct message to the bot.
    @discardableResult
    package func say(_ text: String, user: String) async -> String {
        let (id, channel) = change { state in (state.newID(), state.privateChannel(of: user)) }
        await dispatch(
            "MESSAGE_CREATE",
            [
                "id": .string(id), "channel_id": .string(channel), "content": .string(text), "type": 0,
                "author": ["id": .string(user), "username": "person", "discriminator": "0", "avatar": .null],
                "timestamp": "2026-01-01T00:00:00.000000+00:00", "edited_timestamp": .null, "tts": false,
                "mention_everyone": false, "mentions": [], "mention_roles": [], "attachments": [], "embeds": [],
                "pinned": false,
            ])
        return id
    }
}

extension FakeDiscord {
    /// The first answer of an interaction came as the response to the request that posted it.
    package func acknowledge(_ interaction: String) {
        change {
            $0.interactions[interaction]?.isAcknowledged = true
            $0.interactions[interaction]?.isDeferred = true
        }
    }
}
