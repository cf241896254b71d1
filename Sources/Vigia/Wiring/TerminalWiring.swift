import Channels
import Chat
import Delivery
import Foundation
import Logging
import Market
import People
import ServiceLifecycle

/// The terminal as a front end: inside the agent (`vigia chat`, `vigia demo`), and over the local socket of a running one.
struct TerminalWiring {
    let channel: TerminalChannel
    private let base: Foundations
    private let hub: TerminalHub
    private let screen: TerminalScreen
    private let console: TerminalConsole?

    init(_ base: Foundations, console: TerminalConsole?) {
        self.base = base
        self.console = console
        let hub = TerminalHub()
        self.hub = hub
        if let console { _ = hub.attach { console.output($0) } }
        screen = TerminalScreen(markup: TerminalMarkup(usesANSI: console?.usesANSI ?? true)) { hub.write($0) }
        channel = TerminalChannel(screen: screen) { hub.isAttended }
    }

    /// Stands in for a channel that needs an account.
    func echo(_ kind: ChannelKind) -> EchoChannel { EchoChannel(kind: kind, screen: screen) }

    /// - Parameter isReady: lines are taken once it returns.
    func services(_ conversation: any Conversation, isReady: @escaping @Sendable () async -> Void) -> [any Service] {
        let screen = self.screen
        let front = { @Sendable (script: TerminalFrontEnd.Script?) in
            TerminalFrontEnd(
                conversation: conversation, screen: screen, time: base.wall,
                languageHint: ProcessInfo.processInfo.environment["LANG"], script: script)
        }
        if let console { return [ConsoleService(console: console, front: front(console.script), isReady: isReady)] }
        guard let path = TerminalWiring.socketPath(base.settings) else { return [] }
        return [
            TerminalSocket(path: path, hub: hub, logger: base.logger("vigia.terminal")) { lines in
                try await front(nil).run(lines)
            }
        ]
    }

    /// Beside the database: one agent a database, one socket an agent. `nil` when the path would be too long for a socket.
    static func socketPath(_ settings: Settings) -> String? {
        let url = settings.text("DATABASE_URL")
        guard url.hasPrefix("sqlite:") else { return nil }
        let path = URL(fileURLWithPath: String(url.dropFirst(7))).path + ".chat"
        return path.utf8.count < 104 ? path : nil
    }
}

/// Lines in, text out, of whoever sits at the terminal.
struct TerminalConsole: Sendable {
    var lines: AsyncStream<String>
    var output: @Sendable (String) -> Void
    var usesANSI: Bool
    /// Plays a list of commands instead of waiting for a person.
    var script: TerminalFrontEnd.Script?

    /// The process's own terminal.
    static func standard() -> TerminalConsole {
        let (lines, feed) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(256))
        // `readLine` blocks, so it has a thread of its own; it ends with the process.
        let reader = Thread {
            while let line = readLine() { feed.yield(line) }
            feed.finish()
        }
        reader.start()
        return TerminalConsole(
            lines: lines, output: { Console.out($0) }, usesANSI: isatty(STDOUT_FILENO) == 1, script: nil)
    }

    /// Plays the lines of a file, then ends.
    static func script(_ lines: [String], patience: Duration) -> TerminalConsole {
        let stream = AsyncStream(String.self, bufferingPolicy: .unbounded) { feed in
            for line in lines { feed.yield(line) }
            feed.finish()
        }
        return TerminalConsole(
            lines: stream, output: { Console.out($0) }, usesANSI: false, script: .init(patience: patience))
    }
}

/// Runs the terminal chat; the agent stops when it ends.
private struct ConsoleService: EndsTheAgent {
    let console: TerminalConsole
    let front: TerminalFrontEnd
    let isReady: @Sendable () async -> Void

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await isReady()
            try? await front.run(console.lines)
        }
    }
}
