import Market
import People

/// Who is speaking, and whether they may.
enum Standing {
    /// A stored person or place.
    case member(Recipient)
    /// Nobody the store knows; only commands for anyone answer.
    case stranger(Recipient)
    /// Banned: gets no answer at all.
    case blocked
}

/// Decides by `VIGIA_ACCESS` and `VIGIA_ADMINS`, and makes persons and places at their first contact.
struct Admission {
    let policy: ChatPolicy

    func standing(of message: IncomingMessage, in session: any ChatSession, now: Timestamp) throws -> Standing {
        switch message.scene {
        case .privateChat(let channel, let address):
            try person(message, Address(channel: channel, value: address), session, now)
        case .place(let channel, let address, let identity):
            try place(identity, Address(channel: channel, value: address), message, session, now)
        }
    }

    /// Stores the stranger of a private chat as a member.
    func enrol(
        _ stranger: Recipient, role: Recipient.Role, sender: Identity, scene: IncomingMessage.Scene,
        in session: any ChatSession, now: Timestamp
    ) throws -> Recipient {
        let (channel, value) = scene.address
        return try session.addRecipient(
            kind: .person, role: role, preferences: stranger.preferences, identity: sender,
            address: Address(channel: channel, value: value), at: now)
    }

    /// The reader's language at first contact: what the platform reports, where we speak it, else English.
    func language(_ hint: String?) -> String {
        guard let hint, let primary = hint.split(whereSeparator: { $0 == "-" || $0 == "_" }).first?.lowercased() else {
            return "en"
        }
        let known = policy.languages.map(\.code)
        return known.first { $0.lowercased() == hint.lowercased() } ?? known.first { $0.lowercased() == primary }
            ?? "en"
    }

    private func person(
        _ message: IncomingMessage, _ address: Address, _ session: any ChatSession, _ now: Timestamp
    ) throws -> Standing {
        let isAdministrator = policy.administrators.contains(message.sender)
        if var known = try session.recipient(for: message.sender) {
            if isAdministrator, known.role != .operator {
                known.role = .operator
                try session.update(known)
                try session.audit("VIGIA_ADMINS", by: known.id, detail: message.sender.description, at: now)
            }
            return known.role == .blocked ? .blocked : .member(known)
        }
        let preferences = Preferences(language: language(message.languageHint))
        guard isAdministrator || policy.access == .open else {
            return .stranger(Recipient(id: RecipientID(0), kind: .person, preferences: preferences, createdAt: now))
        }
        return .member(
            try session.addRecipient(
                kind: .person, role: isAdministrator ? .operator : .user, preferences: preferences,
                identity: message.sender, address: address, at: now))
    }

    /// Whoever may use us may also bring us into a group; there everybody may ask, and administrators may change.
    private func place(
        _ identity: Identity, _ address: Address, _ message: IncomingMessage, _ session: any ChatSession,
        _ now: Timestamp
    ) throws -> Standing {
        let speaker = try session.recipient(for: message.sender)
        let isAdministrator = policy.administrators.contains(message.sender)
        if speaker?.role == .blocked, !isAdministrator { return .blocked }
        if let known = try session.recipient(for: identity) {
            return known.role == .blocked ? .blocked : .member(known)
        }
        let preferences = Preferences(language: language(message.languageHint))
        guard speaker != nil || isAdministrator || policy.access == .open else {
            return .stranger(Recipient(id: RecipientID(0), kind: .place, preferences: preferences, createdAt: now))
        }
        var place = try session.addRecipient(
            kind: .place, role: .user, preferences: preferences, identity: identity, address: address, at: now)
        // A group hears alerts only after `/bind`.
        place.stopped = true
        try session.update(place)
        return .member(place)
    }
}
