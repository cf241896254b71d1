import Foundation
import Market
import Support

/// The real binary between fakes on this machine.
struct BenchWorld {
    let telegram: FakeTelegram
    let exchange: FakeExchange
    let agent: VigiaProcess
    let folder: URL

    static func start(
        _ extra: [String: String] = [:], keepsMessages: Bool = true, symbols: [String] = ["BTC"],
        limits: FakeTelegramLimits = .off, candles: [Candle] = Series.walk(count: 4000), startAt: Int = 1500
    ) async throws -> BenchWorld {
        var series: [Symbol: [Candle]] = [:]
        for name in symbols { if let symbol = Symbol(name) { series[symbol] = candles } }
        let exchange = FakeExchange(candles: series, now: candles[startAt].openTime)
        try await exchange.start()
        let telegram = try await FakeTelegram.start(limits: limits, keepsMessages: keepsMessages)
        let folder = try VigiaProcess.temporaryFolder("bench")
        var settings = [
            "TELEGRAM_BOT_TOKEN": telegram.token, "TELEGRAM_API_URL": telegram.url, "BINANCE_API_URL": exchange.url,
            "BINANCE_WS_URL": exchange.streamURL, "COINBASE_API_URL": exchange.url, "VIGIA_ACCESS": "open",
            "VIGIA_CLOCK": "venue", "DEFAULT_SYMBOLS": symbols.joined(separator: ","), "TELEGRAM_RATE": "off",
            "TELEGRAM_CHAT_RATE": "off", "TELEGRAM_GROUP_RATE": "off", "LOG_LEVEL": "warning",
        ]
        settings.merge(extra) { $1 }
        let agent = try VigiaProcess(folder: folder, settings: settings)
        try agent.start()
        try await agent.waitUntilReady()
        return BenchWorld(telegram: telegram, exchange: exchange, agent: agent, folder: folder)
    }

    func stop() async {
        agent.stop()
        await telegram.stop()
        await exchange.stop()
        try? FileManager.default.removeItem(at: folder)
    }

    /// Somebody makes a rule, confirmed.
    func makeRule(_ text: String, for id: Int64) async throws {
        telegram.user(id).says("/alert \(text)")
        let message = try await telegram.message(for: id, within: .seconds(60)) { sent in
            sent.buttons.joined().contains { $0.data?.hasPrefix("/alert confirm") == true }
        }
        let buttons = message.buttons.joined().compactMap(\.data)
        guard let data = buttons.first(where: { $0.hasPrefix("/alert confirm") }) else { return }
        try telegram.user(id).presses(data: data)
        try await telegram.wait(for: "a rule of \(id)", within: .seconds(60)) { $0.messages(for: id).count >= 2 }
    }

    /// Processor time of the agent so far, seconds.
    var agentCPU: Double {
        let stat = (try? String(contentsOfFile: "/proc/\(agent.processIdentifier)/stat", encoding: .utf8)) ?? ""
        // After the name, which stands in parentheses and may hold anything.
        let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return 0 }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Processor time of the fakes and the bench itself so far, seconds.
    static var ownCPU: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// A user's n-th command of the mix: half `/price`, three tenths `/subscribe`, two tenths `/alert`.
    static func command(_ index: Int) -> String {
        switch index % 10 {
        case 0..<5: "/price BTC"
        case 5..<8: "/subscribe BTC min \(50 + index % 40)%"
        default: "/alert BTC > \(20_000 + index % 5000)"
        }
    }
}

/// Cold start with an empty store, and memory at rest.
enum StartBench {
    static func run() async throws {
        var times: [Double] = []
        var resident = 0.0
        for _ in 0..<7 {
            let folder = try VigiaProcess.temporaryFolder("start")
            let telegram = try await FakeTelegram.start()
            let exchange = FakeExchange(candles: [:], now: Timestamp(milliseconds: 1_700_000_040_000))
            try await exchange.start()
            let agent = try VigiaProcess(
                folder: folder,
                settings: [
                    "TELEGRAM_BOT_TOKEN": telegram.token, "TELEGRAM_API_URL": telegram.url,
                    "BINANCE_API_URL": exchange.url,
                    "BINANCE_WS_URL": exchange.streamURL, "COINBASE_API_URL": exchange.url, "VIGIA_ACCESS": "open",
                    "LOG_LEVEL": "warning",
                ])
            let clock = ContinuousClock()
            let begin = clock.now
            try agent.start()
            while await agent.status(of: "/ready") != 200 {
                guard agent.isRunning, clock.now - begin < .seconds(30) else {
                    throw VigiaProcess.DidNotStart(description: agent.log)
                }
                try await clock.sleep(for: .milliseconds(1))
            }
            times.append((clock.now - begin).milliseconds)
            try await clock.sleep(for: .seconds(2))
            let status = (try? String(contentsOfFile: "/proc/\(agent.processIdentifier)/status", encoding: .utf8)) ?? ""
            let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") } ?? ""
            resident = line.split(separator: " ").dropFirst().first.flatMap { Double($0) } ?? 0
            agent.stop()
            await telegram.stop()
            await exchange.stop()
            try? FileManager.default.removeItem(at: folder)
        }
        report("start_to_ready_p50", times.percentile(0.5), "ms")
        report("start_to_ready_max", times.max() ?? 0, "ms")
        report("idle_rss", resident / 1024, "MB")
    }
}

/// Commands over long polling, state durable, until every reply was received.
enum CommandBench {
    static func run() async throws {
        let world = try await BenchWorld.start(keepsMessages: false)
        await world.exchange.advance(by: .minutes(3))
        for count in [2_000, 20_000, 20_000] {
            let before = world.telegram.journal.sentCount
            let batch = (0..<count).map { (user: Int64(1 + $0 % 4000 + $0 / 20), text: BenchWorld.command($0)) }
            let clock = ContinuousClock()
            let agentBefore = world.agentCPU
            let ownBefore = BenchWorld.ownCPU
            let begin = clock.now
            world.telegram.inject(batch)
            _ = try await world.telegram.until("replies", within: .seconds(180)) {
                $0.sentCount >= before + count ? true : nil
            }
            if count > 2_000 {
                report("commands_polling", Double(count) / (clock.now - begin).milliseconds * 1000, "commands/s")
                // What each side costs, which tells whether the two cores or a wait is the limit.
                report("commands_agent_cpu", (world.agentCPU - agentBefore) / Double(count) * 1e6, "us/command")
                report("commands_fake_cpu", (BenchWorld.ownCPU - ownBefore) / Double(count) * 1e6, "us/command")
            }
        }
        await world.stop()
    }
}

/// Time from posting an update to its 200, at 200 updates a second.
enum WebhookBench {
    static func run() async throws {
        let secret = "bench-secret"
        let world = try await BenchWorld.start(
            ["TELEGRAM_MODE": "webhook", "TELEGRAM_WEBHOOK_SECRET": secret], keepsMessages: false)
        await world.exchange.advance(by: .minutes(3))
        let clock = ContinuousClock()
        let count = 4_000
        world.telegram.inject((0..<count).map { (user: Int64(1 + $0 % 1000), text: BenchWorld.command($0)) })
        let updates = world.telegram.takeUpdates()
        let begin = clock.now
        let times = try await withThrowingTaskGroup(of: Double.self) { group in
            for (index, update) in updates.enumerated() {
                group.addTask {
                    try await clock.sleep(until: begin + .milliseconds(5 * index))
                    let sent = clock.now
                    let answer = await LocalHTTP.send(
                        port: world.agent.port, method: "POST", path: "/webhooks/telegram",
                        headers: ["x-telegram-bot-api-secret-token": secret, "content-type": "application/json"],
                        body: String(decoding: update, as: UTF8.self))
                    guard answer?.status == 200 else {
                        throw VigiaProcess.DidNotStart(description: "answered \(answer?.status ?? 0)")
                    }
                    return (clock.now - sent).milliseconds
                }
            }
            var times: [Double] = []
            for try await time in group { times.append(time) }
            return times
        }
        report("webhook_p50", times.percentile(0.5), "ms")
        report("webhook_p99", times.percentile(0.99), "ms")
        await world.stop()
    }
}

/// From a tick's arrival to its alert's commit, by the agent's own histogram.
enum TickBench {
    static func run() async throws {
        // Five hours at 600 times the pace take half a minute.
        let world = try await BenchWorld.start(startAt: 3_698)
        await world.exchange.advance(by: .minutes(2))
        for id in 1...Int64(200) { try await world.makeRule("BTC > \(29_000 + id * 10) every 1m", for: id) }
        await world.exchange.run(pace: 600)
        let metrics = await world.agent.body(of: "/metrics") ?? ""
        var buckets: [(bound: Double, count: Double)] = []
        for line in metrics.split(separator: "\n") where line.hasPrefix("vigia_tick_to_commit_seconds_bucket") {
            guard let mark = line.firstRange(of: "le=\""), let end = line[mark.upperBound...].firstIndex(of: "\"")
            else { continue }
            let bound = Double(line[mark.upperBound..<end]) ?? .infinity
            buckets.append((bound, line.split(separator: " ").last.flatMap { Double($0) } ?? 0))
        }
        let total = buckets.last?.count ?? 0
        for (name, share) in [("p50", 0.5), ("p99", 0.99)] {
            let bound = buckets.first { $0.count >= total * share }?.bound ?? 0
            report("tick_to_commit_\(name)_at_most", bound * 1000, "ms")
        }
        report("tick_commits", total, "batches")
        await world.stop()
    }
}
