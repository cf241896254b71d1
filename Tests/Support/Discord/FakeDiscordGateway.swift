/// The gateway side.
extension FakeDiscord {
    func serve(_ socket: LoopbackSocket, _ request: LoopbackRequest) async {
        let id = change { state in
            state.journal.gateway.append("connect \(request.path)")
            let id = state.ticket()
            state.connections[id] = .init(socket: socket, isCompressed: request.query["compress"] == "zlib-stream")
            state.changed()
            return id
        }
        let interval = change { $0.heartbeatMilliseconds }
        await send(to: id, ["op": 10, "s": .null, "t": .null, "d": ["heartbeat_interval": .number(Double(interval))]])
        for await message in socket.messages {
            switch message {
            case .text(let text): await heard(Array(text.utf8), on: id)
            case .binary(let bytes): await heard(bytes, on: id)
            case .close(let code):
                note("close \(code.map(String.init) ?? "-")")
                // These two say goodbye for good; after any other the session waits for its resume.
                if code == 1000 || code == 1001 { endSession(of: id) }
            case .ping, .pong: break
            }
        }
        change { state in
            if let session = state.connections[id]?.session { state.sessions[session]?.connection = nil }
            state.connections[id] = nil
        }
    }

    private func note(_ what: String) {
        change { state in
            state.journal.gateway.append(what)
            state.changed()
        }
    }

    private func endSession(of connection: Int) {
        change { state in
            if let session = state.connections[connection]?.session { state.sessions[session]?.isDead = true }
        }
    }

    private func heard(_ bytes: [UInt8], on id: Int) async {
        guard bytes.count <= 4096, let frame = FakeJSON(bytes) else { return await close(id, 4002) }
        let (isEntered, isTooOften) = change { state in
            state.connections[id]?.frames.removeAll { $0.duration(to: .now) > .seconds(60) }
            state.connections[id]?.frames.append(.now)
            let connection = state.connections[id]
            return (connection?.session != nil, (connection?.frames.count ?? 0) > 120)
        }
        if isTooOften { return await close(id, 4008) }
        switch frame["op"]?.integer {
        case 1:
            note("heartbeat")
            if change({ $0.acknowledgesBeats }) { await send(to: id, ["op": 11, "s": .null, "t": .null, "d": .null]) }
        case 2 where isEntered, 6 where isEntered: await close(id, 4005)
        case 2: await identify(frame["d"] ?? .null, on: id)
        case 6: await resume(frame["d"] ?? .null, on: id)
        case 3, 4, 8: if !isEntered { await close(id, 4003) }
        default: await close(id, 4001)
        }
    }

    private func identify(_ data: FakeJSON, on id: Int) async {
        note("identify \(data["intents"]?.integer ?? 0)")
        guard await mayEnter(data, on: id) else { return }
        let intents = data["intents"]?.integer ?? 0
        if intents & (1 << 1 | 1 << 8 | 1 << 15) != 0 { return await close(id, 4014) }
        let session = change { state in
            let session = "session-\(state.ticket())"
            state.sessions[session] = .init(id: session, connection: id)
            state.connections[id]?.session = session
            state.sessionsLeft -= 1
            return session
        }
        let resume = resumeURL
        let (bot, application) = (change { $0.botJSON }, applicationID)
        let shard = data["shard"] ?? [0, 1]
        await dispatch(
            "READY",
            [
                "shard": shard,
                "v": 10, "user": bot, "guilds": [], "session_id": .string(session),
                "resume_gateway_url": .string(resume),
                "application": ["id": .string(application), "flags": 0], "session_type": "normal",
                "private_channels": [], "relationships": [], "presences": [], "user_settings": [:],
            ], session: session)
    }

    private func resume(_ data: FakeJSON, on id: Int) async {
        let sequence = data["seq"]?.integer ?? -1
        let session = data["session_id"]?.string ?? ""
        note("resume \(sequence)")
        guard await mayEnter(data, on: id) else { return }
        if let canResume = change({ state in
            defer { state.invalidatesResume = nil }
            return state.invalidatesResume
        }) {
            if !canResume { change { $0.sessions[session]?.isDead = true } }
            return await send(to: id, ["op": 9, "s": .null, "t": .null, "d": .bool(canResume)])
        }
        let isAhead = change { $0.sessions[session].map { !$0.isDead && sequence > $0.sequence } ?? false }
        if isAhead { return await close(id, 4007) }
        let missed = change { state -> [String]? in
            guard var known = state.sessions[session], !known.isDead else { return nil }
            known.connection = id
            state.sessions[session] = known
            state.connections[id]?.session = session
            return known.events.filter { $0.sequence > sequence }.map(\.text)
        }
        guard let missed else { return await send(to: id, ["op": 9, "s": .null, "t": .null, "d": false]) }
        for text in missed { await send(to: id, text: text) }
        await dispatch("RESUMED", ["_trace": []], session: session)
    }

    private func mayEnter(_ data: FakeJSON, on id: Int) async -> Bool {
        let (code, isRevoked) = change { state in
            defer { state.closesWith = nil }
            return (state.closesWith, state.tokenIsRevoked)
        }
        if let code {
            await close(id, code)
            return false
        }
        // The official client libraries send the bare token.
        guard data["token"]?.string == token, !isRevoked else {
            await close(id, 4004)
            return false
        }
        return true
    }

    // MARK: Doing

    /// Sends an event to a session's client, or keeps it for its resume. Without a session: to every one that lives.
    package func dispatch(_ event: String, _ data: FakeJSON) async {
        for session in change({ $0.sessions.values.filter { !$0.isDead }.map(\.id) }) {
            await dispatch(event, data, session: session)
        }
    }

    private func dispatch(_ event: String, _ data: FakeJSON, session: String) async {
        let (text, connection) = change { state -> (String, Int?) in
            guard var known = state.sessions[session] else { return ("", nil) }
            known.sequence += 1
            let text = FakeJSON.object([
                "op": 0, "t": .string(event), "s": .number(Double(known.sequence)), "d": data,
            ]).text
            known.events.append((known.sequence, text))
            state.sessions[session] = known
            return (text, known.connection)
        }
        if let connection { await send(to: connection, text: text) }
    }

    private func send(to id: Int, _ frame: FakeJSON) async { await send(to: id, text: frame.text) }

    private func send(to id: Int, text: String) async {
        guard let connection = change({ $0.connections[id] }) else { return }
        guard connection.isCompressed else {
            try? await connection.socket.send(text)
            return
        }
        let isFirst = change { state in
            defer { state.connections[id]?.hasBegun = true }
            return state.connections[id]?.hasBegun == false
        }
        try? await connection.socket.send(binary: FakeDiscord.deflated(text, begins: isFirst))
    }

    /// A part of a zlib stream: blocks that are stored as they are, and the mark of a flush behind them.
    private static func deflated(_ text: String, begins: Bool) -> [UInt8] {
        var out: [UInt8] = begins ? [0x78, 0x01] : []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let part = rest.prefix(65_535)
            rest = rest.dropFirst(part.count)
            let count = UInt16(part.count)
            out += [0, UInt8(count & 0xFF), UInt8(count >> 8), UInt8(~count & 0xFF), UInt8(~count >> 8)]
            out += part
        }
        return out + [0, 0, 0, 0xFF, 0xFF]
    }

    private func close(_ id: Int, _ code: UInt16) async {
        await change { $0.connections[id]?.socket }?.close(code: code)
    }

    /// Asks every client to reconnect (op 7).
    package func askToReconnect() async {
        for id in change({ Array($0.connections.keys) }) {
            await send(to: id, ["op": 7, "s": .null, "t": .null, "d": .null])
        }
    }

    /// Asks every client for a heartbeat out of turn (op 1).
    package func askForHeartbeat() async {
        for id in change({ Array($0.connections.keys) }) {
            await send(to: id, ["op": 1, "s": .null, "t": .null, "d": .null])
        }
    }

    /// Closes every gateway connection with the code, or cuts them.
    package func closeGateways(code: UInt16?) async {
        for connection in change({ Array($0.connections.values) }) {
            if let code { await connection.socket.close(code: code) } else { connection.socket.cut() }
        }
    }

    package func setHeartbeat(milliseconds: Int) { change { $0.heartbeatMilliseconds = milliseconds } }
    package func setAcknowledgesBeats(_ does: Bool) { change { $0.acknowledgesBeats = does } }
    package func invalidateNextResume(resumable: Bool) { change { $0.invalidatesResume = resumable } }
    package func closeNextEntry(with code: UInt16) { change { $0.closesWith = code } }
    package func setSessionsLeft(_ count: Int) { change { $0.sessionsLeft = count } }
    package var isConnected: Bool { change { $0.sessions.values.contains { $0.connection != nil } } }
}
