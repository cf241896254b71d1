package import Delivery
package import Logging
package import Market
package import Messages
package import People

/// Sends messages as e-mail: plain text and HTML, one mail a delivery.
///
/// A repeat carries the same Message-ID, so that a mailbox that has the first copy drops the second. A mail cannot be
/// changed once it is sent: an edit goes out as a mail of its own, in the conversation of its day.
package struct EmailChannel: Channel {
    package let kind = ChannelKind.email
    private let configuration: EmailConfiguration
    private let sender: SMTPSender
    private let renderer: MessageRenderer
    private let links: (any UnsubscribeLinking)?
    private let time: any TimeSource
    private let logger: Logger

    /// `renderer` has the frames `email` and `email-text` and the words of the footer. `links`: nobody's yet means mails
    /// without a way to unsubscribe but the bot.
    package init(
        _ configuration: EmailConfiguration, sender: SMTPSender, renderer: MessageRenderer,
        links: (any UnsubscribeLinking)? = nil, time: any TimeSource = WallTime(),
        logger: Logger = Logger(label: "vigia.email")
    ) {
        self.configuration = configuration
        self.sender = sender
        self.renderer = renderer
        self.links = links
        self.time = time
        self.logger = logger
    }

    package func send(_ delivery: OutgoingDelivery) async throws(DeliveryError) -> Receipt {
        guard let reader = MailAddress(delivery.address) else {
            throw .recipientGone(reason: "not an e-mail address")
        }
        let mail = try await mail(delivery, to: reader)
        _ = try await sender.send(
            SMTPEnvelope(from: configuration.from.mailbox, to: reader.mailbox, content: mail.bytes))
        logger.debug("mail accepted", metadata: ["delivery": "\(delivery.id)"])
        return Receipt(providerMessageID: mail.messageID)
    }

    /// The mail of a delivery, as it would be sent.
    package func mail(_ delivery: OutgoingDelivery, to reader: MailAddress) async throws(DeliveryError) -> EmailMessage
    {
        let markup = EmailMarkup(delivery.message)
        guard !markup.text.trimmingWhitespace.isEmpty else { throw .rejected(reason: "empty message") }
        // Only a digest comes as a letter; leaving it leaves the alerts as they are.
        let letter = delivery.message.letter
        let list: MailList = letter == nil ? .alerts : .digest
        let subject = letter?.subject ?? markup.subject
        var link = delivery.contact.flatMap { links?.url(contact: $0, list: list) }
        if let url = link, !MIMEWriter.isAllowed(unsubscribe: url) { link = nil }
        let domain = configuration.from.domain
        let date = delivery.createdAt.milliseconds > 0 ? delivery.createdAt : time.now
        let name = configuration.from.name ?? "Vigia"
        return EmailMessage(
            from: configuration.from, to: reader, subject: subject.isEmpty ? name : subject,
            messageID: EmailMessage.messageID(
                delivery: delivery.id.rawValue, createdAt: delivery.createdAt, domain: domain),
            references: [EmailMessage.threadID(day: date, to: reader, domain: domain)], date: date,
            list: (name, "\(list == .digest ? "digest" : "alerts").\(domain)"), unsubscribeURL: link,
            text: try frame("email-text", markup.text, subject, link, delivery.reader, escape: { $0 }),
            html: try frame(
                "email", letter?.html ?? markup.html, subject, link, delivery.reader, escape: EmailMarkup.escape))
    }

    private func frame(
        _ template: String, _ body: String, _ subject: String, _ link: String?, _ reader: Reader,
        escape: (String) -> String
    ) throws(DeliveryError) -> String {
        var values = ["body": body, "subject": escape(subject)]
        if let link { values["unsubscribe"] = escape(link) }
        do {
            return try renderer.layout(template, values, reader: reader)
        } catch {
            throw .rejected(reason: "not rendered: \(error)")
        }
    }
}
