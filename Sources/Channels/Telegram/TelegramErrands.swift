package import Chat
import Market
import People

/// Small calls that nobody waits for: a pressed button that is answered, cards for an inline question, "typing…". Kept in
/// order, a thousand at most; when it is full the oldest goes, since Telegram forgets them after seconds anyway.
package final class TelegramErrands: Sendable {
    private static let limit = 1_000

    enum Errand: Hashable, Sendable {
        case pressed(query: String)
        case inline(query: String, InlineQuestion)
        case typing(address: String)
    }

    let errands: AsyncStream<Errand>
    private let queue: AsyncStream<Errand>.Continuation

    package init() {
        (errands, queue) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(TelegramErrands.limit))
    }

    /// Shows that an answer is being made, where the scene is ours.
    package func showTyping(_ scene: IncomingMessage.Scene) {
        let (channel, address) = scene.address
        if channel == .telegram { add(.typing(address: address)) }
    }

    /// False when an older one was dropped for it.
    @discardableResult
    func add(_ errand: Errand) -> Bool { if case .dropped = queue.yield(errand) { false } else { true } }
}
