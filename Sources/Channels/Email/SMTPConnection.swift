import CCurl
import CCurlShim
import Dispatch
import Synchronization

/// A mail and whom the server is told it is from and to.
struct SMTPEnvelope: Sendable {
    var from: String
    var to: String
    var content: [UInt8]
}

/// One connection to the mail server, kept between mails. libcurl blocks, so everything of its handle happens on a queue
/// of its own, one mail after another; never on a thread that the rest of the program needs.
final class SMTPConnection: Sendable {
    struct Ending: Sendable {
        var code: CURLcode
        var detail: String
        var dialogue: SMTPDialogue
        /// Connections opened for this mail: 0 when the last one was used again.
        var connections: Int
    }

    /// The handle, touched on `queue` only.
    private final class Handle: @unchecked Sendable {
        var curl: UnsafeMutableRawPointer?
        let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
        deinit { errorText.deallocate() }
    }

    private let configuration: EmailConfiguration
    private let queue: DispatchQueue
    private let handle = Handle()

    init(_ configuration: EmailConfiguration, number: Int) {
        self.configuration = configuration
        queue = DispatchQueue(label: "vigia.smtp.\(number)")
    }

    deinit {
        // Says goodbye to the server, which may take a moment.
        queue.async { [handle] in
            if let curl = handle.curl { curl_easy_cleanup(curl) }
        }
    }

    /// Hands one mail over. `nil` for `mail` logs in and asks for nothing. Ends by `deadline`; when the task is
    /// cancelled, soon.
    func perform(_ mail: SMTPEnvelope?, deadline: ContinuousClock.Instant) async -> Ending {
        let exchange = SMTPExchange(content: mail?.content ?? [])
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                queue.async { continuation.resume(returning: self.run(mail, exchange, deadline)) }
            }
        } onCancel: {
            exchange.stop()
        }
    }

    private func run(_ mail: SMTPEnvelope?, _ exchange: SMTPExchange, _ deadline: ContinuousClock.Instant) -> Ending {
        let left = ContinuousClock.now.duration(to: deadline)
        let milliseconds = left.components.seconds * 1_000 + left.components.attoseconds / 1_000_000_000_000_000
        guard milliseconds > 0, !exchange.isStopped else {
            return Ending(
                code: exchange.isStopped ? CURLE_ABORTED_BY_CALLBACK : CURLE_OPERATION_TIMEDOUT, detail: "",
                dialogue: SMTPDialogue(), connections: 0)
        }
        _ = SMTPConnection.library
        guard let curl = handle.curl ?? curl_easy_init() else {
            return Ending(
                code: CURLE_FAILED_INIT, detail: "out of memory", dialogue: SMTPDialogue(), connections: 0)
        }
        handle.curl = curl
        // Forgets the last mail's options, keeps its connection.
        curl_easy_reset(curl)
        handle.errorText[0] = 0
        var recipients: UnsafeMutablePointer<curl_slist>?
        defer { curl_slist_free_all(recipients) }
        setConnection(curl, milliseconds: milliseconds)
        if let mail {
            recipients = curl_slist_append(nil, "<\(mail.to)>")
            vigia_curl_set_text(curl, CURLOPT_MAIL_FROM, "<\(mail.from)>")
            vigia_curl_set_list(curl, CURLOPT_MAIL_RCPT, recipients)
            vigia_curl_set_number(curl, CURLOPT_UPLOAD, 1)
            vigia_curl_set_number(curl, CURLOPT_INFILESIZE, mail.content.count)
        } else {
            vigia_curl_set_text(curl, CURLOPT_CUSTOMREQUEST, "NOOP")
            vigia_curl_set_number(curl, CURLOPT_NOBODY, 1)
        }
        let context = Unmanaged.passUnretained(exchange).toOpaque()
        vigia_curl_set_reader(curl, SMTPExchange.reader, context)
        vigia_curl_set_listener(curl, SMTPExchange.listener, context)
        vigia_curl_set_watcher(curl, SMTPExchange.watcher, context)
        let code = curl_easy_perform(curl)
        var connections = 0
        vigia_curl_connections(curl, &connections)
        // The context does not outlive this call.
        curl_easy_reset(curl)
        return Ending(
            code: code, detail: detail(code), dialogue: exchange.dialogue, connections: connections)
    }

    private func setConnection(_ curl: UnsafeMutableRawPointer, milliseconds: Int64) {
        vigia_curl_set_text(curl, CURLOPT_URL, configuration.url)
        vigia_curl_set_number(curl, CURLOPT_NOSIGNAL, 1)
        vigia_curl_set_number(curl, CURLOPT_TIMEOUT_MS, Int(min(milliseconds, 600_000)))
        let connect = configuration.connectTimeout.components
        vigia_curl_set_number(
            curl, CURLOPT_CONNECTTIMEOUT_MS,
            Int(connect.seconds * 1_000 + connect.attoseconds / 1_000_000_000_000_000))
        // Servers drop idle clients after some minutes; a connection that old is not tried again.
        vigia_curl_set_number(curl, CURLOPT_MAXAGE_CONN, 60)
        vigia_curl_set_text(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        vigia_curl_set_text(curl, CURLOPT_PROXY, "")
        vigia_curl_set_number(
            curl, CURLOPT_USE_SSL,
            Int((configuration.security == .none ? CURLUSESSL_NONE : CURLUSESSL_ALL).rawValue))
        // Of the connection, of the name on the certificate.
        vigia_curl_set_number(curl, CURLOPT_SSL_VERIFYPEER, 1)
        vigia_curl_set_number(curl, CURLOPT_SSL_VERIFYHOST, 2)
        vigia_curl_set_number(curl, CURLOPT_SSLVERSION, vigia_curl_tls12)
        if let caFile = configuration.caFile { vigia_curl_set_text(curl, CURLOPT_CAINFO, caFile) }
        if let username = configuration.username, let password = configuration.password {
            vigia_curl_set_text(curl, CURLOPT_USERNAME, username)
            vigia_curl_set_text(curl, CURLOPT_PASSWORD, password)
            // One round less.
            vigia_curl_set_number(curl, CURLOPT_SASL_IR, 1)
        }
        vigia_curl_set_pointer(curl, CURLOPT_ERRORBUFFER, handle.errorText)
    }

    private func detail(_ code: CURLcode) -> String {
        let own = String(cString: handle.errorText)
        return own.isEmpty ? String(cString: curl_easy_strerror(code)) : own
    }

    /// Started once a process, before the first handle, as libcurl asks.
    private static let library = vigia_curl_start()
}

/// One mail on its way, for libcurl's callbacks. They run inside `curl_easy_perform`, on the connection's queue; only
/// the wish to stop comes from elsewhere.
final class SMTPExchange: @unchecked Sendable {
    private let content: [UInt8]
    private var offset = 0
    private(set) var dialogue = SMTPDialogue()
    private let stopped = Atomic(false)

    init(content: [UInt8]) { self.content = content }

    var isStopped: Bool { stopped.load(ordering: .acquiring) }
    func stop() { stopped.store(true, ordering: .releasing) }

    private static func exchange(_ context: UnsafeMutableRawPointer?) -> SMTPExchange? {
        context.map { Unmanaged<SMTPExchange>.fromOpaque($0).takeUnretainedValue() }
    }

    static let reader: vigia_curl_reader = { buffer, size, count, context in
        guard let exchange = exchange(context), let buffer else { return 0 }
        let length = min(size * count, exchange.content.count - exchange.offset)
        exchange.content.withUnsafeBytes { bytes in
            guard length > 0, let base = bytes.baseAddress else { return }
            UnsafeMutableRawPointer(buffer).copyMemory(from: base + exchange.offset, byteCount: length)
        }
        exchange.offset += length
        // libcurl appends the final dot to what it sends next, so from here on the server may have it all.
        if exchange.offset == exchange.content.count { exchange.dialogue.bodyCompleted() }
        return length
    }

    static let listener: vigia_curl_listener = { _, kind, data, size, context in
        guard let exchange = exchange(context), let data else { return 0 }
        let bytes = UnsafeRawBufferPointer(start: data, count: size)
        switch kind {
        case CURLINFO_HEADER_IN: exchange.dialogue.received(bytes)
        case CURLINFO_HEADER_OUT: exchange.dialogue.sent(bytes)
        default: break
        }
        return 0
    }

    static let watcher: vigia_curl_watcher = { context, _, _, _, _ in
        (exchange(context)?.isStopped ?? true) ? 1 : 0
    }
}
