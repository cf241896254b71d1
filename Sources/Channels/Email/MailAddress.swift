/// A mailbox, with the name it goes by: `alerts@example.org` or `Vigia <alerts@example.org>`.
///
/// Only what every mail server takes without quoting is accepted, in ASCII (a domain in other letters is written in its
/// `xn--` form), so that an address can stand in a header or a command as it is.
package struct MailAddress: Hashable, Sendable {
    package let name: String?
    /// `local@domain`, the domain in lower case.
    package let mailbox: String
    package let domain: String

    package init?(_ text: String) {
        var rest = text.trimmingWhitespace
        var name: String?
        if rest.hasSuffix(">") {
            guard let open = rest.lastIndex(of: "<") else { return nil }
            let label = rest[..<open].trimmingWhitespace.trimming("\"")
            if !label.isEmpty { name = EmailHeader.clean(label) }
            rest = String(rest[rest.index(after: open)...].dropLast())
        }
        guard let at = rest.lastIndex(of: "@") else { return nil }
        let local = rest[..<at]
        let domain = rest[rest.index(after: at)...].lowercased()
        guard MailAddress.isLocalPart(local), MailAddress.isDomain(domain), local.utf8.count + domain.utf8.count < 254
        else { return nil }
        self.name = name
        self.domain = domain
        mailbox = "\(local)@\(domain)"
    }

    /// RFC 5321: at most 64 octets, a dot-atom.
    private static func isLocalPart(_ text: Substring) -> Bool {
        guard !text.isEmpty, text.utf8.count <= 64, !text.hasPrefix("."), !text.hasSuffix("."), !text.contains("..")
        else { return false }
        return text.utf8.allSatisfy { isLetterOrDigit($0) || "!#$%&'*+-/=?^_`{|}~.".utf8.contains($0) }
    }

    private static func isDomain(_ text: String) -> Bool {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        return text.utf8.count <= 253
            && labels.allSatisfy { label in
                !label.isEmpty && label.utf8.count <= 63 && !label.hasPrefix("-") && !label.hasSuffix("-")
                    && label.utf8.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }
            }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}

extension StringProtocol {
    /// Without white space at both ends.
    var trimmingWhitespace: String {
        var view = self[...]
        while let first = view.first, first.isWhitespace { view.removeFirst() }
        while let last = view.last, last.isWhitespace { view.removeLast() }
        return String(view)
    }
}

extension String {
    fileprivate func trimming(_ mark: Character) -> String {
        count >= 2 && first == mark && last == mark ? String(dropFirst().dropLast()) : self
    }
}
