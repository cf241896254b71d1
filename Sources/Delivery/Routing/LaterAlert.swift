package import Decisions
package import Market
package import People

/// Something that somebody asked to be told at a time: a reminder, or an alert once more.
package struct LaterAlert: Hashable, Sendable {
    package var recipient: RecipientID
    /// Rule clock.
    package var dueAt: Timestamp
    /// As it will be made; what is only known then is filled in by `issued`.
    package var alert: Alert

    package init(recipient: RecipientID, dueAt: Timestamp, alert: Alert) {
        self.recipient = recipient
        self.dueAt = dueAt
        self.alert = alert
    }

    /// Tells an alert again to one person, on the channel where they asked for it.
    package static func snooze(
        _ stored: StoredAlert, for recipient: RecipientID, until dueAt: Timestamp, on channel: ChannelKind
    ) -> LaterAlert {
        var alert = stored.alert
        alert.naturalKey = "snooze:\(stored.id):\(recipient):\(dueAt.milliseconds)"
        alert.audience = .owner(recipient, via: [channel])
        alert.issuedAt = dueAt
        return LaterAlert(recipient: recipient, dueAt: dueAt, alert: alert)
    }

    /// - Parameter symbol: whose price is told then.
    package static func reminder(
        _ text: String, about symbol: Symbol?, for recipient: RecipientID, at dueAt: Timestamp, on channel: ChannelKind,
        made now: Timestamp
    ) -> LaterAlert {
        var values = ["text": text]
        values["symbol"] = symbol?.description
        return LaterAlert(
            recipient: recipient, dueAt: dueAt,
            alert: Alert(
                naturalKey: "reminder:\(recipient):\(dueAt.milliseconds):\(now.milliseconds)", symbol: symbol,
                priority: .medium, issuedAt: dueAt, audience: .owner(recipient, via: [channel]),
                body: .system(SystemNotice(severity: .info, key: "reminder", values: values))))
    }

    /// The alert as it goes out. A reminder about a symbol says its price then, where there is one.
    /// - Parameter price: the price as text.
    package func issued(price: (Symbol) -> String?) -> Alert {
        var alert = alert
        guard case .system(var notice) = alert.body, notice.key == "reminder", let symbol = alert.symbol,
            let text = price(symbol)
        else { return alert }
        notice.key = "reminder_priced"
        notice.values["price"] = text
        alert.body = .system(notice)
        return alert
    }
}

extension SystemNotice {
    /// What a person asked to be reminded of.
    package var isReminder: Bool { key == "reminder" || key == "reminder_priced" }
}
