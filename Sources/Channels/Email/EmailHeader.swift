import Foundation
import Market

/// Header fields as RFC 5322 wants them: ASCII, folded, one field a name. Whatever value comes in, exactly one field
/// comes out: a value cannot begin a line of its own.
enum EmailHeader {
    /// RFC 5322 asks for lines of at most 78 characters.
    static let lineLimit = 78

    /// Text without anything that ends a line, hides or turns text around; white space becomes single blanks.
    static func clean(_ text: String) -> String {
        let visible = String.UnicodeScalarView(
            TelegramText.clean(text).unicodeScalars.filter { !(0x2066...0x2069).contains($0.value) })
        return String(visible).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// A field of free text (`Subject`), with encoded words (RFC 2047) where ASCII does not do.
    static func text(_ name: String, _ value: String) -> String {
        let value = clean(value)
        return field(
            name, isPlain(value) ? value.split(separator: " ").map(String.init) : encodedWords(value, after: name))
    }

    /// A field of one address: `Name <local@domain>`.
    static func address(_ name: String, _ address: MailAddress) -> String {
        guard let label = address.name.map(clean), !label.isEmpty else { return field(name, [address.mailbox]) }
        return field(name, phrase(label, after: name) + ["<\(address.mailbox)>"])
    }

    /// A name before an identifier in angle brackets: `List-Id`.
    static func labelled(_ name: String, _ label: String, _ identifier: String) -> String {
        field(name, phrase(clean(label), after: name) + ["<\(identifier)>"])
    }

    /// A field of words that we made ourselves and that need no escape, folded between them.
    static func field(_ name: String, _ words: [String]) -> String {
        var out = name + ":"
        var used = out.utf8.count
        for (index, word) in words.enumerated() {
            if index > 0, used + 1 + word.utf8.count > lineLimit {
                out += "\r\n"
                used = 0
            }
            out += " " + word
            used += 1 + word.utf8.count
        }
        return out + "\r\n"
    }

    /// `Wed, 14 Jan 2026 14:02:00 +0000`.
    static func date(_ time: Timestamp) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let parts = calendar.dateComponents([.weekday, .day, .month, .year, .hour, .minute, .second], from: time.date)
        func two(_ number: Int?) -> String { (number ?? 0) < 10 ? "0\(number ?? 0)" : "\(number ?? 0)" }
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let day = days[(parts.weekday ?? 1) - 1]
        let month = months[(parts.month ?? 1) - 1]
        return "\(day), \(two(parts.day)) \(month) \(parts.year ?? 1970) "
            + "\(two(parts.hour)):\(two(parts.minute)):\(two(parts.second)) +0000"
    }

    /// A parameter of a structured field in pieces that fit a line, in the spelling of RFC 2231 where ASCII does not do:
    /// `filename*0*=utf-8''…`.
    static func parameter(_ name: String, _ value: String) -> [String] {
        let value = clean(value).replacing("\"", with: "'").replacing("\\", with: "_").replacing("/", with: "_")
        if isPlain(value), value.utf8.count <= 60 { return ["\(name)=\"\(value)\""] }
        var pieces = ["utf-8''"]
        // A character is not cut in two: some readers decode each piece by itself.
        for scalar in value.unicodeScalars {
            let text = percentEncoded(scalar)
            if pieces[pieces.count - 1].utf8.count + text.utf8.count > 50 { pieces.append("") }
            pieces[pieces.count - 1] += text
        }
        if pieces.count == 1 { return ["\(name)*=\(pieces[0])"] }
        return pieces.enumerated().map { "\(name)*\($0.offset)*=\($0.element)" }
    }

    private static func percentEncoded(_ scalar: Unicode.Scalar) -> String {
        let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
        if isPlain || "-._".unicodeScalars.contains(scalar) { return String(scalar) }
        return String(scalar).utf8.map { byte in "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }
        .joined()
    }

    // MARK: Words

    /// Printable ASCII that cannot be taken for an encoded word and folds at blanks.
    private static func isPlain(_ text: String) -> Bool {
        text.utf8.allSatisfy { (0x20...0x7E).contains($0) } && !text.contains("=?")
            && text.split(separator: " ").allSatisfy { $0.utf8.count <= 60 }
    }

    private static func phrase(_ label: String, after name: String) -> [String] {
        guard isPlain(label) else { return encodedWords(label, after: name) }
        let isAtoms = label.utf8.allSatisfy {
            $0 == 0x20 || (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
        }
        if isAtoms { return label.split(separator: " ").map(String.init) }
        // Not folded inside: blanks are part of a quoted string.
        guard label.utf8.count <= 60 else { return encodedWords(label, after: name) }
        return ["\"" + label.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""]
    }

    /// `=?utf-8?B?…?=`, each at most 75 characters and whole scalars (RFC 2047 section 5). White space between two
    /// encoded words is not shown, so blanks are inside.
    private static func encodedWords(_ text: String, after name: String) -> [String] {
        var words: [String] = []
        var bytes: [UInt8] = []
        // 12 characters stand around the base64, of which four carry three bytes.
        func room() -> Int {
            let line = words.isEmpty ? lineLimit - name.utf8.count - 2 : lineLimit - 1
            return max(12, (min(75, line) - 12) / 4 * 3)
        }
        func flush() {
            guard !bytes.isEmpty else { return }
            words.append("=?utf-8?B?\(Data(bytes).base64EncodedString())?=")
            bytes.removeAll()
        }
        for scalar in text.unicodeScalars {
            let more = Array(String(scalar).utf8)
            if bytes.count + more.count > room() { flush() }
            bytes += more
        }
        flush()
        return words
    }
}
