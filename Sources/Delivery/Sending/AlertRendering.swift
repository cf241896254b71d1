package import Decisions
package import Messages
import Synchronization

/// Puts alerts into words for a reader. It throws when it cannot (a broken template); such a delivery is dead-lettered.
package protocol AlertRendering: Sendable {
    func message(for alert: StoredAlert, reader: Reader) throws -> Message
    /// Several alerts that waited, in one message.
    func digest(_ alerts: [StoredAlert], reader: Reader) throws -> Message
    /// What was beyond the reader's attention budget today, in one message.
    func summary(_ alerts: [StoredAlert], reader: Reader) throws -> Message
}

extension AlertRendering {
    package func summary(_ alerts: [StoredAlert], reader: Reader) throws -> Message {
        try digest(alerts, reader: reader)
    }
}

/// Renders an alert once a language and zone instead of once a person. It remembers the latest few hundred messages.
package final class CachedRendering: AlertRendering {
    private struct Key: Hashable {
        var alert: AlertID
        var reader: Reader
    }

    private struct Cache {
        var messages: [Key: Message] = [:]
        var order: [Key] = []
        var next = 0
    }

    private let inner: any AlertRendering
    private let capacity: Int
    private let cache = Mutex(Cache())

    package init(_ inner: any AlertRendering, capacity: Int = 256) {
        self.inner = inner
        self.capacity = max(1, capacity)
    }

    /// The words changed: nothing that was rendered before is used again.
    package func forget() { cache.withLock { $0 = Cache() } }

    package func message(for alert: StoredAlert, reader: Reader) throws -> Message {
        let key = Key(alert: alert.id, reader: reader)
        if let known = cache.withLock({ $0.messages[key] }) { return known }
        let message = try inner.message(for: alert, reader: reader)
        cache.withLock { cache in
            guard cache.messages.updateValue(message, forKey: key) == nil else { return }
            if cache.order.count < capacity {
                cache.order.append(key)
            } else {
                cache.messages[cache.order[cache.next]] = nil
                cache.order[cache.next] = key
                cache.next = (cache.next + 1) % capacity
            }
        }
        return message
    }

    package func digest(_ alerts: [StoredAlert], reader: Reader) throws -> Message {
        try inner.digest(alerts, reader: reader)
    }

    package func summary(_ alerts: [StoredAlert], reader: Reader) throws -> Message {
        try inner.summary(alerts, reader: reader)
    }
}
