import Market

/// Tells a failing chat from a failing provider. One chat that fails is that chat's matter; when several chats fail one
/// after another with no success between, the sender as a whole rests, and then tries with a single send until one gets
/// through.
struct SenderHealth: Sendable {
    /// Different chats in a row that make it the provider's matter.
    static let threshold = 4
    /// How long the sender rests when its credentials were refused, before it tries again by itself.
    static let refusalRest = Span.minutes(5)

    enum Failure: Hashable {
        /// A chat was told to wait.
        case limited(Span)
        /// Not reached, or no answer.
        case unavailable
        /// Our credentials are refused.
        case refused
    }

    private var failingChats: Set<String> = []
    private var backOff = BackOff(first: .seconds(1), most: .seconds(30))
    /// After a rest: only one send at a time until one succeeds.
    private(set) var isProbing = false
    private(set) var isRefused = false

    init() {}

    mutating func succeeded() {
        failingChats.removeAll()
        backOff.succeeded()
        isProbing = false
        isRefused = false
    }

    /// How long everything of this sender rests from now on; `nil` when only the chat is concerned.
    mutating func failed(_ failure: Failure, chat: String) -> Span? {
        switch failure {
        case .refused:
            isRefused = true
            isProbing = true
            return SenderHealth.refusalRest
        case .limited(let span):
            guard isWidespread(chat) else { return nil }
            return span
        case .unavailable:
            guard isProbing || isWidespread(chat) else { return nil }
            isProbing = true
            return backOff.failed()
        }
    }

    private mutating func isWidespread(_ chat: String) -> Bool {
        failingChats.insert(chat)
        guard failingChats.count >= SenderHealth.threshold else { return false }
        failingChats.removeAll()
        return true
    }
}
