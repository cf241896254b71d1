import Logging

/// Asks a store again until it answers: 0.1 s after the first failure, doubling to 5 s. Only a stop ends it, with
/// `CancellationError`, so that nothing is lost or skipped because a disk was busy.
struct StorePatience: Sendable {
    let sleeper: any Clock<Duration>
    let mailbox: Mailbox
    let metrics: WatchMetrics
    let logger: Logger

    func whatever<Answer: Sendable>(
        _ purpose: String, _ ask: @Sendable () async throws -> Answer
    ) async throws -> Answer {
        var pause = Duration.milliseconds(100)
        while true {
            do {
                return try await ask()
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                metrics.storeFailed()
                logger.error("store failed", metadata: ["purpose": "\(purpose)", "error": "\(error)"])
                if mailbox.isStopped { throw CancellationError() }
                try await sleeper.sleep(for: pause)
                pause = min(pause * 2, .seconds(5))
            }
        }
    }
}
