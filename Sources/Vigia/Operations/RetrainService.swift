import Decisions
import Delivery
import Foundation
import Logging
import Market
import ServiceLifecycle
import Synchronization

/// Fits the forecast models anew when an operator asks for it in chat, one fit at a time, and tells the operators how it
/// ended. A model that scores worse than the one in force is kept aside, as at every refit.
struct RetrainService: Service {
    private let refit: ModelRefit
    private let time: any TimeSource
    private let sink: any AlertSink
    private let logger: Logger
    private let wanted: Wanted
    private let wakeup = Wakeup()

    private final class Wanted: Sendable {
        let symbols = Mutex<Set<Symbol>>([])
    }

    init(
        _ refit: ModelRefit, time: any TimeSource, sink: any AlertSink, logger: Logger
    ) {
        self.refit = refit
        self.time = time
        self.sink = sink
        self.logger = logger
        wanted = Wanted()
    }

    /// Any number of requests before the work begins are one.
    func request(_ symbol: Symbol?) {
        if let symbol { wanted.symbols.withLock { _ = $0.insert(symbol) } }
        wakeup.signal()
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await wakeup.wait()
                guard !Task.isCancelled else { return }
                let symbols = wanted.symbols.withLock { symbols in
                    defer { symbols = [] }
                    return symbols
                }
                guard let notice = await retrain(with: symbols) else { return }
                do {
                    try await sink.publish(DecisionBatch(alerts: [SystemAlert.alert(notice, at: time.now)]))
                } catch {
                    logger.error("notice not stored", metadata: ["key": "\(notice.key)", "error": "\(error)"])
                }
            }
        }
    }

    /// `nil` when it was stopped.
    func retrain(with symbols: Set<Symbol>) async -> SystemNotice? {
        do {
            let fitted = try await refit.runNow(adding: symbols)
            guard !fitted.isEmpty else { return SystemNotice(severity: .info, key: "retrain_nothing") }
            func names(_ adopted: Bool) -> String {
                let names = fitted.filter { $0.isAdopted == adopted }.map(\.horizon.rawValue)
                return names.isEmpty ? "–" : names.joined(separator: ", ")
            }
            return SystemNotice(
                severity: .info, key: "retrain_done", values: ["adopted": names(true), "aside": names(false)])
        } catch is CancellationError {
            return nil
        } catch {
            logger.error("models not fitted", metadata: ["error": "\(error)"])
            return SystemNotice(severity: .warning, key: "retrain_failed", values: ["reason": "\(error)"])
        }
    }
}
