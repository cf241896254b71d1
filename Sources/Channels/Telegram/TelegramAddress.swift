/// A chat, and a topic in it: `12345`, `-100123/45`.
struct TelegramAddress: Hashable, Sendable {
    var chat: Int64
    var thread: Int64?

    init(chat: Int64, thread: Int64? = nil) {
        self.chat = chat
        self.thread = thread
    }

    /// `nil` when it is not spelled like an address.
    init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let chat = Int64(first) else { return nil }
        self.chat = chat
        if parts.count == 2 {
            guard let thread = Int64(parts[1]), thread > 0 else { return nil }
            self.thread = thread
        }
    }

    var text: String { thread.map { "\(chat)/\($0)" } ?? "\(chat)" }
}
