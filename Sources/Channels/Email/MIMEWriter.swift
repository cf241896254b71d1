import Foundation

/// Writes a mail down (RFC 5322, RFC 2045 to 2047): text and HTML as alternatives, pictures beside the HTML that
/// shows them. The same mail is written the same every time.
struct MIMEWriter {
    private let mail: EmailMessage

    init(_ mail: EmailMessage) { self.mail = mail }

    var written: String { headers + body }

    private var headers: String {
        var out = EmailHeader.field("Date", [EmailHeader.date(mail.date)])
        out += EmailHeader.address("From", mail.from)
        out += EmailHeader.address("To", mail.to)
        out += EmailHeader.text("Subject", mail.subject)
        out += EmailHeader.field("Message-ID", ["<\(identifier(mail.messageID))>"])
        if !mail.references.isEmpty {
            out += EmailHeader.field("References", mail.references.map { "<\(identifier($0))>" })
        }
        if let list = mail.list { out += EmailHeader.labelled("List-Id", list.name, identifier(list.id)) }
        if let url = mail.unsubscribeURL, MIMEWriter.isAllowed(unsubscribe: url) {
            out += EmailHeader.field("List-Unsubscribe", ["<\(url)>"])
            out += EmailHeader.field("List-Unsubscribe-Post", ["List-Unsubscribe=One-Click"])
        }
        // RFC 3834: no out-of-office answers to us.
        out += EmailHeader.field("Auto-Submitted", ["auto-generated"])
        out += EmailHeader.field("MIME-Version", ["1.0"])
        return out
    }

    private var body: String {
        let text = part(text: mail.text, type: "text/plain")
        guard let html = mail.html else { return text }
        var shown = part(text: html, type: "text/html")
        if !mail.images.isEmpty {
            shown = multipart("related", [shown] + mail.images.map(part), extra: ["type=\"text/html\""])
        }
        return multipart("alternative", [text, shown])
    }

    /// Only printable ASCII reaches the header, and nothing that ends the angle brackets.
    static func isAllowed(unsubscribe url: String) -> Bool {
        url.lowercased().hasPrefix("https://") && url.utf8.count <= 800
            && url.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">") }
    }

    private func identifier(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.filter { $0.value > 0x20 && $0.value < 0x7F && $0 != "<" && $0 != ">" }))
    }

    // MARK: Parts

    private func part(text: String, type: String) -> String {
        let encoding = TransferEncoding.suiting(text)
        return EmailHeader.field("Content-Type", ["\(type);", "charset=utf-8"])
            + EmailHeader.field("Content-Transfer-Encoding", [encoding.rawValue]) + "\r\n"
            + encoding.encode(text: text.hasSuffix("\n") ? text : text + "\n")
    }

    private func part(_ image: EmailMessage.InlineImage) -> String {
        let name = EmailHeader.parameter("filename", image.name)
        return EmailHeader.field("Content-Type", [identifier(image.mediaType)])
            + EmailHeader.field("Content-Transfer-Encoding", [TransferEncoding.base64.rawValue])
            + EmailHeader.field("Content-ID", ["<\(identifier(image.id))>"])
            + EmailHeader.field(
                "Content-Disposition",
                ["inline;"] + name.enumerated().map { $0.offset < name.count - 1 ? $0.element + ";" : $0.element })
            + "\r\n" + TransferEncoding.base64(image.content)
    }

    private func multipart(_ kind: String, _ parts: [String], extra: [String] = []) -> String {
        let boundary = boundary(kind)
        let parameters = (["boundary=\"\(boundary)\""] + extra).joined(separator: "; ")
        return EmailHeader.field(
            "Content-Type", ["multipart/\(kind);"] + parameters.split(separator: " ").map(String.init))
            + "\r\n" + parts.map { "--\(boundary)\r\n\($0)" }.joined(separator: "\r\n") + "\r\n--\(boundary)--\r\n"
    }

    /// `=_` can occur neither in quoted-printable nor in base64, so no part can hold a boundary.
    private func boundary(_ kind: String) -> String {
        let id = identifier(mail.messageID).utf8.filter {
            (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
        }
        return "=_\(kind)_\(String(decoding: id.prefix(40), as: UTF8.self))"
    }
}
