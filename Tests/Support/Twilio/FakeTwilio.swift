package import Foundation
import Synchronization

/// Twilio's message API on a loopback port: it checks what it is sent, keeps a record that can be listed, counts against
/// a limit that can be changed, and fails as it is told.
package final class FakeTwilio: Sendable {
    package struct Sent: Hashable, Sendable {
        package var sid: String
        package var to: String
        package var from: String
        package var body: String
        package var statusCallback: String?
        package var validity: String?
        package var at: Date
        package var status = "queued"
        package var errorCode: Int?
    }

    /// A request as it came.
    package struct Request: Hashable, Sendable {
        package var method: String
        /// Path and query.
        package var target: String
        package var contentType: String?
        /// The body's fields in their order.
        package var form: [String]
        package var status: Int
    }

    package enum Fault: Hashable, Sendable {
        /// Twilio's refusal: HTTP status and its own number; 0 for a page that is not Twilio's.
        case refuse(status: Int, code: Int, retryAfter: String?)
        /// The connection breaks; the message was not taken.
        case cutBefore
        /// The message is taken, and the connection breaks before that is said.
        case cutAfter
        case silentBefore
        case silentAfter
        /// The message is taken, and that is said so much later.
        case slowAfter(Duration)
        /// The message is taken, and the answer is no JSON.
        case garbledAfter
        /// Something else than Twilio answers 200.
        case garbledBefore
    }

    struct State {
        var sent: [Sent] = []
        var journal: [Request] = []
        var optedOut: Set<String> = []
        var faults: [(fault: Fault, times: Int)] = []
        var isListBroken = false
        var limit: Int?
        var window: [ContinuousClock.Instant] = []
        var requests = 0
        var silences = 0
        var account = "active"
    }

    package static let account = "AC00000000000000000000000000000001"
    package static let token = "a-token-of-32-letters-for-tests!"

    let state = Mutex(State())
    private let server = Mutex<LoopbackServer?>(nil)

    package var url: String { server.withLock { $0?.url } ?? "http://127.0.0.1:0" }

    private init() {}

    package static func start() async throws -> FakeTwilio {
        let fake = FakeTwilio()
        let server = try await LoopbackServer.start { request in
            let (response, delay) = fake.serve(request)
            if delay > .zero { try? await Task.sleep(for: delay) }
            return response
        }
        fake.server.withLock { $0 = server }
        return fake
    }

    package func stop() async { await server.withLock { $0 }?.stop() }

    package var sent: [Sent] { state.withLock { $0.sent } }
    /// Requests to send, refused ones too.
    package var requests: Int { state.withLock { $0.requests } }

    /// Requests that are never answered.
    package var silences: Int { state.withLock { $0.silences } }

    /// Meets the next `times` requests to send.
    package func fault(_ fault: Fault, times: Int = 1) { state.withLock { $0.faults.append((fault, times)) } }
    package func calm() { state.withLock { $0.faults.removeAll() } }
    /// The list answers 503.
    package func breakList(_ isBroken: Bool) { state.withLock { $0.isListBroken = isBroken } }
    /// Messages a second; more are refused with 429. `nil` for no limit.
    package func limit(_ count: Int?) { state.withLock { $0.limit = count } }
    /// The number's owner has said STOP: nothing is sent there.
    package func optOut(_ number: String) { state.withLock { _ = $0.optedOut.insert(number) } }
    /// What became of a message.
    package func report(_ sid: String, status: String, errorCode: Int? = nil) {
        state.withLock { state in
            guard let index = state.sent.firstIndex(where: { $0.sid == sid }) else { return }
            state.sent[index].status = status
            state.sent[index].errorCode = errorCode
        }
    }
    package var journal: [Request] { state.withLock { $0.journal } }
    package func suspend() { state.withLock { $0.account = "suspended" } }

    // MARK: Serving

    private func serve(_ request: LoopbackRequest) -> (LoopbackResponse, delay: Duration) {
        if request.path.hasPrefix("/fake/") { return (control(request), .zero) }
        let (response, delay) = answer(request)
        state.withLock {
            $0.journal.append(
                Request(
                    method: request.method, target: request.uri, contentType: request.header("Content-Type"),
                    form: request.text.split(separator: "&").map(String.init), status: response.status))
        }
        return (response, delay)
    }

    private func answer(_ request: LoopbackRequest) -> (LoopbackResponse, delay: Duration) {
        if request.method == "POST", request.path.hasSuffix("/Messages.json") {
            let fault = takeFault()
            var delay = Duration.zero
            if case .slowAfter(let time) = fault { delay = time }
            return (route(request, fault), delay)
        }
        return (route(request, nil), .zero)
    }

    private func takeFault() -> Fault? {
        state.withLock { state in
            guard let first = state.faults.first else { return nil }
            if first.times <= 1 { state.faults.removeFirst() } else { state.faults[0].times -= 1 }
            switch first.fault {
            case .silentBefore, .silentAfter: state.silences += 1
            default: break
            }
            return first.fault
        }
    }

    private func route(_ request: LoopbackRequest, _ fault: Fault?) -> LoopbackResponse {
        let root = "/2010-04-01/Accounts/\(Self.account)"
        guard request.path.hasPrefix(root) else {
            return Self.problem(404, 20404, "The requested resource \(request.path) was not found")
        }
        let login = Base64.encode("\(Self.account):\(Self.token)")
        guard request.header("Authorization") == "Basic \(login)" else {
            return Self.problem(401, 20003, "Authenticate")
        }
        switch (request.method, request.path.dropFirst(root.count)) {
        case ("GET", ".json"):
            return .json("{\"sid\":\"\(Self.account)\",\"status\":\"\(state.withLock { $0.account })\"}")
        case ("GET", "/Messages.json"): return list(request)
        case ("POST", "/Messages.json"): return send(request, fault)
        case ("GET", let path) where path.hasPrefix("/Messages/") && path.hasSuffix(".json"):
            let sid = path.dropFirst("/Messages/".count).dropLast(".json".count)
            guard let message = state.withLock({ $0.sent.first { $0.sid == sid } }) else { break }
            return .json(Self.json(message))
        default: break
        }
        return Self.problem(404, 20404, "The requested resource \(request.path) was not found")
    }

    private func send(_ request: LoopbackRequest, _ fault: Fault?) -> LoopbackResponse {
        let form = LoopbackRequest.form(request.text)
        state.withLock { $0.requests += 1 }
        switch fault {
        case .refuse(let status, let code, let retryAfter):
            let headers = retryAfter.map { [(name: "Retry-After", value: $0)] } ?? []
            if code == 0 { return .html("<h1>\(status)</h1>", status: status) }
            return Self.problem(status, code, "as the test wants", headers: headers)
        case .cutBefore: return .cut
        case .silentBefore: return .silence
        case .garbledBefore: return .html("<h1>Welcome to this hotel's network</h1>")
        case nil, .cutAfter, .silentAfter, .slowAfter, .garbledAfter: break
        }
        if state.withLock({ $0.isOverLimit() }) { return Self.problem(429, 20429, "Too Many Requests") }
        if let problem = Self.check(form, request) { return problem }
        if state.withLock({ $0.optedOut.contains(form["To"] ?? "") }) {
            return Self.problem(400, 21610, "Attempt to send to unsubscribed recipient")
        }
        let message = state.withLock { $0.take(form) }
        switch fault {
        case .cutAfter: return .cut
        case .silentAfter: return .silence
        case .garbledAfter: return .html("<h1>201</h1>", status: 201)
        default: return .json(Self.json(message), status: 201)
        }
    }

    private static func check(_ form: [String: String], _ request: LoopbackRequest) -> LoopbackResponse? {
        guard request.header("Content-Type") == "application/x-www-form-urlencoded" else {
            return problem(400, 20001, "no form")
        }
        guard let to = form["To"], to.hasPrefix("+"), to.dropFirst().allSatisfy(\.isNumber) else {
            return problem(400, 21211, "The 'To' number is not a valid phone number.")
        }
        guard form["From"] != nil || form["MessagingServiceSid"] != nil else {
            return problem(400, 21603, "A 'From' phone number is required.")
        }
        guard let body = form["Body"], !body.isEmpty else { return problem(400, 21602, "Message body is required.") }
        guard body.unicodeScalars.count <= 1_600 else { return problem(400, 21617, "too long") }
        return nil
    }

    /// A page of the record, newest first: 50 rows unless asked otherwise, and where the next page is.
    private func list(_ request: LoopbackRequest) -> LoopbackResponse {
        let (sent, isBroken) = state.withLock { ($0.sent, $0.isListBroken) }
        if isBroken { return Self.problem(503, 20503, "Service Unavailable") }
        let (to, from) = (request.query["To"], request.query["From"])
        let rows = sent.reversed().filter { (to == nil || $0.to == to) && (from == nil || $0.from == from) }
        let size = min(max(request.query["PageSize"].flatMap { Int($0) } ?? 50, 1), 1000)
        let page = max(request.query["Page"].flatMap { Int($0) } ?? 0, 0)
        let shown = rows.dropFirst(page * size).prefix(size)
        var query = [("PageSize", "\(size)"), ("Page", "\(page + 1)")]
        if let to { query.append(("To", to.replacing("+", with: "%2B"))) }
        if let from { query.append(("From", from.replacing("+", with: "%2B"))) }
        let next = "\(request.path)?" + query.map { "\($0.0)=\($0.1)" }.joined(separator: "&")
        return .json(
            "{\"messages\":[\(shown.map(Self.json).joined(separator: ","))],\"page\":\(page),\"page_size\":\(size),"
                + "\"start\":\(page * size),\"end\":\(page * size + max(0, shown.count - 1)),"
                + "\"uri\":\(jsonText(request.uri)),\"first_page_uri\":\(jsonText(request.path)),"
                + "\"next_page_uri\":\(page * size + size < rows.count ? jsonText(next) : "null"),"
                + "\"previous_page_uri\":null}")
    }

    static func problem(
        _ status: Int, _ code: Int, _ text: String, headers: [(name: String, value: String)] = []
    ) -> LoopbackResponse {
        .json(
            "{\"code\":\(code),\"message\":\"\(text)\",\"more_info\":\"https://www.twilio.com/docs/errors/\(code)\","
                + "\"status\":\(status)}", status: status, headers: headers)
    }

    private static func json(_ message: Sent) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = .gmt
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss +0000"
        let made = FakeJSON.string(formatter.string(from: message.at))
        let path = "/2010-04-01/Accounts/\(account)/Messages/\(message.sid)"
        let isService = message.from.hasPrefix("MG")
        let fields: FakeJSON = [
            "sid": .string(message.sid), "account_sid": .string(account), "api_version": "2010-04-01",
            "to": .string(message.to), "from": isService ? .null : .string(message.from),
            "messaging_service_sid": isService ? .string(message.from) : .null, "body": .string(message.body),
            "status": .string(message.status), "direction": "outbound-api", "date_created": made,
            "date_updated": made, "date_sent": .null, "num_segments": "1", "num_media": "0", "price": .null,
            "price_unit": "USD", "error_code": message.errorCode.map { .number(Double($0)) } ?? .null,
            "error_message": .null, "uri": .string(path + ".json"),
            "subresource_uris": ["media": .string(path + "/Media.json")],
        ]
        return fields.text
    }
}

extension FakeTwilio.State {
    fileprivate mutating func isOverLimit() -> Bool {
        guard let limit else { return false }
        let now = ContinuousClock.now
        window.removeAll { $0.duration(to: now) >= .seconds(1) }
        guard window.count < limit else { return true }
        window.append(now)
        return false
    }

    fileprivate mutating func take(_ form: [String: String]) -> FakeTwilio.Sent {
        let digits = String(sent.count + 1, radix: 16)
        let message = FakeTwilio.Sent(
            sid: "SM" + String(repeating: "0", count: 32 - digits.count) + digits, to: form["To"] ?? "",
            from: form["From"] ?? form["MessagingServiceSid"] ?? "", body: form["Body"] ?? "",
            statusCallback: form["StatusCallback"], validity: form["ValidityPeriod"], at: Date())
        sent.append(message)
        return message
    }
}
