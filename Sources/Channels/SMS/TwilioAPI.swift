package import Delivery
import Foundation
import Market
import Metrics
import People
package import Transport

/// The three calls to Twilio that we make. No error carries the token or a URL.
package struct TwilioAPI: Sendable {
    /// A message as Twilio keeps it.
    struct Record: Hashable, Sendable {
        var sid: String
        var to: String
        var body: String
        var status: String
        var createdAt: Timestamp?
    }

    private let transport: any HTTPTransport
    private let configuration: TwilioConfiguration

    package init(transport: any HTTPTransport, configuration: TwilioConfiguration) {
        self.transport = transport
        self.configuration = configuration
    }

    /// Sends, and returns the message's id.
    /// - Parameter validity: how long Twilio may keep it waiting; later it is worth nothing.
    func send(to number: PhoneNumber, body: String, delivery: OutboxID, validity: Span) async throws(DeliveryError)
        -> String
    {
        var fields = [
            ("To", number.description),
            (configuration.isMessagingService ? "MessagingServiceSid" : "From", configuration.sender),
            ("Body", body), ("ValidityPeriod", "\(max(1, validity.milliseconds / 1000))"),
        ]
        if let url = configuration.publicURL {
            fields.append(("StatusCallback", "\(url)\(TwilioConfiguration.statusPath)?delivery=\(delivery)"))
        }
        let answer = try await call(
            "POST", "/Messages.json", body: FormText.encode(fields.map { (name: $0.0, value: $0.1) }), name: "send")
        // Taken, it says: which message it made is in the record.
        guard let sid = answer["sid"]?.string, TwilioAPI.isID(sid) else {
            throw .outcomeUnknown(reason: "Twilio's answer has no message id")
        }
        return sid
    }

    /// The latest messages to a number, newest first.
    func messages(to number: PhoneNumber) async throws(DeliveryError) -> [Record] {
        let answer = try await call(
            "GET", "/Messages.json?" + FormText.encode([("To", number.description), ("PageSize", "50")]), body: nil,
            name: "list")
        guard let rows = answer["messages"]?.array else { throw .unavailable(reason: "Twilio's list cannot be read") }
        return rows.compactMap { row in
            guard let sid = row["sid"]?.string, TwilioAPI.isID(sid), let body = row["body"]?.string else { return nil }
            return Record(
                sid: sid, to: row["to"]?.string ?? "", body: body, status: row["status"]?.string ?? "",
                createdAt: row["date_created"]?.string.flatMap(TwilioAPI.time))
        }
    }

    /// Whether the account answers, and is active.
    package func check() async throws(DeliveryError) {
        let answer = try await call("GET", ".json", body: nil, name: "account")
        let status = answer["status"]?.string ?? "unknown"
        guard status == "active" else { throw .unauthorized(reason: "the account is \(EmailHeader.clean(status))") }
    }

    static func isID(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
            }
    }

    /// `Wed, 14 Jan 2026 14:02:00 +0000`, always in UTC.
    static func time(_ text: String) -> Timestamp? {
        guard
            let match = text.wholeMatch(
                of: #/(?:[A-Z][a-z]{2}, )?(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) \+0000/#),
            let month = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(separator: " ").firstIndex(of: match.2)
        else { return nil }
        var parts = DateComponents()
        parts.year = Int(match.3)
        parts.month = month + 1
        parts.day = Int(match.1)
        parts.hour = Int(match.4)
        parts.minute = Int(match.5)
        parts.second = Int(match.6)
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return calendar.date(from: parts).map { Timestamp($0) }
    }

    // MARK: One call

    private func call(_ method: String, _ path: String, body: String?, name: String) async throws(DeliveryError)
        -> JSONValue
    {
        do {
            return try await attempt(method, path, body: body, name: name)
        } catch {
            Counter(
                label: "vigia_twilio_call_failures_total", dimensions: [("call", name), ("kind", error.metricName)]
            ).increment()
            throw error
        }
    }

    private func attempt(_ method: String, _ path: String, body: String?, name: String) async throws(DeliveryError)
        -> JSONValue
    {
        let login = Data("\(configuration.account):\(configuration.token)".utf8).base64EncodedString()
        var headers = [("authorization", "Basic \(login)"), ("accept", "application/json")]
        if body != nil { headers.append(("content-type", "application/x-www-form-urlencoded")) }
        let answer: HTTPAnswer
        do throws(TransportError) {
            answer = try await transport.send(
                HTTPCall(
                    method: method,
                    url: "\(configuration.apiURL)/2010-04-01/Accounts/\(configuration.account)\(path)",
                    headers: headers.map { (name: $0.0, value: $0.1) }, body: body.map { Array($0.utf8) },
                    deadline: configuration.deadline, limit: 4 << 20, label: "twilio \(name)"))
        } catch {
            switch error {
            case .notConnected: throw .unavailable(reason: "Twilio cannot be reached")
            case .noAnswer: throw .outcomeUnknown(reason: "Twilio did not answer")
            case .answerTooLarge: throw .outcomeUnknown(reason: "Twilio's answer is too large")
            case .cancelled: throw .outcomeUnknown(reason: "cancelled")
            }
        }
        let value = try? JSONValue(parsing: answer.body)
        if (200..<300).contains(answer.status) {
            guard let value else { throw .outcomeUnknown(reason: "Twilio's answer is not JSON") }
            return value
        }
        let wait = answer.headers["retry-after"].flatMap { Double($0) }.flatMap { seconds -> Span? in
            guard seconds.isFinite, seconds >= 0 else { return nil }
            return .milliseconds(Int64((min(seconds, 86_400) * 1000).rounded(.up)))
        }
        throw TwilioProblem(answer.status, body: value, retryAfter: wait).deliveryError
    }
}
