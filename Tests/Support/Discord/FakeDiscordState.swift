/// Everything the fake knows, changed only under its lock.
struct FakeDiscordState {
    struct Channel {
        var isPrivate: Bool
        /// A refusal that every send gets: status, code and words.
        var refusal: (status: Int, code: Int, message: String)?
    }

    struct Interaction {
        var token: String
        var type: Int
        var channel: String
        var opened: ContinuousClock.Instant
        var isAcknowledged = false
        var isDeferred = false
        var isEphemeral = false
        /// Index in the journal of the message that `@original` is.
        var original: Int?
    }

    struct Bucket {
        var used = 0
        var resets: ContinuousClock.Instant
    }

    struct Session {
        var id: String
        var sequence = 0
        var events: [(sequence: Int, text: String)] = []
        var isDead = false
        var connection: Int?
    }

    struct Connection {
        var socket: LoopbackSocket
        var isCompressed: Bool
        var hasBegun = false
        var session: String?
    }

    let token: String
    let applicationID: String
    var journal = FakeDiscordJournal()
    var limits = FakeDiscordLimits()
    var buckets: [String: Bucket] = [:]
    var faults: [ArmedDiscordFault] = []
    var channels: [String: Channel] = [:]
    var privateChannels: [String: String] = [:]
    var webhooks: [String: String] = [:]
    var goneWebhooks: Set<String> = []
    var nonces: [String: Int] = [:]
    var interactions: [String: Interaction] = [:]
    var nextID = 900_000_000_000_000_001
    var nextTicket = 0
    var waiters = JournalWaiters<FakeDiscordJournal>()
    var held: [CheckedContinuation<Void, Never>] = []
    var isStopped = false
    var tokenIsRevoked = false
    /// How long an interaction waits for its first answer.
    var interactionLife = Duration.seconds(3)

    // Gateway
    var heartbeatMilliseconds = 41_250
    var acknowledgesBeats = true
    var sessionsLeft = 1000
    var sessions: [String: Session] = [:]
    var connections: [Int: Connection] = [:]
    /// The next RESUME is answered with "invalid session", resumable or not.
    var invalidatesResume: Bool?
    /// The next connections are closed with this code once they have said who they are.
    var closesWith: UInt16?

    init(token: String, applicationID: String) {
        self.token = token
        self.applicationID = applicationID
    }

    mutating func newID() -> String {
        nextID += 1
        return "\(nextID)"
    }

    mutating func ticket() -> Int {
        nextTicket += 1
        return nextTicket
    }

    mutating func changed() { waiters.serve(journal) }

    var botJSON: FakeJSON {
        [
            "id": .string(applicationID), "username": "vigia", "discriminator": "0", "global_name": .null,
            "avatar": .null, "bot": true, "flags": 0, "public_flags": 0,
        ]
    }

    var applicationJSON: FakeJSON {
        [
            "id": .string(applicationID), "name": "vigia", "icon": .null, "description": "", "summary": "",
            "bot_public": true, "bot_require_code_grant": false, "verify_key": "00", "flags": 0,
            "owner": ["id": "1", "username": "owner", "discriminator": "0", "avatar": .null, "global_name": .null],
            "team": .null, "approximate_guild_count": 0,
        ]
    }

    func messageJSON(_ message: FakeDiscordJournal.Message, nonce: FakeJSON? = nil) -> FakeJSON {
        var members: [String: FakeJSON] = [
            "id": .string(message.id), "channel_id": .string(message.channel), "author": botJSON,
            "content": .string(message.content), "timestamp": "2026-01-01T00:00:00.000000+00:00",
            "edited_timestamp": message.edits > 0 ? "2026-01-01T00:00:01.000000+00:00" : .null, "tts": false,
            "mention_everyone": false, "mentions": [], "mention_roles": [], "attachments": [],
            "embeds": .array(
                message.embeds.map { embed in
                    var members = embed.object ?? [:]
                    members["type"] = "rich"
                    return .object(members)
                }), "pinned": false, "type": 0, "flags": .number(Double(message.flags)),
            "components": .array(message.components),
        ]
        if let nonce { members["nonce"] = nonce }
        return .object(members)
    }

    func channelJSON(_ id: String) -> FakeJSON {
        if channels[id]?.isPrivate == true {
            let user = privateChannels.first { $0.value == id }?.key ?? "1"
            return [
                "id": .string(id), "type": 1, "last_message_id": .null, "flags": 0,
                "recipients": [
                    [
                        "id": .string(user), "username": "person", "discriminator": "0", "avatar": .null,
                        "global_name": .null,
                    ]
                ],
            ]
        }
        return [
            "id": .string(id), "type": 0, "guild_id": "77", "name": "alerts", "position": 0,
            "permission_overwrites": [], "nsfw": false, "parent_id": .null, "topic": .null,
            "rate_limit_per_user": 0, "last_message_id": .null, "flags": 0,
        ]
    }

    // MARK: Validation, by the documented limits

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
}
