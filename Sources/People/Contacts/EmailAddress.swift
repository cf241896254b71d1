/// An e-mail address that can be written into a header and an SMTP command as it stands: a dot-atom before the `@`
/// (RFC 5321, no quoted form), a host name with at least two labels behind it, ASCII only. An internationalised domain is
/// written in its `xn--` form.
package struct EmailAddress: Hashable, Sendable, CustomStringConvertible {
    /// The domain in lower case, the part before the `@` as it was written.
    package let text: String

    /// Reads `me@example.com`, also as `<me@example.com>` or `mailto:me@example.com`. `nil` for everything else: no
    /// control character, space, quote, comma or second `@` ever becomes part of an address.
    package init?(_ written: some StringProtocol) {
        var bytes = Array(written.utf8)[...]
        if bytes.first == UInt8(ascii: "<"), bytes.last == UInt8(ascii: ">"), bytes.count > 2 {
            bytes = bytes.dropFirst().dropLast()
        }
        let scheme = Array("mailto:".utf8)
        if bytes.count > scheme.count, zip(bytes, scheme).allSatisfy({ $0 | 0x20 == $1 || $0 == $1 }) {
            bytes = bytes.dropFirst(scheme.count)
        }
        guard (6...254).contains(bytes.count), let mark = bytes.lastIndex(of: UInt8(ascii: "@")),
            EmailAddress.isLocalPart(bytes[..<mark]), EmailAddress.isDomain(bytes[(mark + 1)...])
        else { return nil }
        let local = String(decoding: bytes[..<mark], as: UTF8.self)
        text = local + "@" + String(decoding: bytes[(mark + 1)...], as: UTF8.self).lowercased()
    }

    package var description: String { text }
    package var domain: String { String(text.split(separator: "@").last ?? "") }

    /// Dot-separated runs of RFC 5322's atext, 64 bytes at most.
    private static func isLocalPart(_ bytes: ArraySlice<UInt8>) -> Bool {
        let others = Array("!#$%&'*+-/=?^_`{|}~".utf8)
        return (1...64).contains(bytes.count)
            && bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { atom in
                !atom.isEmpty && atom.allSatisfy { isLetterOrDigit($0) || others.contains($0) }
            }
    }

    /// RFC 1123 labels; the last one begins with a letter, so that an IP address is no domain.
    private static func isDomain(_ bytes: ArraySlice<UInt8>) -> Bool {
        let labels = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard labels.count >= 2, let top = labels.last, top.count >= 2, let first = top.first, isLetter(first) else {
            return false
        }
        return labels.allSatisfy { label in
            guard (1...63).contains(label.count), let first = label.first, let last = label.last else { return false }
            return isLetterOrDigit(first) && isLetterOrDigit(last)
                && label.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (65...90).contains(byte) || (97...122).contains(byte) }
    private static func isLetterOrDigit(_ byte: UInt8) -> Bool { isLetter(byte) || (48...57).contains(byte) }
}
