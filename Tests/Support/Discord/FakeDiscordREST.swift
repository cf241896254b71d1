import Foundation

/// The REST side: one request in, one answer out.
extension FakeDiscordState {
    enum Step: Sendable {
        case answer(LoopbackResponse)
        case delayed(Duration, LoopbackResponse)
        case hang(LoopbackResponse)
    }

    mutating func handle(_ request: LoopbackRequest, gatewayURL: String) -> Step {
        let path = String(request.path.dropFirst("/api/v10".count))
        let parts = path.split(separator: "/").map(String.init)
        let route = request.method + " /" + parts.map { Self.isVariable($0) ? "*" : $0 }.joined(separator: "/")
        let body = FakeJSON(request.body) ?? .null
        let hasToken = request.header("authorization") == "Bot \(token)"
        var response = LoopbackResponse.json("{}", status: 500)
        defer {
            journal.requests.append(
                .init(
                    method: request.method, path: path, route: route, body: body, rawBody: request.text,
                    hasToken: hasToken, status: response.status))
            changed()
        }
        let needsToken = parts.first != "webhooks" && parts.first != "interactions" && route != "GET /gateway"
        if needsToken, !hasToken || tokenIsRevoked {
            response = Self.refusal(401, 0, "401: Unauthorized")
            return .answer(response)
        }
        let resource =
            needsToken ? (parts.count > 1 ? parts[1] : "") : parts.dropFirst().prefix(2).joined(separator: "/")
        let fault = takeFault(route: route, channel: parts.count > 1 ? parts[1] : nil)
        switch fault {
        case .status(let status, let code, let words):
            response = Self.refusal(status, code, words)
            return .answer(response)
        case .rateLimited(let seconds, let scope):
            journal.limited += 1
            response = Self.limited(seconds, scope: scope, bucket: "fault", global: scope == "global")
            return .answer(response)
        case .edgeLimited(let seconds):
            journal.limited += 1
            response = LoopbackResponse(
                status: 429, headers: [("Content-Type", "text/html"), ("Retry-After", "\(seconds)")],
                body: Array("<html>error 1015</html>".utf8))
            return .answer(response)
        case .html(let status):
            response = .html("<html>bad</html>", status: status)
            return .answer(response)
        case .hang: return .hang(.cut)
        case .cutBeforeAccepting: return .answer(.cut)
        case .acceptThenCut, .acceptThenHang, .brokenJSON, .slow, nil: break
        }
        var headers: [(name: String, value: String)] = []
        if let refused = limit(route: route, resource: resource, isGlobal: needsToken, headers: &headers) {
            journal.limited += 1
            response = refused
            return .answer(response)
        }
        response = serve(request, parts, route, body, gatewayURL: gatewayURL)
        response.headers += headers
        switch fault {
        case .acceptThenCut: return .answer(.cut)
        case .acceptThenHang: return .hang(.cut)
        case .brokenJSON:
            response.body = Array(response.body.prefix(response.body.count / 2))
            return .answer(response)
        case .slow(let time): return .delayed(time, response)
        default: return .answer(response)
        }
    }

    private static func isVariable(_ part: String) -> Bool {
        part.allSatisfy(\.isNumber) || part.count > 24
    }

    private mutating func takeFault(route: String, channel: String?) -> FakeDiscordFault? {
        let index = faults.firstIndex { fault in
            (fault.route.map { $0 == route } ?? (route.contains("messages") || route.contains("webhooks")))
                && (fault.channel == nil || fault.channel == channel)
        }
        guard let index else { return nil }
        let fault = faults[index].fault
        if let remaining = faults[index].remaining {
            if remaining <= 1 { faults.remove(at: index) } else { faults[index].remaining = remaining - 1 }
        }
        return fault
    }

    private mutating func limit(
        route: String, resource: String, isGlobal: Bool, headers: inout [(name: String, value: String)]
    ) -> LoopbackResponse? {
        let now = ContinuousClock.now
        if isGlobal, let window = limits.global {
            if let wait = take("global", window, now).wait {
                return Self.limited(wait, scope: "global", bucket: nil, global: true)
            }
        }
        guard let window = limits.bucket else { return nil }
        let name = "b\(route.utf8.reduce(7) { ($0 * 31 + Int($1)) % 1_000_000 })"
        let (remaining, reset, wait) = take("\(name) \(resource)", window, now)
        headers = [
            ("X-RateLimit-Limit", "\(window.count)"), ("X-RateLimit-Remaining", "\(remaining)"),
            ("X-RateLimit-Reset-After", "\(reset)"), ("X-RateLimit-Bucket", name),
            ("X-RateLimit-Reset", "\(Date().timeIntervalSince1970 + reset)"),
        ]
        guard let wait else { return nil }
        var response = Self.limited(wait, scope: "user", bucket: name, global: false)
        response.headers += headers.filter { $0.name != "X-RateLimit-Bucket" }
        return response
    }

    private mutating func take(
        _ key: String, _ window: FakeDiscordLimits.Window, _ now: ContinuousClock.Instant
    ) -> (remaining: Int, reset: Double, wait: Double?) {
        var bucket = buckets[key] ?? Bucket(resets: now + .seconds(window.seconds))
        if bucket.resets <= now { bucket = Bucket(resets: now + .seconds(window.seconds)) }
        let left = now.duration(to: bucket.resets)
        let reset = Double(left.components.seconds) + Double(left.components.attoseconds) / 1e18
        let isFull = bucket.used >= window.count
        if !isFull { bucket.used += 1 }
        buckets[key] = bucket
        return (max(0, window.count - bucket.used), reset, isFull ? reset : nil)
    }

    static func refusal(_ status: Int, _ code: Int, _ message: String) -> LoopbackResponse {
        .json("{\"message\":\(jsonText(message)),\"code\":\(code)}", status: status)
    }

    private static func limited(_ seconds: Double, scope: String, bucket: String?, global: Bool) -> LoopbackResponse {
        var headers = [("Retry-After", "\(Int(seconds.rounded(.up)))"), ("X-RateLimit-Scope", scope)]
        if let bucket { headers.append(("X-RateLimit-Bucket", bucket)) }
        if global { headers.append(("X-RateLimit-Global", "true")) }
        return .json(
            "{\"message\":\"You are being rate limited.\",\"retry_after\":\(seconds),\"global\":\(global)}",
            status: 429, headers: headers.map { (name: $0.0, value: $0.1) })
    }

    // MARK: What each path does

    private mutating func serve(
        _ request: LoopbackRequest, _ parts: [String], _ route: String, _ body: FakeJSON, gatewayURL: String
    ) -> LoopbackResponse {
        switch route {
        case "GET /users/@me": return .json(botJSON.text)
        case "GET /applications/@me", "GET /oauth2/applications/@me": return .json(applicationJSON.text)
        case "GET /gateway": return .json(FakeJSON.object(["url": .string(gatewayURL)]).text)
        case "GET /gateway/bot":
            let limit: FakeJSON = [
                "total": 1000, "remaining": .number(Double(sessionsLeft)), "reset_after": 14_400_000,
                "max_concurrency": 1,
            ]
            return .json(
                FakeJSON.object(["url": .string(gatewayURL), "shards": 1, "session_start_limit": limit]).text)
        case "POST /users/@me/channels":
            // Some clients write an id as a number.
            let user = body["recipient_id"].flatMap { $0.string ?? $0.integer.map(String.init) } ?? ""
            return .json(channelJSON(privateChannel(of: user)).text)
        case "GET /channels/*":
            guard channels[parts[1]] != nil else { return Self.refusal(404, 10003, "Unknown Channel") }
            return .json(channelJSON(parts[1]).text)
        case "POST /channels/*/messages": return create(in: parts[1], body)
        case "GET /channels/*/messages/*", "PATCH /channels/*/messages/*", "DELETE /channels/*/messages/*":
            guard channels[parts[1]] != nil else { return Self.refusal(404, 10003, "Unknown Channel") }
            return message(request.method, parts[3], in: parts[1], body)
        case "PUT /applications/*/commands": return overwriteCommands(of: parts[1], body)
        case "GET /applications/*/commands": return .json(FakeJSON.array(commands).text)
        default:
            if parts.first == "interactions", parts.count == 4, parts[3] == "callback" {
                return callback(parts[1], token: parts[2], body, wants: request.query["with_response"] != nil)
            }
            if parts.first == "webhooks", parts.count >= 3 { return webhook(request, parts, body) }
            return Self.refusal(404, 0, "404: Not Found")
        }
    }

    mutating func privateChannel(of user: String) -> String {
        if let known = privateChannels[user] { return known }
        let id = newID()
        privateChannels[user] = id
        channels[id] = Channel(isPrivate: true)
        return id
    }

    private mutating func create(in channel: String, _ body: FakeJSON) -> LoopbackResponse {
        guard let known = channels[channel] else { return Self.refusal(404, 10003, "Unknown Channel") }
        if let refusal = known.refusal { return Self.refusal(refusal.status, refusal.code, refusal.message) }
        if let bad = invalid(body) { return bad }
        let nonce = body["nonce"]
        let key = nonce.map { "\(channel) \($0.text)" }
        if body["enforce_nonce"]?.bool == true, let key, let index = nonces[key] {
            return .json(messageJSON(journal.messages[index], nonce: nonce).text)
        }
        let message = append(body, channel: channel, way: "message")
        if let key { nonces[key] = journal.messages.count - 1 }
        return .json(messageJSON(message, nonce: nonce).text)
    }

    func invalid(_ body: FakeJSON) -> LoopbackResponse? {
        guard let complaint = complaint(about: body) else { return nil }
        return complaint.isEmpty
            ? Self.refusal(400, 50006, "Cannot send an empty message")
            : Self.refusal(400, 50035, "Invalid Form Body: \(complaint)")
    }

    @discardableResult
    mutating func append(_ body: FakeJSON, channel: String, way: String, flags: Int = 0)
        -> FakeDiscordJournal.Message
    {
        let message = FakeDiscordJournal.Message(
            id: newID(), channel: channel, way: way, content: body["content"]?.string ?? "",
            embeds: body["embeds"]?.array ?? [], components: body["components"]?.array ?? [],
            flags: (body["flags"]?.integer ?? 0) | flags)
        journal.messages.append(message)
        return message
    }

    /// Reads, changes or deletes a message that was posted to a channel or by a webhook.
    mutating func message(_ method: String, _ id: String, in channel: String, _ body: FakeJSON) -> LoopbackResponse {
        guard let index = journal.messages.firstIndex(where: { $0.id == id && $0.channel == channel }) else {
            return Self.refusal(404, 10008, "Unknown Message")
        }
        return message(method, at: index, body)
    }

    mutating func message(_ method: String, at index: Int, _ body: FakeJSON) -> LoopbackResponse {
        let id = journal.messages[index].id
        guard !journal.deletedMessages.contains(id) else { return Self.refusal(404, 10008, "Unknown Message") }
        switch method {
        case "PATCH": return change(index, body)
        case "DELETE":
            journal.deletedMessages.insert(id)
            return LoopbackResponse(status: 204)
        default: return .json(messageJSON(journal.messages[index]).text)
        }
    }

    /// The commands of the application are those of the list from now on.
    private mutating func overwriteCommands(of application: String, _ body: FakeJSON) -> LoopbackResponse {
        guard let list = body.array else { return Self.refusal(400, 50035, "Invalid Form Body: no list") }
        guard list.count <= 100 else {
            return Self.refusal(400, 30032, "Maximum number of application commands reached (100)")
        }
        if let complaint = Self.complaint(aboutCommands: list) {
            return Self.refusal(400, 50035, "Invalid Form Body: \(complaint)")
        }
        journal.commandPuts.append(body)
        commands = list.map { command -> FakeJSON in
            var members = command.object ?? [:]
            members["id"] = .string(newID())
            members["application_id"] = .string(application)
            members["version"] = .string(newID())
            if members["type"] == nil { members["type"] = 1 }
            return .object(members)
        }
        return .json(FakeJSON.array(commands).text)
    }

    mutating func change(_ index: Int, _ body: FakeJSON) -> LoopbackResponse {
        if let bad = invalid(body) { return bad }
        if let content = body["content"] { journal.messages[index].content = content.string ?? "" }
        if let embeds = body["embeds"] { journal.messages[index].embeds = embeds.array ?? [] }
        if let components = body["components"] { journal.messages[index].components = components.array ?? [] }
        journal.messages[index].edits += 1
        return .json(messageJSON(journal.messages[index]).text)
    }
}
