package import Market
import ServiceLifecycle

/// The loop of a delivery service: a turn, then a rest until somebody signals or the time is up, and back-off while the
/// store fails. It ends only when it is stopped or cancelled.
package final class TurnLoop: Sendable {
    private let wakeup: Wakeup
    private let waiting: any Clock<Duration>
    private let stopping = StopFlag()

    /// - Parameter wakeup: signals of others that end a rest.
    package init(wakeup: Wakeup = Wakeup(), time: DeliveryTime) {
        self.wakeup = wakeup
        waiting = time.waiting
    }

    /// Ends the rest.
    package func signal() { wakeup.signal() }

    /// Ends `run` after the turn in hand.
    package func stop() {
        stopping.set()
        wakeup.signal()
    }

    /// - Parameters:
    ///   - turn: does what is due; returns how long to rest at the most, `nil` for not at all.
    ///   - failed: hears of a failed turn and of the pause that follows.
    package func run(
        _ turn: @Sendable () async throws -> Span?, failed: @Sendable (_ cause: any Error, _ pause: Span) -> Void
    ) async {
        await withGracefulShutdownHandler {
            var backOff = BackOff()
            while !stopping.isSet, !Task.isCancelled {
                do {
                    let rest = try await turn()
                    backOff.succeeded()
                    if let rest { await wakeup.wait(atMost: rest, on: waiting) }
                } catch is CancellationError {
                    return
                } catch {
                    let pause = backOff.failed()
                    failed(error, pause)
                    // Signals must not cut the pause short: they come with every alert, and the store needs its rest.
                    await Wakeup().wait(atMost: pause, on: waiting)
                }
            }
        } onGracefulShutdown: {
            self.stop()
        }
    }
}
