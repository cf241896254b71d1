import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A mail server on a loopback port: STARTTLS or TLS from the start, AUTH, greylisting, quotas, refusals in whatever
/// words a test wants, and breaks at every step.
package final class FakeSMTP: JournaledFake {
    /// Where in the conversation a fault strikes.
    package enum Step: Hashable, Sendable { case greeting, hello, startTLS, auth, sender, recipient, data, body }

    package enum Fault: Hashable, Sendable {
        /// This answer in place of the usual one; a mail is not taken.
        case reply(String)
        /// The connection breaks in place of the answer; a mail is not taken.
        case drop
        /// The mail is taken, and the connection breaks before that is said.
        case acceptAndDrop
        /// Nothing is ever answered; a mail is not taken.
        case silence
        /// The mail is taken, and nothing is ever answered.
        case acceptInSilence
        /// The mail is taken, and that is said so much later.
        case acceptSlowly(Duration)
    }

    package struct Mail: Sendable {
        package var from: String
        package var to: [String]
        /// As it was meant: dots unstuffed, CR LF at the end of each line.
        package var content: [UInt8]
        package var user: String?
        package var isEncrypted: Bool
        /// Number of the connection, from 1.
        package var connection: Int

        package var text: String { String(decoding: content, as: UTF8.self) }
        /// A field's value, unfolded.
        package func header(_ name: String) -> String? {
            let head = text.split(separator: "\r\n\r\n", maxSplits: 1).first.map(String.init) ?? ""
            let lines = head.replacing("\r\n ", with: " ").split(separator: "\r\n")
            let start = name.lowercased() + ":"
            return lines.first { $0.lowercased().hasPrefix(start) }.map {
                String($0.dropFirst(start.count)).split(whereSeparator: \.isWhitespace).joined(separator: " ")
            }
        }
    }

    package struct Rules: Sendable {
        /// Offered after EHLO on an open connection.
        package var offersTLS = true
        /// From the first byte.
        package var isImplicitTLS = false
        /// When set, mail is taken only after this log-in.
        package var login: (user: String, password: String)?
        /// The first attempt of a sender and recipient is put off.
        package var isGreylisting = false
        /// Mails taken before the rest is put off with `quotaAnswer`; `nil` for no quota.
        package var quota: Int?
        package var quotaAnswer = "450 4.7.1 Too much mail from you, try again in 1 seconds"
        package init() {}
    }

    fileprivate struct State {
        var rules: Rules
        var faults: [Step: [(fault: Fault, times: Int)]] = [:]
        var mails: [Mail] = []
        var attempts = 0
        var connections = 0
        var silences = 0
        var greyKnown: Set<String> = []
        var isStopped = false
        var channels: [any Channel] = []
        var waiters = JournalWaiters<[Mail]>()
    }

    package let port: Int
    private let state: Mutex<State>
    private let listener: Mutex<(any Channel)?> = Mutex(nil)

    private init(port: Int, rules: Rules) {
        self.port = port
        state = Mutex(State(rules: rules))
    }

    /// With `port` 0 the system chooses a free one.
    package static func start(_ rules: Rules = Rules()) async throws -> FakeSMTP {
        // The port is known once it listens, and connections ask for the server.
        let box = Box()
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let server = box.value else { throw ChannelError.ioOnClosedChannel }
                    try server.take(channel)
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let server = FakeSMTP(port: listener.localAddress?.port ?? 0, rules: rules)
        server.listener.withLock { $0 = listener }
        box.value = server
        return server
    }

    private final class Box: Sendable {
        private let held = Mutex<FakeSMTP?>(nil)
        var value: FakeSMTP? {
            get { held.withLock { $0 } }
            set { held.withLock { $0 = newValue } }
        }
    }

    package func stop() async {
        let channels = state.withLock { state in
            state.isStopped = true
            return state.channels
        }
        for channel in channels { channel.close(promise: nil) }
        try? await listener.withLock { $0 }?.close()
    }

    /// Breaks every open connection; new ones are still taken.
    package func cutAll() {
        for channel in state.withLock({ $0.channels }) { channel.close(promise: nil) }
    }

    /// Strikes the next `times` times that the conversation comes to `step`.
    package func fault(_ step: Step, _ fault: Fault, times: Int = 1) {
        state.withLock { $0.faults[step, default: []].append((fault, times)) }
    }

    package func calm() { state.withLock { $0.faults.removeAll() } }
    package func change(_ body: (inout Rules) -> Void) { state.withLock { body(&$0.rules) } }

    package var mails: [Mail] { state.withLock { $0.mails } }
    package var connections: Int { state.withLock { $0.connections } }
    /// How often the conversation came to a point where nothing is ever answered.
    package var silences: Int { state.withLock { $0.silences } }
    /// MAIL commands seen.
    package var attempts: Int { state.withLock { $0.attempts } }

    // MARK: Serving

    private func take(_ channel: any Channel) throws {
        let (number, isImplicit) = state.withLock { state in
            state.connections += 1
            state.channels.append(channel)
            return (state.connections, state.rules.isImplicitTLS)
        }
        if isImplicit { try TestCertificate.serve(channel) }
        // TLS holds the greeting back until it is through.
        try channel.pipeline.syncOperations.addHandler(
            SMTPSession(server: self, number: number, isEncrypted: isImplicit))
    }

    fileprivate func struck(_ step: Step) -> Fault? {
        state.withLock { state in
            guard var list = state.faults[step], let first = list.first else { return nil }
            if first.times <= 1 { list.removeFirst() } else { list[0].times -= 1 }
            state.faults[step] = list
            return first.fault
        }
    }

    fileprivate var rules: Rules { state.withLock { $0.rules } }

    fileprivate func fellSilent() { state.withLock { $0.silences += 1 } }

    fileprivate func attempted() { state.withLock { $0.attempts += 1 } }

    /// Whether this sender and recipient must come again.
    fileprivate func isGrey(_ from: String, _ to: String) -> Bool {
        state.withLock { $0.rules.isGreylisting && $0.greyKnown.insert("\(from) \(to)").inserted }
    }

    fileprivate func keep(_ mail: Mail) -> Int {
        state.withLock { state in
            state.mails.append(mail)
            state.waiters.serve(state.mails)
            return state.mails.count
        }
    }

    package func withWaiters<R: Sendable>(_ body: @Sendable ([Mail], inout JournalWaiters<[Mail]>) -> R) -> R {
        state.withLock { body($0.mails, &$0.waiters) }
    }
}

/// One connection. Lives on its event loop.
private final class SMTPSession: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let server: FakeSMTP
    private let number: Int
    private var isEncrypted: Bool
    private var input: [UInt8] = []
    private var from: String?
    private var to: [String] = []
    private var user: String?
    private var isReadingBody = false
    private var awaitedLogin: [String]?
    private var awaitsPlain = false

    init(server: FakeSMTP, number: Int, isEncrypted: Bool) {
        self.server = server
        self.number = number
        self.isEncrypted = isEncrypted
    }

    func channelActive(context: ChannelHandlerContext) { greet(context.channel) }

    private func greet(_ channel: any Channel) {
        answer(.greeting, "220 fake.example ESMTP", channel)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        input += Array(unwrapInboundIn(data).readableBytesView)
        while true {
            if isReadingBody {
                guard let end = input.firstRange(of: Array("\r\n.\r\n".utf8)) else { return }
                let body = Array(input[..<end.upperBound].dropLast(3))
                input.removeSubrange(..<end.upperBound)
                isReadingBody = false
                finish(body, context.channel)
            } else {
                guard let end = input.firstRange(of: Array("\r\n".utf8)) else { return }
                let line = String(decoding: input[..<end.lowerBound], as: UTF8.self)
                input.removeSubrange(..<end.upperBound)
                obey(line, context)
            }
        }
    }

    private func obey(_ line: String, _ context: ChannelHandlerContext) {
        let channel = context.channel
        if awaitedLogin != nil || awaitsPlain { return logIn(line, channel) }
        let verb = line.prefix { $0 != " " }.uppercased()
        let rules = server.rules
        switch verb {
        case "EHLO", "HELO":
            var offers = ["fake.example", "8BITMIME", "SIZE 10000000"]
            if rules.offersTLS, !isEncrypted { offers.append("STARTTLS") }
            if rules.login != nil { offers.append("AUTH PLAIN LOGIN") }
            let text = offers.enumerated().map { "250\($0.offset < offers.count - 1 ? "-" : " ")\($0.element)" }
            answer(.hello, text.joined(separator: "\r\n"), channel)
        case "STARTTLS":
            guard answer(.startTLS, "220 2.0.0 go ahead", channel) else { return }
            isEncrypted = true
            try? TestCertificate.serveFirst(channel)
        case "AUTH": logIn(String(line.dropFirst(5)), channel)
        case "MAIL":
            server.attempted()
            if rules.login != nil, user == nil { return write("530 5.7.0 Authentication required", channel) }
            from = SMTPSession.mailbox(line)
            to = []
            answer(.sender, "250 2.1.0 ok", channel)
        case "RCPT":
            let mailbox = SMTPSession.mailbox(line)
            if server.isGrey(from ?? "", mailbox) {
                return write("451 4.7.1 Greylisted, please come back later", channel)
            }
            if answer(.recipient, "250 2.1.5 ok", channel) { to.append(mailbox) }
        case "DATA":
            if let quota = rules.quota, server.mails.count >= quota { return write(rules.quotaAnswer, channel) }
            if answer(.data, "354 go on", channel) { isReadingBody = true }
        case "RSET", "NOOP": write("250 2.0.0 ok", channel)
        case "QUIT":
            write("221 2.0.0 bye", channel)
            channel.close(promise: nil)
        default: write("502 5.5.2 what?", channel)
        }
    }

    private func finish(_ body: [UInt8], _ channel: any Channel) {
        var content: [UInt8] = []
        var isLineStart = true
        for (index, byte) in body.enumerated() {
            // A dot at the start of a line was doubled.
            if isLineStart, byte == UInt8(ascii: "."), index < body.count {
                isLineStart = false
            } else {
                content.append(byte)
                isLineStart = byte == 0x0A
            }
        }
        let mail = FakeSMTP.Mail(
            from: from ?? "", to: to, content: content, user: user, isEncrypted: isEncrypted, connection: number)
        switch server.struck(.body) {
        case nil: write("250 2.0.0 queued as \(server.keep(mail))", channel)
        case .reply(let text): write(text, channel)
        case .drop: channel.close(promise: nil)
        case .acceptAndDrop:
            _ = server.keep(mail)
            channel.close(promise: nil)
        case .silence: server.fellSilent()
        case .acceptInSilence:
            _ = server.keep(mail)
            server.fellSilent()
        case .acceptSlowly(let time):
            let number = server.keep(mail)
            channel.eventLoop.scheduleTask(in: TimeAmount(time)) {
                _ = channel.writeAndFlush(ByteBuffer(string: "250 2.0.0 queued as \(number)\r\n"))
            }
        }
    }

    /// PLAIN in one line or two, LOGIN in three.
    private func logIn(_ line: String, _ channel: any Channel) {
        var given: (user: String, password: String)?
        if var answers = awaitedLogin {
            answers.append(SMTPSession.base64(line))
            if answers.count < 2 {
                awaitedLogin = answers
                return write("334 UGFzc3dvcmQ6", channel)
            }
            awaitedLogin = nil
            given = (answers[0], answers[1])
        } else if line.uppercased() == "PLAIN" {
            awaitsPlain = true
            return write("334 ", channel)
        } else if awaitsPlain || line.uppercased().hasPrefix("PLAIN ") {
            let parts = SMTPSession.base64(awaitsPlain ? line : String(line.dropFirst(6))).split(
                separator: "\0", omittingEmptySubsequences: false)
            awaitsPlain = false
            if parts.count == 3 { given = (String(parts[1]), String(parts[2])) }
        } else if line.uppercased().hasPrefix("LOGIN") {
            awaitedLogin = []
            return write("334 VXNlcm5hbWU6", channel)
        }
        guard let given, let login = server.rules.login, login == given else {
            return write("535 5.7.8 Authentication credentials invalid", channel)
        }
        if answer(.auth, "235 2.7.0 welcome", channel) { user = given.user }
    }

    /// Whether the usual answer was given.
    @discardableResult
    private func answer(_ step: FakeSMTP.Step, _ usual: String, _ channel: any Channel) -> Bool {
        switch server.struck(step) {
        case nil:
            write(usual, channel)
            return true
        case .reply(let text): write(text, channel)
        case .drop, .acceptAndDrop: channel.close(promise: nil)
        case .silence, .acceptInSilence, .acceptSlowly: server.fellSilent()
        }
        return false
    }

    private func write(_ text: String, _ channel: any Channel) {
        channel.writeAndFlush(ByteBuffer(string: text + "\r\n"), promise: nil)
    }

    private static func mailbox(_ line: String) -> String {
        guard let open = line.firstIndex(of: "<"), let close = line.firstIndex(of: ">") else { return "" }
        return String(line[line.index(after: open)..<close])
    }

    private static func base64(_ text: String) -> String {
        String(decoding: Base64.decode(text), as: UTF8.self)
    }
}
