import Collectors
import Market
import Support
import Synchronization
import Testing
import Turns

@Suite("Polled sources over time", .oneAtATime, .timeLimit(.minutes(1)))
struct SourcePollerTests {
    /// Fails so many times, then answers; says what it was asked.
    private struct Moody: PolledSource {
        let source = DataSource("moody")
        let interval = Duration.seconds(300)
        let failures: Int
        let polls: Polls

        final class Polls: Sendable {
            let count = Mutex(0)
        }

        mutating func poll() async throws(SourceFailure) -> Harvest {
            let number = polls.count.withLock { count in
                count += 1
                return count
            }
            if number <= failures { throw .rejected(status: 500) }
            return Harvest(
                points: [DataPoint(source: source, time: Timestamp(seconds: 1), content: .funding(0.1))],
                malformed: ["odd": 2])
        }
    }

    @Test("ten failures open the circuit and the source is said to be down; when it answers again it is live, once")
    func day() async throws {
        let log = EventLog()
        let points = PointLog()
        let polls = Moody.Polls()
        let poller = SourcePoller(
            Moody(failures: 30, polls: polls), points: points, health: log, clock: FastClock(speed: 60_000),
            jitter: { 0.5 })
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await poller.run() }
            await log.wait { $0.health.contains { $0.state == .live } }
            group.cancelAll()
        }
        let states = log.events.health.map(\.state)
        #expect(states.filter { $0 == .circuitOpen }.count >= 1)
        #expect(states.last == .live)
        #expect(log.events.health.last?.malformed == ["odd": 2])
        #expect(polls.count.withLock { $0 } >= 31)
        // Everything that was found while it was down comes once, not once for every failure.
        #expect(points.batches.count <= 2)
    }
}
