import Logging
package import Market
import ServiceLifecycle

/// Asks a source at its interval for as long as the agent runs, with the back-off, circuit and health that every
/// collector has.
package final class SourcePoller: Service {
    private let source: any PolledSource
    private let points: any DataSink
    private let health: any MarketSink
    private let wallTime: any TimeSource
    private let clock: any Clock<Duration>
    private let jitter: @Sendable () -> Double
    private let logger: Logger
    private let meter: SourceMeter

    /// - Parameters:
    ///   - points: takes what was found.
    ///   - health: hears how the source is.
    package init(
        _ source: any PolledSource, points: any DataSink, health: any MarketSink,
        wallTime: any TimeSource = WallTime(), clock: any Clock<Duration> = ContinuousClock(),
        jitter: @escaping @Sendable () -> Double = { .random(in: 0..<1) }
    ) {
        self.source = source
        self.points = points
        self.health = health
        self.wallTime = wallTime
        self.clock = clock
        self.jitter = jitter
        logger = Logger(label: "vigia.\(source.source.name)")
        meter = SourceMeter(source: source.source.name)
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            var source = self.source
            var recovery = Recovery()
            while !Task.isCancelled {
                guard let wait = await self.ask(&source, &recovery) else { return }
                if let news = self.meter.news() { await self.health.send(.health(news)) }
                try? await self.clock.sleep(for: wait)
            }
        }
    }

    /// How long to wait until the next question; `nil` when stopped.
    private func ask(_ source: inout any PolledSource, _ recovery: inout Recovery) async -> Duration? {
        do throws(SourceFailure) {
            let harvest = try await source.poll()
            for (reason, count) in harvest.malformed { meter.malformed(reason, count: count) }
            if !harvest.points.isEmpty { await points.send(harvest.points) }
            recovery.succeeded()
            meter.received(at: wallTime.now)
            meter.become(.live)
            // Sources of one interval do not all speak at the same instant.
            return source.interval * (0.95 + 0.1 * jitter())
        } catch {
            if error == .cancelled { return nil }
            let wait = recovery.failed(error, jitter: jitter())
            meter.become(recovery.state, detail: error.detail, failures: recovery.failures)
            logger.warning("no answer", metadata: ["source": "\(source.source)", "reason": "\(error.detail)"])
            return wait
        }
    }
}
