import Logging
import ServiceLifecycle
import Support
import Testing
import Turns

@testable import Channels

@Suite("Registering at Telegram", .oneAtATime)
struct TelegramRegistrationTests {
    private let menus = [
        TelegramCommandList(scope: .privateChats, commands: [.init(name: "price", description: "Price now")]),
        TelegramCommandList(
            scope: .privateChats, language: "es", commands: [.init(name: "price", description: "Precio")]),
        TelegramCommandList(scope: .groups, commands: [.init(name: "bind", description: "Alerts here")]),
        TelegramCommandList(scope: .chat(7), commands: [.init(name: "ops", description: "Operate")]),
    ]

    @Test("menus and webhook are registered, through a failure and a 429")
    func registers() async throws {
        try await TelegramTestBench.with { bench in
            _ = bench.fake.user(7)
            bench.fake.inject(.status(500, "x"), method: "setMyCommands")
            bench.fake.inject(.rateLimited(retryAfter: 1), method: "setWebhook")
            let health = TelegramHealth()
            let service = TelegramRegistration(
                api: bench.api, menus: menus, webhook: .init(url: "https://example.com/webhooks/telegram", secret: "s"),
                health: health)
            let group = ServiceGroup(services: [service], logger: Logger(label: "test"))
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                try await bench.fake.wait(for: "menus") { $0.menus.count == 4 }
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
            }
            #expect(bench.fake.webhookURL == "https://example.com/webhooks/telegram" && health.state == .receiving)
            #expect(
                bench.fake.journal.menus == [
                    "all_private_chats/": ["price"], "all_private_chats/es": ["price"], "all_group_chats/": ["bind"],
                    "chat:7/": ["ops"],
                ])
        }
    }

    @Test("a menu that is refused for good is given up, and the others go on")
    func refused() async throws {
        try await TelegramTestBench.with { bench in
            _ = bench.fake.user(7)
            bench.fake.inject(.status(400, "Bad Request: BOT_COMMAND_INVALID"), count: 3, method: "setMyCommands")
            let registration = TelegramRegistration(api: bench.api, menus: menus, clock: ImpatientClock())
            await registration.register(menus[0])
            await registration.register(menus[1])
            #expect(Array(bench.fake.journal.menus.keys) == ["all_private_chats/es"])
        }
    }
}

/// A clock on which every wait is over at once.
struct ImpatientClock: Clock {
    typealias Instant = ContinuousClock.Instant
    var now: Instant { .now }
    var minimumResolution: Duration { .zero }
    func sleep(until deadline: Instant, tolerance: Duration?) async throws { try Task.checkCancellation() }
}
