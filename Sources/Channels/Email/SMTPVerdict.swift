import CCurl
import Delivery
import Market

/// What a mail server's answers mean for a delivery (RFC 5321, RFC 3463).
enum SMTPVerdict {
    /// The server's words about an accepted mail, or why it did not go.
    /// - Parameters:
    ///   - code: how libcurl's transfer ended.
    ///   - detail: libcurl's own words; they hold no secret.
    static func result(
        _ code: CURLcode, detail: String, of dialogue: SMTPDialogue
    ) -> Result<String, DeliveryError> {
        // Whatever broke afterwards: the server has answered for the whole mail.
        if let verdict = dialogue.verdict {
            return (200..<300).contains(verdict.code)
                ? .success(verdict.text) : .failure(refusal(verdict, at: .body))
        }
        if dialogue.isBodyComplete {
            return .failure(.outcomeUnknown(reason: "the mail server's last answer was lost"))
        }
        if code == CURLE_OK { return .failure(.outcomeUnknown(reason: "the mail server did not answer for the mail")) }
        if let last = dialogue.last, (400..<600).contains(last.code) {
            return .failure(refusal(last, at: dialogue.stage))
        }
        return .failure(failure(code, detail: detail, at: dialogue.stage))
    }

    /// The connection failed, not the mail.
    private static func failure(_ code: CURLcode, detail: String, at stage: SMTPDialogue.Stage) -> DeliveryError {
        let words = EmailHeader.clean(detail).prefix(200)
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST:
            return .unavailable(reason: "the mail server's name is not known (SMTP_SERVER)")
        case CURLE_COULDNT_CONNECT:
            return .unavailable(reason: "the mail server cannot be reached: \(words)")
        case CURLE_OPERATION_TIMEDOUT:
            return .unavailable(reason: "the mail server did not answer in time")
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CONNECT_ERROR, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CERTPROBLEM:
            return .unavailable(reason: "TLS with the mail server failed: \(words)")
        case CURLE_SSL_CACERT_BADFILE:
            return .unavailable(reason: "the file of VIGIA_CA_FILE cannot be used: \(words)")
        case CURLE_USE_SSL_FAILED:
            return .unavailable(reason: "the mail server offers no TLS, which SMTP_SECURITY requires")
        case CURLE_LOGIN_DENIED:
            return .unauthorized(reason: "the mail server takes no log-in of ours: \(words)")
        case CURLE_ABORTED_BY_CALLBACK:
            return .unavailable(reason: "stopped before the mail was handed over")
        case CURLE_WEIRD_SERVER_REPLY:
            return .unavailable(reason: "the mail server's answer is not SMTP")
        default:
            return .unavailable(reason: "the connection to the mail server broke (\(stage.rawValue)): \(words)")
        }
    }

    /// A negative answer.
    static func refusal(_ reply: SMTPDialogue.Reply, at stage: SMTPDialogue.Stage) -> DeliveryError {
        let reason = "mail server: \(reply.summary)"
        if reply.code < 500 { return temporary(reply, at: stage, reason: reason) }
        switch stage {
        case .connect, .hello, .startTLS, .auth:
            return .unauthorized(reason: reason)
        case .sender:
            // 552 and 5.3.4 are about this mail's size; all else is about whom it comes from.
            return reply.code == 552 || reply.enhanced == [5, 3, 4]
                ? .rejected(reason: reason) : .unauthorized(reason: reason)
        case .recipient, .data, .body:
            if needsLogIn(reply, at: stage) { return .unauthorized(reason: reason) }
            if isAboutRecipient(reply, at: stage) { return .recipientGone(reason: reason) }
            return .rejected(reason: reason)
        }
    }

    /// Greylisting, quotas, a server going down. Where the server says how long, that is obeyed.
    private static func temporary(
        _ reply: SMTPDialogue.Reply, at stage: SMTPDialogue.Stage, reason: String
    ) -> DeliveryError {
        let isAboutRecipient = stage == .recipient || stage == .data || stage == .body
        // x.7.x with 421, and 4.3.2 or 4.4.5, are about the whole conversation; the rest may be one mailbox's matter.
        let isAboutSender = reply.code == 421 || !isAboutRecipient
        if let wait = askedWait(reply.text) {
            return .rateLimited(retryAfter: wait, scope: isAboutSender ? .sender : .address)
        }
        return .unavailable(reason: reason)
    }

    /// 530, or a relay that does not know us: nothing of ours can go.
    private static func needsLogIn(_ reply: SMTPDialogue.Reply, at stage: SMTPDialogue.Stage) -> Bool {
        if reply.code == 530 || reply.code == 535 { return true }
        // After the recipient was taken it is this mail that displeases (552 5.7.0 of a filter), not who sends it.
        guard stage == .recipient else { return false }
        if [[5, 7, 0], [5, 7, 8], [5, 7, 9], [5, 7, 11], [5, 5, 1]].contains(reply.enhanced) { return true }
        let text = reply.text.lowercased()
        return reply.enhanced.prefix(2) != [5, 1]
            && (text.contains("relay") || text.contains("authentication required"))
    }

    /// The mailbox or its domain does not exist or takes no mail any more.
    private static func isAboutRecipient(_ reply: SMTPDialogue.Reply, at stage: SMTPDialogue.Stage) -> Bool {
        switch reply.enhanced {
        case [5, 1, 0], [5, 1, 1], [5, 1, 2], [5, 1, 3], [5, 1, 6], [5, 1, 10], [5, 2, 1], [5, 4, 310]: return true
        case []:
            guard stage == .recipient, [550, 551, 553].contains(reply.code) else { return false }
            // Filters answer 550 as well, about us and not about the mailbox.
            let text = reply.text.lowercased()
            return !["spam", "block", "polic", "reputation", "dmarc", "spf", "denied", "blacklist", "blocklist"]
                .contains { text.contains($0) }
        default: return false
        }
    }

    /// `try again in 120 seconds`, `wait 5 minutes`; at most an hour, beyond which it is no pause.
    static func askedWait(_ text: String) -> Span? {
        guard
            let match = text.lowercased().firstMatch(
                of: #/(?:in|for|wait|after)\s+(\d{1,5})\s*(s|sec|secs|seconds?|m|min|mins|minutes?)\b/#),
            let number = Int64(match.1), number > 0
        else { return nil }
        return min(match.2.hasPrefix("m") ? .minutes(number) : .seconds(number), .hours(1))
    }
}
