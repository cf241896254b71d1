import Foundation

/// A side door for programs in other languages: what people and the platform do is posted to `/fake/…` as JSON, and
/// `GET /fake/journal` tells what came of it.
extension FakeDiscord {
    func control(_ request: LoopbackRequest) async -> LoopbackResponse {
        let body = FakeJSON(request.body) ?? .null
        switch request.path {
        case "/fake/command":
            let posed = await command(
                body["name"]?.string ?? "", body["options"]?.object ?? [:], user: body["user"]?.string ?? "1",
                channel: body["channel"]?.string, guild: body["guild"]?.string,
                permissions: body["permissions"]?.string ?? "0")
            return .json(FakeJSON.object(["id": .string(posed.id)]).text)
        case "/fake/type":
            await types(
                body["text"]?.string ?? "", option: body["option"]?.string ?? "",
                of: body["name"]?.string ?? "", user: body["user"]?.string ?? "1")
        case "/fake/press":
            await press(
                body["custom_id"]?.string ?? "", on: body["message"]?.string ?? "",
                user: body["user"]?.string ?? "1", channel: body["channel"]?.string)
        case "/fake/say": await say(body["text"]?.string ?? "", user: body["user"]?.string ?? "1")
        case "/fake/channel": addChannel(body["id"]?.string ?? "")
        case "/fake/webhook/delete": deleteWebhook(body["id"]?.string ?? "")
        case "/fake/life": setInteractionLife(.milliseconds(body["milliseconds"]?.integer ?? 3000))
        case "/fake/limit":
            limits.bucket = body["count"]?.integer.map { .init($0, per: 1) }
        case "/fake/refuse":
            inject(
                .rateLimited(retryAfter: 0.2, scope: body["scope"]?.string ?? "user"),
                route: "POST /channels/*/messages")
        default: return await controlGateway(request.path, body)
        }
        return .json("{}")
    }

    private func controlGateway(_ path: String, _ body: FakeJSON) async -> LoopbackResponse {
        switch path {
        case "/fake/reconnect": await askToReconnect()
        case "/fake/invalidate":
            invalidateNextResume(resumable: body["resumable"]?.bool ?? false)
            await askToReconnect()
        case "/fake/drop": await closeGateways(code: body["code"]?.integer.flatMap { UInt16(exactly: $0) })
        case "/fake/ask": await askForHeartbeat()
        case "/fake/heartbeat": setHeartbeat(milliseconds: body["milliseconds"]?.integer ?? 41_250)
        case "/fake/acknowledge": setAcknowledgesBeats(body["does"]?.bool ?? true)
        case "/fake/revoke": revokeToken()
        case "/fake/journal": return .json(journal.json.text)
        default: return .notFound
        }
        return .json("{}")
    }
}

extension FakeDiscordJournal {
    var json: FakeJSON {
        [
            "gateway": .array(gateway.map { .string($0) }),
            "requests": .array(
                requests.map { request in
                    [
                        "route": .string(request.route), "status": .number(Double(request.status)),
                        "body": request.body,
                    ]
                }),
            "messages": .array(
                messages.map { message in
                    [
                        "id": .string(message.id), "channel": .string(message.channel), "way": .string(message.way),
                        "text": .string(message.text), "ephemeral": .bool(message.isEphemeral),
                        "edits": .number(Double(message.edits)),
                        "deleted": .bool(deletedMessages.contains(message.id)),
                        "buttons": .array(message.buttons),
                    ]
                }),
            "callbacks": .array(callbacks.map(\.body)),
            "limited": .number(Double(limited)),
        ]
    }
}

extension FakeDiscord {
    /// Adds every request so far to the file that `VIGIA_DISCORD_JOURNAL` names, a JSON document a line, for other judges.
    func keepRequests() {
        guard let path = ProcessInfo.processInfo.environment["VIGIA_DISCORD_JOURNAL"],
            let lines = journal.json["requests"]?.array, !lines.isEmpty
        else { return }
        if !FileManager.default.fileExists(atPath: path) {
            _ = FileManager.default.createFile(atPath: path, contents: nil)
        }
        guard let file = FileHandle(forWritingAtPath: path) else { return }
        defer { try? file.close() }
        _ = try? file.seekToEnd()
        try? file.write(contentsOf: Data(lines.map { $0.text + "\n" }.joined().utf8))
    }
}
