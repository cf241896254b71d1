import Foundation
import Market
import Support

/// What a chat that is told to wait costs the others: the same moment is told to everybody under the documented limits,
/// in turn without and with one chat that is answered 429, and the slowest percent of the others is compared.
enum IsolationBench {
    static let people = Int64(150)
    static let pairs = 7

    static func run() async throws {
        let world = try await BenchWorld.start(
            ["TELEGRAM_RATE": "30/1s", "TELEGRAM_CHAT_RATE": "1/1s", "TELEGRAM_GROUP_RATE": "20/1m"],
            limits: .documented, candles: wave(minutes: 240 + 8 * (pairs + 2)), startAt: 200)
        await world.exchange.advance(by: .minutes(2))
        for id in 1...people { try await world.makeRule("BTC > 101 every 1m", for: id) }
        await world.exchange.advance(by: .minutes(38))
        var calm: [Double] = []
        var flooded: [Double] = []
        _ = try await slowest(world, flooded: false)
        for _ in 0..<pairs {
            calm.append(try await slowest(world, flooded: false))
            flooded.append(try await slowest(world, flooded: true))
        }
        report("isolation_calm_p99", calm.percentile(0.5), "ms")
        report("isolation_flooded_p99", flooded.percentile(0.5), "ms")
        report("isolation_ratio", zip(flooded, calm).map { $0 / $1 }.percentile(0.5), "times")
        report("isolation_429", Double(world.telegram.journal.refused.count - pairs), "unasked")
        await world.stop()
    }

    /// Two minutes at 100, two at 102, for ever.
    private static func wave(minutes: Int) -> [Candle] {
        let begin = Timestamp(milliseconds: 1_700_000_040_000)
        return (0..<minutes).map { minute in
            let price = minute >= 240 && minute % 4 >= 2 ? 102.0 : 100.0
            return Candle(
                openTime: begin + .minutes(Int64(minute)), open: price, high: price + 0.5, low: price - 0.5,
                close: price, volume: 10)
        }
    }

    /// One crossing; milliseconds until 99% of those were told who were not told to wait.
    private static func slowest(_ world: BenchWorld, flooded: Bool) async throws -> Double {
        let before = world.telegram.journal.sent.count
        if flooded { world.telegram.inject(.rateLimited(retryAfter: 5), chat: 1) }
        await world.exchange.advance(by: .minutes(2))
        let begin = ContinuousClock.now
        await world.exchange.advance(by: .minutes(2))
        let everybody = Int(people)
        let sent = try await world.telegram.until("everybody was told", within: .seconds(60)) { journal in
            let told = journal.sent.dropFirst(before).filter { $0.text.contains("🔔") }
            return told.count >= everybody ? told : nil
        }
        return sent.filter { $0.chat != 1 }.map { ($0.at - begin).milliseconds }.percentile(0.99)
    }
}
