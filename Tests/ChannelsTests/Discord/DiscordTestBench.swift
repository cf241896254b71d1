import Delivery
import Foundation
import Market
import Messages
import People
import Support
import Synchronization
import Transport

@testable import Channels

/// A fake Discord, a client of it over real sockets, and a clock for limits that a test may move.
struct DiscordTestBench: Sendable {
    let fake: FakeDiscord
    let transport: AsyncHTTPTransport
    let api: DiscordAPI
    let open = OpenInteractions()
    /// What the client thinks has passed beside real time.
    let ahead: MovedDuration

    static func with<R: Sendable>(
        deadline: Duration = .seconds(5), invalidLimit: Int = 9_000, application: String? = "471100000000000001",
        _ body: @Sendable (DiscordTestBench) async throws -> R
    ) async throws -> R {
        let fake = try await FakeDiscord.start()
        let transport = try AsyncHTTPTransport()
        var configuration = try DiscordConfiguration(token: fake.token, apiURL: fake.url, applicationID: application)
        configuration.deadline = deadline
        let ahead = MovedDuration()
        let bench = DiscordTestBench(
            fake: fake, transport: transport,
            api: DiscordAPI(
                transport: transport, configuration: configuration, invalidLimit: invalidLimit,
                now: { ContinuousClock.now + ahead.value }), ahead: ahead)
        let result: Result<R, any Error>
        do { result = .success(try await body(bench)) } catch { result = .failure(error) }
        await fake.stop()
        await transport.shutdown()
        return try result.get()
    }

    var channel: DiscordChannel {
        DiscordChannel(api: api, answers: InteractionAnswers(api: api, open: open), nonceTag: "test")
    }

    func deliver(
        _ message: Message, to address: String = "100", id: Int64 = 1, form: OutboxContent.Form = .new,
        possibleRepeat: Bool = false
    ) async throws(DeliveryError) -> Receipt {
        try await channel.send(
            OutgoingDelivery(
                id: OutboxID(id), address: address, message: message, form: form, possibleRepeat: possibleRepeat))
    }

    enum End: Hashable, Sendable {
        case delivered
        case dead(String)
        case addressGone(String)
        case moved(String)
        /// Still waiting, because our credentials are refused.
        case refused
    }

    /// Sends as the dispatcher would, on simulated time, until there is nothing more to try or `most` tries were made.
    func drive(_ message: Message, to address: String = "100", most: Int = 400) async -> (
        end: End, tries: Int, took: Span
    ) {
        let start = Timestamp(milliseconds: 1_764_000_000_000)
        var now = start
        var possibleRepeat = false
        let policy = RetryPolicy()
        for attempt in 1...most {
            do throws(DeliveryError) {
                _ = try await deliver(message, to: address, possibleRepeat: possibleRepeat)
                return (.delivered, attempt, now - start)
            } catch {
                let verdict = policy.verdict(
                    for: error, channel: .discord, attempts: attempt, createdAt: start, now: now, jitter: 0.5)
                switch verdict {
                case .retry(let at, _, let mayHaveArrived):
                    possibleRepeat = possibleRepeat || mayHaveArrived
                    ahead.add((at - now).duration)
                    now = at
                case .dead(let reason): return (.dead(reason), attempt, now - start)
                case .addressGone(let reason): return (.addressGone(reason), attempt, now - start)
                case .moved(let address): return (.moved(address), attempt, now - start)
                case .senderRefused: return (.refused, attempt, now - start)
                }
            }
        }
        return (.dead("tries"), most, now - start)
    }
}

final class MovedDuration: Sendable {
    private let state = Mutex(Duration.zero)
    var value: Duration { state.withLock { $0 } }
    func add(_ duration: Duration) { state.withLock { $0 += duration } }
}

/// Durable notes, kept in memory for a test.
final class TestMemory: Sendable {
    private let notes = Mutex<[String: String]>([:])
    subscript(_ name: String) -> String? {
        get { notes.withLock { $0[name] } }
        set { notes.withLock { $0[name] = newValue } }
    }
    var memory: DiscordMemory {
        DiscordMemory(read: { name in self[name] }, write: { name, value in self[name] = value })
    }
}

extension DiscordCommandBook {
    /// A few commands in two languages.
    static let few = DiscordCommandBook(
        commands: ["price", "subscribe", "alert", "delete", "predict", "bind", "ping"].map {
            .init(
                name: $0, descriptions: ["en": "about \($0)", "es": "sobre \($0)"], inPrivate: $0 != "bind",
                inPlaces: true)
        }, languages: ["en", "es"]
    ) { key, code in code == "es" ? "\(key.split(separator: ".").last ?? "")es" : "\(key)" }
}
