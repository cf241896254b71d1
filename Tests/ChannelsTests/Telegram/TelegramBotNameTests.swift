import Logging
import ServiceLifecycle
import Support
import Testing
import Turns

@testable import Channels

@Suite("The bot's own link", .oneAtATime)
struct TelegramBotNameTests {
    @Test("there is a link once the name is known, for what Telegram carries")
    func links() {
        let name = TelegramBotName()
        #expect(name.startLink("i_abc") == nil)
        name.learn("vigia_test_bot")
        #expect(name.startLink("i_a-Z_09") == "https://t.me/vigia_test_bot?start=i_a-Z_09")
        for payload in ["", "a b", "a&b", "ñ", String(repeating: "a", count: 65)] {
            #expect(name.startLink(payload) == nil, "\(payload)")
        }
        #expect(name.startLink(String(repeating: "a", count: 64)) != nil)
    }

    @Test("the name is asked for at start", .timeLimit(.minutes(1)))
    func learned() async throws {
        try await TelegramTestBench.with { bench in
            let name = TelegramBotName()
            let service = TelegramRegistration(api: bench.api, menus: [], botName: name)
            let group = ServiceGroup(services: [service], logger: Logger(label: "test"))
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                while name.startLink("x") == nil { await Task.yield() }
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
            }
        }
    }
}
