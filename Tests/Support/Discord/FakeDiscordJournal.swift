/// What reached the fake, in order of arrival.
package struct FakeDiscordJournal: Sendable {
    /// A request as it came, whatever became of it.
    package struct Request: Sendable {
        package var method: String
        /// Below the API's base.
        package var path: String
        /// With ids as `*`.
        package var route: String
        package var body: FakeJSON
        package var rawBody: String
        package var hasToken: Bool
        package var status: Int
    }

    /// A message that was accepted.
    package struct Message: Sendable {
        package var id: String
        package var channel: String
        /// `message`, `webhook`, `answer`, `followup`.
        package var way: String
        package var content: String
        package var embeds: [FakeJSON]
        package var components: [FakeJSON]
        package var flags: Int
        package var edits = 0

        /// Title and text of all embeds and the content, as readers see them.
        package var text: String {
            ([content] + embeds.flatMap { [$0["title"]?.string ?? "", $0["description"]?.string ?? ""] })
                .filter { !$0.isEmpty }.joined(separator: "\n")
        }
        package var buttons: [FakeJSON] { components.flatMap { $0["components"]?.array ?? [] } }
        package var isSilent: Bool { flags & 4096 != 0 }
        package var isEphemeral: Bool { flags & 64 != 0 }
    }

    package internal(set) var requests: [Request] = []
    package internal(set) var messages: [Message] = []
    /// First answers to interactions: id and body.
    package internal(set) var callbacks: [(interaction: String, body: FakeJSON)] = []
    package internal(set) var deletedAnswers: [String] = []
    package internal(set) var deletedMessages: Set<String> = []
    package internal(set) var commandPuts: [FakeJSON] = []
    /// 429s given.
    package internal(set) var limited = 0
    /// What clients of the gateway did: `identify`, `resume SEQ`, `heartbeat`, `close CODE`, `connect PATH`.
    package internal(set) var gateway: [String] = []

    package func count(_ route: String) -> Int { requests.count { $0.route == route } }
    package func messages(in channel: String) -> [Message] { messages.filter { $0.channel == channel } }
}

/// What goes wrong on purpose.
package enum FakeDiscordFault: Hashable, Sendable {
    /// A refusal in Discord's own form.
    case status(Int, code: Int, String)
    case rateLimited(retryAfter: Double, scope: String)
    /// 429 as Discord's edge gives it: a page, and `Retry-After` in whole seconds.
    case edgeLimited(retryAfter: Int)
    case html(Int)
    /// Accepted, and answered with half a document.
    case brokenJSON
    case hang
    case cutBeforeAccepting
    case acceptThenCut
    case acceptThenHang
    case slow(Duration)
}

struct ArmedDiscordFault {
    var fault: FakeDiscordFault
    var remaining: Int?
    var route: String?
    var channel: String?
}

/// Windows that the fake keeps; `nil` for none. They may change at any time.
package struct FakeDiscordLimits: Hashable, Sendable {
    package struct Window: Hashable, Sendable {
        package var count: Int
        package var seconds: Double
        package init(_ count: Int, per seconds: Double) {
            self.count = count
            self.seconds = seconds
        }
    }
    /// For each route and top-level id.
    package var bucket: Window?
    /// For everything with the bot's token.
    package var global: Window?
    package init(bucket: Window? = nil, global: Window? = nil) {
        self.bucket = bucket
        self.global = global
    }
}
