/// What was said between us and a mail server while one mail was handed over: how far it went, and what the server
/// answered last. It is fed line by line, and decides nothing.
struct SMTPDialogue: Sendable {
    enum Stage: String, Sendable {
        case connect, hello, startTLS, auth, sender, recipient, data
        /// The mail itself is under way, or was handed over.
        case body
    }

    /// A whole answer: `550 5.1.1 no such user`.
    struct Reply: Hashable, Sendable {
        var code: Int
        /// RFC 3463 without the dots: `[5, 1, 1]`; empty where the server gives none.
        var enhanced: [Int]
        var text: String

        /// For people: code and words. Cut where the address is taken out of it: half an address would be found by nobody.
        var summary: String { "\(code) " + EmailHeader.clean(text).prefix(1_000) }
    }

    private(set) var stage = Stage.connect
    /// The latest whole answer.
    private(set) var last: Reply?
    /// The answer to the whole mail.
    private(set) var verdict: Reply?
    /// The last byte of the mail was given to the connection: the server may have taken it.
    private(set) var isBodyComplete = false
    private var lines: [String] = []
    /// We said goodbye, as libcurl does after a refusal: what follows is an answer to that.
    private var isOver = false

    /// A line that goes out. Only its verb is looked at: the rest may be a secret.
    mutating func sent(_ line: some Collection<UInt8>) {
        guard stage != .body else { return }
        let verb = String(decoding: line.prefix(8), as: UTF8.self).uppercased().prefix { $0.isLetter }
        switch verb {
        case "EHLO", "HELO": stage = .hello
        case "STARTTLS": stage = .startTLS
        case "AUTH": stage = .auth
        case "MAIL": stage = .sender
        case "RCPT": stage = .recipient
        case "DATA": stage = .data
        case "QUIT": isOver = true
        default: break
        }
    }

    /// A line that came in.
    mutating func received(_ bytes: some Collection<UInt8>) {
        if isOver { return }
        let line = String(decoding: bytes.prefix(1_000), as: UTF8.self).trimmingWhitespace
        let digits = line.prefix(3)
        guard digits.count == 3, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let code = Int(digits) else {
            return
        }
        let rest = line.dropFirst(3)
        if lines.count < 20 { lines.append(String(rest.dropFirst()).trimmingWhitespace) }
        if rest.first == "-" { return }
        let reply = SMTPDialogue.reply(code, lines)
        lines.removeAll()
        last = reply
        if stage == .body {
            verdict = verdict ?? reply
        } else if stage == .data, code == 354 {
            stage = .body
        }
    }

    mutating func bodyCompleted() { isBodyComplete = true }

    private static func reply(_ code: Int, _ lines: [String]) -> Reply {
        let parts = (lines.last ?? "").prefix { $0.isNumber || $0 == "." }.split(separator: ".").map { Int($0) }
        let enhanced = parts.compactMap { $0 }
        let isEnhanced = parts.count == 3 && enhanced.count == 3 && enhanced[0] == code / 100
        return Reply(code: code, enhanced: isEnhanced ? enhanced : [], text: lines.joined(separator: " "))
    }
}
