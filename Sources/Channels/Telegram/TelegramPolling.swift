import Market

/// Decides what the poller does next; it neither waits nor calls.
struct TelegramPolling: Hashable, Sendable {
    /// Between polls while another process polls with the same token.
    static let conflictWait = Span.seconds(30)

    enum Step: Hashable, Sendable {
        case poll
        case wait(Span)
        case deleteWebhook
        /// Nothing can be received until somebody changes the token.
        case stop
    }

    /// Where the next poll begins; it confirms everything below.
    private(set) var offset: Int64?
    private var network = Backoff()
    private var commit = Backoff(first: .milliseconds(100), most: .seconds(10))

    /// A batch is committed. Ids are those that could be read.
    ///
    /// After an empty answer the server has confirmed all below the offset, and it is left out: Telegram may begin at a
    /// lower number after a quiet week.
    mutating func committed(_ ids: [Int64], isEmpty: Bool) {
        network.reset()
        commit.reset()
        if isEmpty { offset = nil } else if let last = ids.max() { offset = last + 1 }
    }

    /// The conversation could not commit: the same batch comes again.
    mutating func notCommitted(chance: Double) -> Step {
        network.reset()
        return .wait(commit.next(chance: chance))
    }

    mutating func failed(_ error: TelegramError, chance: Double) -> Step {
        switch error {
        case .rateLimited(let wait): .wait(wait)
        case .conflict(let byWebhook): byWebhook ? .deleteWebhook : .wait(TelegramPolling.conflictWait)
        case .unauthorized: .stop
        default: .wait(network.next(chance: chance))
        }
    }
}
