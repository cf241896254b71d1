import Crypto
package import Market

/// One mail to one reader, before it is written down.
package struct EmailMessage: Hashable, Sendable {
    /// A picture that the HTML shows: `<img src="cid:…">`.
    package struct InlineImage: Hashable, Sendable {
        /// Letters, digits, dots and hyphens; unique within the mail.
        package var id: String
        /// `image/png`.
        package var mediaType: String
        package var name: String
        package var content: [UInt8]
        package init(id: String, mediaType: String, name: String, content: [UInt8]) {
            self.id = id
            self.mediaType = mediaType
            self.name = name
            self.content = content
        }
    }

    package var from: MailAddress
    package var to: MailAddress
    package var subject: String
    /// Without angle brackets; the same over repeats, so that a mailbox that has it drops the second copy.
    package var messageID: String
    /// The mails that this one belongs with, oldest first, without angle brackets.
    package var references: [String]
    package var date: Timestamp
    /// Name and identifier of the list: `Vigia alerts`, `alerts.example.org`.
    package var list: (name: String, id: String)? {
        get { listName.flatMap { name in listID.map { (name, $0) } } }
        set {
            listName = newValue?.name
            listID = newValue?.id
        }
    }
    private var listName: String?
    private var listID: String?
    /// An https address that ends the mails with one POST (RFC 8058).
    package var unsubscribeURL: String?
    package var text: String
    package var html: String?
    package var images: [InlineImage]

    package init(
        from: MailAddress, to: MailAddress, subject: String, messageID: String, references: [String] = [],
        date: Timestamp, list: (name: String, id: String)? = nil, unsubscribeURL: String? = nil, text: String,
        html: String? = nil, images: [InlineImage] = []
    ) {
        self.from = from
        self.to = to
        self.subject = subject
        self.messageID = messageID
        self.references = references
        self.date = date
        self.unsubscribeURL = unsubscribeURL
        self.text = text
        self.html = html
        self.images = images
        self.list = list
    }

    /// The whole mail: headers, an empty line, the parts; every line ends with CR LF.
    package var bytes: [UInt8] { Array(MIMEWriter(self).written.utf8) }

    /// The id of a delivery's mail: `17.1768399320000@example.org`. The time stands beside the number because numbers
    /// begin anew with a new database, and a mailbox drops what it has seen.
    package static func messageID(delivery: Int64, createdAt: Timestamp, domain: String) -> String {
        "\(delivery).\(createdAt.milliseconds)@\(domain)"
    }

    /// What all mails of one day (UTC) to one reader refer to, so that they show as one conversation.
    package static func threadID(day time: Timestamp, to reader: MailAddress, domain: String) -> String {
        let day = Timeframe.d1.openTime(containing: time).milliseconds / 86_400_000
        let mark = SHA256.hash(data: Array(reader.mailbox.utf8)).prefix(6).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return "day-\(day).\(mark.joined())@\(domain)"
    }
}
