/// Everything the fake knows, changed only under its lock.
struct FakeTelegramState {
    struct User {
        var id: Int64
        var name: String
        var language: String?
    }

    struct Chat {
        var id: Int64
        /// `private`, `group`, `supergroup`.
        var kind: String
        var title: String
        var isForum = false
        var administrators: Set<Int64> = []
        /// The bot is blocked or kicked.
        var isClosed = false
        var migratedTo: Int64?
        var delay: Duration?
        var isGroup: Bool { kind != "private" }
    }

    struct Posted {
        var chat: Int64
        var thread: Int64?
        var id: Int64
        var text: String
        var raw: String
        var buttons: [[FakeTelegramButton]]
    }

    struct PostKey: Hashable {
        var chat: Int64
        var id: Int64
    }

    struct Update {
        var id: Int64
        var json: String
    }

    struct Poll {
        var id: Int
        var limit: Int
        var answer: @Sendable (LoopbackResponse) -> Void
    }

    let token: String
    let username: String
    let keepsMessages: Bool
    var limits: FakeTelegramLimits
    var users: [Int64: User] = [:]
    var chats: [Int64: Chat] = [:]
    var updates: [Update] = []
    var updatesHead = 0
    var nextUpdateID: Int64 = 700_001
    var nextMessageID: Int64 = 1
    var nextQueryID: Int64 = 4_000_000_000_001
    var nextTicket = 0
    var poll: Poll?
    var posted: [PostKey: Posted] = [:]
    var openQueries: Set<String> = []
    var openInlineQueries: Set<String> = []
    var journal = FakeTelegramJournal()
    var windows = FakeTelegramWindows()
    var faults: [ArmedFault] = []
    var webhook = ""
    /// Kinds of update that the bot asked for; `nil` until it did.
    var allowedUpdates: Set<String>?
    /// Menus by `scope/language`, as JSON.
    var menus: [String: String] = [:]
    var held: [CheckedContinuation<Void, Never>] = []
    var waiters = JournalWaiters<FakeTelegramJournal>()
    var isStopped = false

    init(token: String, username: String, limits: FakeTelegramLimits, keepsMessages: Bool) {
        self.token = token
        self.username = username
        self.limits = limits
        self.keepsMessages = keepsMessages
    }

    var botID: Int64 { Int64(token.prefix { $0 != ":" }) ?? 1 }

    var botJSON: String {
        "{\"id\":\(botID),\"is_bot\":true,\"first_name\":\"Vigia\",\"username\":\(jsonText(username))}"
    }

    mutating func ticket() -> Int {
        nextTicket += 1
        return nextTicket
    }

    func userJSON(_ id: Int64) -> String {
        let user = users[id]
        let language = user?.language.map { ",\"language_code\":\(jsonText($0))" } ?? ""
        return "{\"id\":\(id),\"is_bot\":false,\"first_name\":\(jsonText(user?.name ?? "User \(id)"))\(language)}"
    }

    func chatJSON(_ id: Int64) -> String {
        guard let chat = chats[id] else { return "{\"id\":\(id),\"type\":\"private\"}" }
        let name = chat.isGroup ? "title" : "first_name"
        let forum = chat.isForum ? ",\"is_forum\":true" : ""
        return "{\"id\":\(id),\"type\":\"\(chat.kind)\",\"\(name)\":\(jsonText(chat.title))\(forum)}"
    }

    // MARK: Updates

    /// Appends an update whose members after `update_id` are given, and serves a waiting poll.
    mutating func append(_ members: [String]) -> [Int64] {
        var ids: [Int64] = []
        for text in members {
            let id = nextUpdateID
            nextUpdateID += 1
            ids.append(id)
            // The server keeps to itself what the bot did not ask for.
            guard isAllowed(text) else { continue }
            updates.append(Update(id: id, json: "{\"update_id\":\(id),\(text)}"))
        }
        servePoll()
        return ids
    }

    mutating func appendRaw(_ json: String) {
        updates.append(Update(id: nextUpdateID, json: json))
        nextUpdateID += 1
        servePoll()
    }

    mutating func servePoll() {
        guard let waiting = poll, updatesHead < updates.count else { return }
        poll = nil
        waiting.answer(batch(limit: waiting.limit))
    }

    /// Everything below the offset is done with.
    mutating func confirm(below offset: Int64) {
        guard offset > 0 else { return }
        journal.confirmedOffset = max(journal.confirmedOffset, offset)
        while updatesHead < updates.count, updates[updatesHead].id < offset { updatesHead += 1 }
        if updatesHead > 4_096, updatesHead * 2 > updates.count {
            updates.removeFirst(updatesHead)
            updatesHead = 0
        }
        changed()
    }

    func batch(limit: Int) -> LoopbackResponse {
        let items = updates[updatesHead...].prefix(limit).map(\.json).joined(separator: ",")
        return .json("{\"ok\":true,\"result\":[\(items)]}")
    }

    // MARK: Waiters

    /// Something a test may wait for has changed.
    mutating func changed() { waiters.serve(journal) }

    mutating func takeFault(method: String, chat: Int64?) -> FakeTelegramFault? {
        guard let index = faults.firstIndex(where: { $0.matches(method: method, chat: chat) }) else { return nil }
        let fault = faults[index].fault
        if let remaining = faults[index].remaining {
            if remaining <= 1 { faults.remove(at: index) } else { faults[index].remaining = remaining - 1 }
        }
        return fault
    }
}
