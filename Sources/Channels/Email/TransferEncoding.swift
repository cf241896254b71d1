import Foundation

/// How the bytes of a part travel through servers that know only short lines of ASCII (RFC 2045 section 6).
enum TransferEncoding: String, Sendable {
    case quotedPrintable = "quoted-printable"
    case base64

    /// Most characters of a line, its end not counted.
    static let lineLimit = 76

    /// The shorter of the two: quoted-printable stays readable while at most a third is not ASCII.
    static func suiting(_ text: String) -> TransferEncoding {
        let foreign = text.utf8.reduce(0) { $0 + ($1 >= 0x80 ? 1 : 0) }
        return foreign * 3 > text.utf8.count ? .base64 : .quotedPrintable
    }

    /// Lines with CR LF at the end of each.
    func encode(text: String) -> String {
        let text = text.replacing("\r\n", with: "\n").replacing("\r", with: "\n")
        return switch self {
        case .quotedPrintable: TransferEncoding.quotedPrintable(text)
        case .base64: TransferEncoding.base64(Array(text.replacing("\n", with: "\r\n").utf8))
        }
    }

    static func base64(_ bytes: [UInt8]) -> String {
        let text = Data(bytes).base64EncodedString()
        var out = ""
        out.reserveCapacity(text.utf8.count + text.utf8.count / 38 + 2)
        var rest = text.utf8[...]
        while !rest.isEmpty {
            out += String(decoding: rest.prefix(lineLimit), as: UTF8.self) + "\r\n"
            rest = rest.dropFirst(lineLimit)
        }
        return out
    }

    private static func quotedPrintable(_ text: String) -> String {
        var out: [UInt8] = []
        out.reserveCapacity(text.utf8.count * 5 / 4)
        let lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            // What ends the text is the end of its last line, not one line more.
            if index == lines.count - 1, line.isEmpty { break }
            quote(Array(line), into: &out)
            out += [0x0D, 0x0A]
        }
        return String(decoding: out, as: UTF8.self)
    }

    private static func quote(_ line: [UInt8], into out: inout [UInt8]) {
        var used = 0
        // Relays turn a line that begins with "From " into ">From ", and some strip a leading dot.
        let hidesFirst = line.starts(with: Array("From ".utf8)) || line.first == UInt8(ascii: ".")
        for (index, byte) in line.enumerated() {
            let isLast = index == line.count - 1
            let isPlain =
                (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "=") && !(index == 0 && hidesFirst)
                || (byte == 0x20 || byte == 0x09) && !isLast
            let width = isPlain ? 1 : 3
            // Room for the `=` of a soft line break, unless this is the end of the line.
            if used + width > lineLimit - (isLast ? 0 : 1) {
                out += [UInt8(ascii: "="), 0x0D, 0x0A]
                used = 0
            }
            if isPlain { out.append(byte) } else { out += escape(byte) }
            used += width
        }
    }

    private static func escape(_ byte: UInt8) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        return [UInt8(ascii: "="), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
}
