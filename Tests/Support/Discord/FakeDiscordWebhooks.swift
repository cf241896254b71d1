/// Answers to interactions, and what is posted through webhooks.
extension FakeDiscordState {
    mutating func callback(_ id: String, token: String, _ body: FakeJSON, wants: Bool) -> LoopbackResponse {
        guard var interaction = interactions[id], interaction.token == token,
            interaction.isAcknowledged || interaction.opened.duration(to: .now) < interactionLife
        else { return Self.refusal(404, 10062, "Unknown interaction") }
        guard !interaction.isAcknowledged else {
            return Self.refusal(400, 40060, "Interaction has already been acknowledged.")
        }
        let data = body["data"] ?? .object([:])
        let type = body["type"]?.integer ?? 0
        var shown: Int?
        switch type {
        case 4:
            if let bad = invalid(data) { return bad }
            append(data, channel: interaction.channel, way: "answer")
            interaction.original = journal.messages.count - 1
            interaction.isEphemeral = (data["flags"]?.integer ?? 0) & 64 != 0
            shown = interaction.original
        case 5:
            interaction.isDeferred = true
            interaction.isEphemeral = (data["flags"]?.integer ?? 0) & 64 != 0
        case 6, 7:
            guard interaction.type == 3 else { return Self.refusal(400, 50035, "Invalid Form Body: type") }
            interaction.isDeferred = type == 6
            guard type == 7 else { break }
            if let bad = invalid(data) { return bad }
            if let index = interaction.original { _ = change(index, data) }
            shown = interaction.original
        case 8:
            guard interaction.type == 4 else { return Self.refusal(400, 50035, "Invalid Form Body: type") }
            let choices = data["choices"]?.array ?? []
            guard choices.count <= 25, choices.allSatisfy({ (1...100).contains($0["name"]?.string?.count ?? 0) }) else {
                return Self.refusal(400, 50035, "Invalid Form Body: choices")
            }
        default: return Self.refusal(400, 50035, "Invalid Form Body: type")
        }
        interaction.isAcknowledged = true
        interactions[id] = interaction
        journal.callbacks.append((id, body))
        guard wants else { return LoopbackResponse(status: 204) }
        var about: [String: FakeJSON] = [
            "id": .string(id), "type": .number(Double(interaction.type)),
            "response_message_loading": .bool(type == 5),
            "response_message_ephemeral": .bool(interaction.isEphemeral),
        ]
        var members: [String: FakeJSON] = [:]
        if let shown {
            let message = journal.messages[shown]
            about["response_message_id"] = .string(message.id)
            members["resource"] = ["type": .number(Double(type)), "message": messageJSON(message)]
        }
        members["interaction"] = .object(about)
        return .json(FakeJSON.object(members).text)
    }

    mutating func webhook(_ request: LoopbackRequest, _ parts: [String], _ body: FakeJSON) -> LoopbackResponse {
        guard !goneWebhooks.contains(parts[1]) else { return Self.refusal(404, 10015, "Unknown Webhook") }
        if let secret = webhooks[parts[1]] {
            guard secret == parts[2] else { return Self.refusal(401, 50027, "Invalid Webhook Token") }
            return ownWebhook(request, parts, body)
        }
        guard let (id, found) = interactions.first(where: { $0.value.token == parts[2] }), found.isAcknowledged else {
            return Self.refusal(404, 10015, "Unknown Webhook")
        }
        if parts.count == 3, request.method == "POST" {
            if let bad = invalid(body) { return bad }
            return .json(messageJSON(append(body, channel: found.channel, way: "followup")).text)
        }
        guard parts.count == 5 else { return Self.refusal(404, 10008, "Unknown Message") }
        guard parts[4] == "@original" else { return message(request.method, parts[4], in: found.channel, body) }
        if request.method == "DELETE" {
            journal.deletedAnswers.append(id)
            if let index = found.original { journal.deletedMessages.insert(journal.messages[index].id) }
            return LoopbackResponse(status: 204)
        }
        if let index = found.original { return message(request.method, at: index, body) }
        // What was only promised so far begins with its first edit.
        guard request.method == "PATCH", found.isDeferred else { return Self.refusal(404, 10008, "Unknown Message") }
        if let bad = invalid(body) { return bad }
        let message = append(body, channel: found.channel, way: "answer", flags: found.isEphemeral ? 64 : 0)
        interactions[id]?.original = journal.messages.count - 1
        interactions[id]?.isDeferred = false
        return .json(messageJSON(message).text)
    }

    private mutating func ownWebhook(
        _ request: LoopbackRequest, _ parts: [String], _ body: FakeJSON
    ) -> LoopbackResponse {
        if parts.count == 5 { return message(request.method, parts[4], in: parts[1], body) }
        switch request.method {
        case "GET":
            let about: FakeJSON = [
                "id": .string(parts[1]), "type": 1, "token": .string(parts[2]), "name": "alerts", "avatar": .null,
                "channel_id": .string(parts[1]), "guild_id": "77", "application_id": .null,
            ]
            return .json(about.text)
        case "DELETE":
            goneWebhooks.insert(parts[1])
            return LoopbackResponse(status: 204)
        default:
            if let bad = invalid(body) { return bad }
            let message = append(body, channel: parts[1], way: "webhook")
            // Only who waits is told what became of it.
            return ["true", "1"].contains(request.query["wait"])
                ? .json(messageJSON(message).text) : LoopbackResponse(status: 204)
        }
    }
}
