package import Messages
import Synchronization

/// Puts content into words. It is a pure function of its arguments.
package protocol ContentRendering: Sendable {
    func message(for content: Content, reader: Reader) throws -> Message
}

/// Remembers what it rendered. Many people ask the same within the same second (`/price BTC`, `/subscribe BTC`), and the
/// template engine is the dearest part of an answer.
package final class RememberingRenderer: ContentRendering {
    private struct Question: Hashable {
        var content: Content
        var reader: Reader
    }

    private let renderer: any ContentRendering
    private let capacity: Int
    private let known = Mutex<[Question: Message]>([:])

    /// Keeps at most `capacity` messages; when full it begins anew.
    package init(_ renderer: any ContentRendering, capacity: Int = 1_024) {
        self.renderer = renderer
        self.capacity = capacity
    }

    /// The words changed: nothing that was rendered before is used again.
    package func forget() { known.withLock { $0.removeAll() } }

    package func message(for content: Content, reader: Reader) throws -> Message {
        let question = Question(content: content, reader: reader)
        if let message = known.withLock({ $0[question] }) { return message }
        let message = try renderer.message(for: content, reader: reader)
        known.withLock { known in
            if known.count >= capacity { known.removeAll(keepingCapacity: true) }
            known[question] = message
        }
        return message
    }
}
