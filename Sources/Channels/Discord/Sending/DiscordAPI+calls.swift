import Market

extension DiscordAPI {
    /// Who the bot is.
    package func currentUser() async throws(DiscordError) -> DiscordBot {
        let answer = try await call(
            DiscordRequest(method: "GET", route: "GET /users/@me", path: "/users/@me", label: "get me"))
        guard let id = answer.json["id"]?.string, let name = answer.json["username"]?.string else {
            throw .outcomeUnknown(reason: "a user without id or name")
        }
        return DiscordBot(id: id, username: name)
    }

    /// The application's id: the setting, or what the server says.
    func applicationID() async throws(DiscordError) -> String {
        if let known = configuredApplication { return known }
        let answer = try await call(
            DiscordRequest(
                method: "GET", route: "GET /applications/@me", path: "/applications/@me", label: "get application"))
        guard let id = answer.json["id"]?.string, DiscordAddress.isSnowflake(id) else {
            throw .outcomeUnknown(reason: "an application without id")
        }
        return id
    }

    /// The direct-message channel with a person; the same one each time.
    func directMessageChannel(user: String) async throws(DiscordError) -> String {
        let answer = try await call(
            DiscordRequest(
                method: "POST", route: "POST /users/@me/channels", path: "/users/@me/channels",
                body: .object(["recipient_id": .string(user)]), label: "open dm"))
        guard let id = answer.json["id"]?.string, DiscordAddress.isSnowflake(id) else {
            throw .outcomeUnknown(reason: "a channel without id")
        }
        return id
    }

    func createMessage(
        channel: String, _ payload: DiscordPayload, nonce: String, silent: Bool
    ) async throws(DiscordError) -> DiscordAnswer {
        var members = payload.members
        members["nonce"] = .string(nonce)
        members["enforce_nonce"] = true
        if silent { members["flags"] = .integer(Int64(DiscordPayload.suppressNotifications)) }
        return try await call(
            DiscordRequest(
                method: "POST", route: "POST /channels/*/messages", path: "/channels/\(channel)/messages",
                resource: channel, body: .object(members), label: "create message"))
    }

    func editMessage(
        channel: String, message: String, _ payload: DiscordPayload
    ) async throws(DiscordError) -> DiscordAnswer {
        try await call(
            DiscordRequest(
                method: "PATCH", route: "PATCH /channels/*/messages/*",
                path: "/channels/\(channel)/messages/\(message)",
                resource: channel, body: .object(payload.members), label: "edit message"))
    }

    /// What the gateway's address is and how often a session may still be begun.
    func gateway() async throws(DiscordError) -> GatewayOffer {
        let answer = try await call(
            DiscordRequest(method: "GET", route: "GET /gateway/bot", path: "/gateway/bot", label: "get gateway"))
        guard let offer = GatewayOffer(answer.json) else {
            throw .outcomeUnknown(reason: "a gateway without address or limit")
        }
        return offer
    }

    /// Replaces all commands of the application.
    func putCommands(application: String, _ commands: JSONValue) async throws(DiscordError) {
        _ = try await call(
            DiscordRequest(
                method: "PUT", route: "PUT /applications/*/commands", path: "/applications/\(application)/commands",
                body: commands, label: "put commands"))
    }

    // MARK: Interactions

    /// The first answer to an interaction.
    func answer(_ interaction: InteractionRoute, _ callback: JSONValue) async throws(DiscordError) {
        _ = try await call(
            DiscordRequest(
                method: "POST", route: "POST /interactions/*/*/callback",
                path: "/interactions/\(interaction.id)/\(interaction.token)/callback", resource: interaction.id,
                body: callback, isInteraction: true, label: "answer interaction"), deadline: .seconds(5))
    }

    /// Replaces the first answer, or the message that a pressed button sits on.
    func editAnswer(
        _ interaction: InteractionRoute, _ payload: DiscordPayload
    ) async throws(DiscordError) -> DiscordAnswer {
        try await call(
            DiscordRequest(
                method: "PATCH", route: "PATCH /webhooks/*/*/messages/@original",
                path: "/webhooks/\(interaction.application)/\(interaction.token)/messages/@original",
                resource: interaction.token, body: .object(payload.members), isInteraction: true,
                label: "edit answer"))
    }

    func deleteAnswer(_ interaction: InteractionRoute) async throws(DiscordError) {
        _ = try await call(
            DiscordRequest(
                method: "DELETE", route: "DELETE /webhooks/*/*/messages/@original",
                path: "/webhooks/\(interaction.application)/\(interaction.token)/messages/@original",
                resource: interaction.token, isInteraction: true, label: "delete answer"))
    }

    /// A further message under an interaction that was acknowledged.
    func followUp(
        _ interaction: InteractionRoute, _ payload: DiscordPayload, isEphemeral: Bool
    ) async throws(DiscordError) -> DiscordAnswer {
        var members = payload.members
        if isEphemeral { members["flags"] = .integer(Int64(DiscordPayload.ephemeral)) }
        return try await call(
            DiscordRequest(
                method: "POST", route: "POST /webhooks/*/*",
                path: "/webhooks/\(interaction.application)/\(interaction.token)", resource: interaction.token,
                body: .object(members), isInteraction: true, label: "follow up"))
    }
}

/// Who the bot is at Discord.
package struct DiscordBot: Hashable, Sendable {
    package var id: String
    package var username: String
}
