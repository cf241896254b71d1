import Crypto
package import Logging
import Market
import ServiceLifecycle

/// Small things that must outlast the process, by name.
package struct DiscordMemory: Sendable {
    package var read: @Sendable (_ name: String) async throws -> String?
    package var write: @Sendable (_ name: String, _ value: String) async throws -> Void

    package init(
        read: @escaping @Sendable (_ name: String) async throws -> String?,
        write: @escaping @Sendable (_ name: String, _ value: String) async throws -> Void
    ) {
        self.read = read
        self.write = write
    }

    /// Digest of what was registered last, with the application's id.
    static let commands = "discord.commands"
    /// When the running day of sessions began (Unix milliseconds), and how many were begun in it.
    static let identifies = "discord.identifies"
}

/// Tells Discord at start what the commands are, when they are not what was told last. What fails is logged and tried again
/// with growing waits; the agent does not depend on it.
package struct DiscordRegistration: Service {
    /// Attempts at something that is refused for a reason that does not pass.
    private static let mostRefusals = 3

    private let api: DiscordAPI
    private let commands: DiscordCommandBook
    private let memory: DiscordMemory
    private let clock: any Clock<Duration>
    private let logger: Logger

    package init(
        api: DiscordAPI, commands: DiscordCommandBook, memory: DiscordMemory,
        clock: any Clock<Duration> = ContinuousClock(), logger: Logger = Logger(label: "vigia.discord")
    ) {
        self.api = api
        self.commands = commands
        self.memory = memory
        self.clock = clock
        self.logger = logger
    }

    package func run() async throws {
        // A stop cancels what is under way; the outcome does not matter then.
        await cancelWhenGracefulShutdown { await registerUntilDone() }
        try? await gracefulShutdown()
    }

    private func registerUntilDone() async {
        var backoff = Backoff(first: .seconds(1), most: .seconds(300))
        var refusals = 0
        while !Task.isCancelled {
            do {
                _ = try await register()
                return
            } catch {
                var wait = backoff.next(chance: .random(in: 0..<1))
                switch error as? DiscordError {
                case .cancelled: return
                case .rateLimited(let asked, _): wait = asked
                case .unavailable, .outcomeUnknown, nil: break
                default:
                    refusals += 1
                    if refusals == DiscordRegistration.mostRefusals {
                        logger.error("commands are refused", metadata: ["error": "\(error)"])
                        return
                    }
                }
                logger.warning("commands not registered", metadata: ["error": "\(error)"])
                guard (try? await clock.sleep(for: wait.duration)) != nil else { return }
            }
        }
    }

    /// Registers the commands unless they are what was registered last. Returns whether it did.
    @discardableResult
    func register() async throws -> Bool {
        let application = try await api.applicationID()
        let body = commands.json
        let digest = SHA256.hash(data: body.canonical).map { byte in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }.joined()
        let mark = "\(application) \(digest)"
        guard try await memory.read(DiscordMemory.commands) != mark else { return false }
        try await api.putCommands(application: application, body)
        try await memory.write(DiscordMemory.commands, mark)
        logger.info("commands registered", metadata: ["count": "\(body.array?.count ?? 0)"])
        return true
    }
}
