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
        /// When the last minute's frames came.
        var frames: [ContinuousClock.Instant] = []
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
    /// Those registered last, as the API gives them.
    var commands: [FakeJSON] = []
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
        // Answers and follow-ups are posted by the application's own webhook.
        if message.way == "webhook" { members["webhook_id"] = .string(message.channel) }
        if message.way == "answer" || message.way == "followup" { members["webhook_id"] = .string(applicationID) }
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
}
