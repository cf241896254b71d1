import CCurl
import Delivery
import Foundation
import Market
import Testing
import Turns

@testable import Channels

@Suite(.oneAtATime) struct SMTPVerdictTests {
    private func ending(
        _ talk: [(out: String?, in: [String])], isComplete: Bool = false, code: CURLcode = CURLE_RECV_ERROR
    ) -> Result<String, DeliveryError> {
        var dialogue = SMTPDialogue()
        for (out, lines) in talk {
            if let out { dialogue.sent(Array(out.utf8)) }
            for line in lines { dialogue.received(Array((line + "\r\n").utf8)) }
        }
        if isComplete { dialogue.bodyCompleted() }
        return SMTPVerdict.result(code, detail: "details", of: dialogue)
    }

    private func atRecipient(_ answer: String) -> DeliveryError? {
        let result = ending([
            (nil, ["220 hi"]), ("EHLO x\r\n", ["250-a", "250 b"]), ("MAIL FROM:<a@b>\r\n", ["250 ok"]),
            ("RCPT TO:<c@d>\r\n", answer.components(separatedBy: "\n")),
        ])
        if case .failure(let error) = result { return error }
        return nil
    }

    private func atEnd(_ answer: String?) -> Result<String, DeliveryError> {
        ending(
            [
                ("MAIL FROM:<a@b>\r\n", ["250 ok"]), ("RCPT TO:<c@d>\r\n", ["250 ok"]), ("DATA\r\n", ["354 go"]),
                (nil, answer.map { [$0] } ?? []),
            ], isComplete: true)
    }

    @Test(
        "a mailbox that does not exist is gone",
        arguments: [
            "550 5.1.1 no such user", "550-5.1.1 The email account\n550 5.1.1 does not exist", "550 No such user here",
            "551 user not local", "553 mailbox name not allowed", "550 5.2.1 mailbox disabled", "556 5.1.10 null MX",
        ])
    func gone(answer: String) throws {
        guard case .recipientGone(let reason) = try #require(atRecipient(answer)) else {
            Issue.record("\(answer): \(String(describing: atRecipient(answer)))")
            return
        }
        #expect(reason.hasPrefix("mail server: 55"))
    }

    @Test(
        "a refusal that is not about the mailbox leaves it open",
        arguments: [
            "552 5.2.2 mailbox full", "550 5.7.1 message looks like spam", "550 blocked for policy reasons",
            "554 5.7.1 rejected by filter", "552 too large",
        ])
    func rejected(answer: String) throws {
        guard case .rejected = try #require(atRecipient(answer)) else {
            Issue.record("\(answer): \(String(describing: atRecipient(answer)))")
            return
        }
    }

    @Test(
        "a server that does not know us stops the sender",
        arguments: [
            "530 5.7.0 authentication required", "554 5.7.1 relay access denied", "550 relaying denied", "535 no",
        ])
    func unauthorized(answer: String) throws {
        guard case .unauthorized = try #require(atRecipient(answer)) else {
            Issue.record("\(answer): \(String(describing: atRecipient(answer)))")
            return
        }
    }

    @Test("a passing refusal is tried again, when the server says so or with back-off")
    func temporary() {
        #expect(atRecipient("451 4.7.1 greylisted") == .unavailable(reason: "mail server: 451 4.7.1 greylisted"))
        #expect(
            atRecipient("450 4.7.1 try again in 5 minutes") == .rateLimited(retryAfter: .minutes(5), scope: .address))
        #expect(
            atRecipient("421 4.7.0 too many, wait 30 sec") == .rateLimited(retryAfter: .seconds(30), scope: .sender))
        #expect(SMTPVerdict.askedWait("in 99999 minutes") == .hours(1))
        #expect(SMTPVerdict.askedWait("code 300 seconds") == nil)
    }

    @Test("after the whole mail only its answer counts")
    func atTheEnd() {
        #expect(atEnd("250 2.0.0 queued as 77") == .success("2.0.0 queued as 77"))
        #expect(atEnd(nil) == .failure(.outcomeUnknown(reason: "the mail server's last answer was lost")))
        #expect(atEnd("550 5.1.1 unknown") == .failure(.recipientGone(reason: "mail server: 550 5.1.1 unknown")))
        #expect(atEnd("554 5.7.1 spam") == .failure(.rejected(reason: "mail server: 554 5.7.1 spam")))
        #expect(atEnd("451 later") == .failure(.unavailable(reason: "mail server: 451 later")))
    }

    @Test("what breaks before is told in words, and has not arrived")
    func broken() {
        let cases: [(CURLcode, String)] = [
            (CURLE_COULDNT_CONNECT, "cannot be reached"), (CURLE_OPERATION_TIMEDOUT, "in time"),
            (CURLE_PEER_FAILED_VERIFICATION, "TLS with the mail server failed: details"),
            (CURLE_USE_SSL_FAILED, "offers no TLS"), (CURLE_COULDNT_RESOLVE_HOST, "SMTP_SERVER"),
            (CURLE_RECV_ERROR, "broke (sender)"),
        ]
        for (code, words) in cases {
            guard case .failure(.unavailable(let reason)) = ending([("MAIL FROM:<a@b>", [])], code: code) else {
                Issue.record("\(words)")
                continue
            }
            #expect(reason.contains(words), "\(reason)")
        }
        guard
            case .failure(.unauthorized) = ending([("AUTH PLAIN AGEAYg==", ["535 5.7.8 no"])], code: CURLE_LOGIN_DENIED)
        else {
            Issue.record("a refused log-in stops the sender")
            return
        }
    }

    @Test("the answer to our goodbye is not the answer to the mail")
    func goodbye() {
        let result = ending([
            ("MAIL FROM:<a@b>", ["250 ok"]), ("RCPT TO:<c@d>", ["550 5.1.1 unknown"]), ("QUIT", ["221 bye"]),
        ])
        #expect(result == .failure(.recipientGone(reason: "mail server: 550 5.1.1 unknown")))
    }

    @Test("the secret of a log-in is no command")
    func secrets() {
        var dialogue = SMTPDialogue()
        dialogue.sent(Array("AUTH LOGIN\r\n".utf8))
        dialogue.sent(Array("cmNwdA==\r\n".utf8))
        #expect(dialogue.stage == .auth)
    }
}
