package import Logging
import Market
import ServiceLifecycle

/// Long polling. One poll at a time; the next one goes out as soon as the last batch is committed, and confirms it, so a
/// crash anywhere has the batch delivered again, to a conversation that knows its updates by key.
///
/// Its task answers no buttons: run the `TelegramIntake` beside it, and stop it after this.
package struct TelegramListener: Service {
    private let api: TelegramAPI
    private let intake: TelegramIntake
    private let health: TelegramHealth
    private let clock: any Clock<Duration>
    private let logger: Logger

    package init(
        api: TelegramAPI, intake: TelegramIntake, health: TelegramHealth = TelegramHealth(),
        clock: any Clock<Duration> = ContinuousClock(), logger: Logger = Logger(label: "vigia.telegram")
    ) {
        self.api = api
        self.intake = intake
        self.health = health
        self.clock = clock
        self.logger = logger
    }

    package func run() async throws {
        var polling = TelegramPolling()
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            switch await round(&polling) {
            case .poll: break
            case .wait(let span):
                // Cancelled by a stop, which the loop sees.
                try? await cancelWhenGracefulShutdown { try await clock.sleep(for: span.duration) }
            case .deleteWebhook:
                logger.notice("a webhook is set; it is taken away, because updates are polled")
                do { try await api.deleteWebhook() } catch {
                    try? await cancelWhenGracefulShutdown { try await clock.sleep(for: .seconds(1)) }
                }
            case .stop:
                // Staying keeps the rest of the agent running; the health says what is wrong.
                try? await gracefulShutdown()
                return
            }
        }
    }

    private func round(_ polling: inout TelegramPolling) async -> TelegramPolling.Step {
        let updates: [JSONValue]
        do {
            let offset = polling.offset
            // Until one poll was answered nobody knows whether polling works, so that one is short.
            let waits = health.state == .receiving
            updates = try await cancelWhenGracefulShutdown { try await api.getUpdates(offset: offset, waits: waits) }
        } catch {
            guard let failure = error as? TelegramError, failure != .cancelled else { return .poll }
            if health.become(after: failure) {
                logger.error("polling failed", metadata: ["kind": "\(failure.kind)", "error": "\(failure)"])
            }
            return polling.failed(failure, chance: .random(in: 0..<1))
        }
        let ids = updates.compactMap { $0["update_id"]?.integer }
        guard updates.isEmpty || !ids.isEmpty else {
            health.become(.failing(kind: "malformed"))
            return polling.failed(.outcomeUnknown(reason: "updates without ids"), chance: .random(in: 0..<1))
        }
        do {
            if !updates.isEmpty { try await intake.take(updates) }
        } catch {
            if health.become(.notCommitting) {
                logger.error("updates not committed", metadata: ["error": "\(error)"])
            }
            return polling.notCommitted(chance: .random(in: 0..<1))
        }
        if health.become(.receiving) { logger.info("polling") }
        polling.committed(ids, isEmpty: updates.isEmpty)
        return .poll
    }
}
