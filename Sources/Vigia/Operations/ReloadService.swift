import Chat
import Foundation
import Logging
import Messages
import ServiceLifecycle
import Synchronization
import UnixSignals

/// `SIGHUP` has the settings read again: what can change while running does, and the log says what cannot.
struct ReloadService: Service {
    /// Take effect at once. Everything else is woven into what runs already.
    static let changeable: Set<String> = ["LOG_LEVEL", "VIGIA_TEMPLATES", "VIGIA_LOCALES"]

    private let log: LogStream
    private let renderer: MessageRenderer
    private let sentences: SentenceBook
    private let forgetRendered: @Sendable () -> Void
    private let reread: @Sendable () throws -> Settings
    private let logger: Logger
    private let current: Current

    private final class Current: Sendable {
        let settings: Mutex<Settings>
        init(_ settings: Settings) { self.settings = Mutex(settings) }
    }

    /// - Parameters:
    ///   - settings: those in force.
    ///   - forgetRendered: drops messages that were remembered in the old words.
    ///   - reread: reads every source again.
    init(
        settings: Settings, log: LogStream, renderer: MessageRenderer, sentences: SentenceBook,
        forgetRendered: @escaping @Sendable () -> Void,
        reread: @escaping @Sendable () throws -> Settings, logger: Logger
    ) {
        current = Current(settings)
        self.log = log
        self.renderer = renderer
        self.sentences = sentences
        self.forgetRendered = forgetRendered
        self.reread = reread
        self.logger = logger
    }

    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() { reload() }
    }

    /// Nothing changes when the settings, or the files they name, are not accepted.
    func reload() {
        let fresh: Settings
        do { fresh = try reread() } catch {
            logger.error("settings not read again", metadata: ["reason": "\(error)"])
            return
        }
        do {
            // Read once beforehand, so that one bad file leaves words and grammars alike as they were.
            _ = try SentenceBook(overrides: fresh["VIGIA_LOCALES"].map { URL(fileURLWithPath: $0) })
            try renderer.reload(
                templates: fresh["VIGIA_TEMPLATES"].map { URL(fileURLWithPath: $0) },
                locales: fresh["VIGIA_LOCALES"].map { URL(fileURLWithPath: $0) })
            try sentences.reload(overrides: fresh["VIGIA_LOCALES"].map { URL(fileURLWithPath: $0) })
        } catch {
            logger.error("templates and locales not read again", metadata: ["reason": "\(error)"])
            return
        }
        forgetRendered()
        let old = current.settings.withLock { settings in
            defer { settings = fresh }
            return settings
        }
        // Names only: some values are secrets.
        let changed = fresh.names(changedFrom: old)
        let waiting = changed.filter { !ReloadService.changeable.contains($0) }
        // This line is written whatever the level was and will be.
        log.setLevel(.notice)
        defer { log.setLevel(Logger.Level(rawValue: fresh.text("LOG_LEVEL")) ?? .info) }
        logger.notice(
            "settings, templates and locales read again",
            metadata: [
                "changed": "\(changed.filter { ReloadService.changeable.contains($0) }.joined(separator: ","))",
                "need_a_restart": "\(waiting.joined(separator: ","))",
            ])
    }
}
