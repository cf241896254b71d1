import Messages
import ServiceLifecycle
import Support
import Testing
import Turns

@testable import Channels

@Suite(.oneAtATime, .timeLimit(.minutes(1)))
struct DiscordCommandTests {
    private func line(_ name: String, _ options: [String: JSONValue]) -> String? {
        DiscordCommandBook.few.line(
            for: .object([
                "name": .string(name),
                "options": .array(options.map { .object(["name": .string($0.key), "value": $0.value]) }),
            ]))
    }

    @Test("typed options become our command line in the order that it has")
    func lines() {
        #expect(line("price", ["symbols": "btc eth"]) == "/price btc eth")
        #expect(line("subscribe", ["strength": 70, "symbols": "BTC"]) == "/subscribe BTC min 70%")
        #expect(line("delete", ["id": 7]) == "/delete 7")
        #expect(line("predict", ["symbol": "BTC", "horizon": "4h"]) == "/predict BTC 4h")
        #expect(line("alert", ["rule": "BTC > 7\n/forget yes"]) == "/alert BTC > 7 /forget yes")
        #expect(line("bind", [:]) == "/bind")
        // A command that has no options of its own yet takes free text.
        #expect(line("ping", ["arguments": "a b"]) == "/ping a b")
        #expect(line("unknown", [:]) == nil)
    }

    @Test("what is registered keeps the platform's limits and carries both languages")
    func registered() throws {
        let commands = try #require(DiscordCommandBook.few.json.array)
        #expect(commands.count == 7)
        for command in commands {
            let name = try #require(command["name"]?.string)
            #expect((1...32).contains(name.count))
            #expect((1...100).contains(command["description"]?.string?.count ?? 0))
            #expect(command["description_localizations"]?["es-ES"]?.string == "sobre \(name)")
            let options = command["options"]?.array ?? []
            #expect(options.count <= 25)
            for option in options {
                #expect(option["name_localizations"]?["es-419"] != nil)
                #expect(option["choices"] == nil || option["autocomplete"] == nil)
            }
            // Required options come first, or Discord refuses the command.
            let required = options.map { $0["required"]?.bool == true }
            #expect(required == required.sorted { $0 && !$1 })
            #expect(command.encoded.count < DiscordCommandBook.charactersLimit)
        }
        #expect(commands.first { $0["name"]?.string == "bind" }?["contexts"]?.array == [0])
        #expect(commands.first { $0["name"]?.string == "price" }?["contexts"]?.array == [0, 1])
    }

    @Test("every option has words, and a command asks for what it needs before what it may have")
    func options() {
        let names = [
            "start", "claim", "help", "price", "subscribe", "alert", "pause", "snooze", "history", "predict", "chart",
            "whynot", "remind", "entry", "paper", "digest", "email", "phone", "verify", "link", "budget", "quiet",
            "mute", "timezone", "language", "risk", "ops", "anything",
        ]
        for name in names {
            let options = DiscordOption.options(of: name, languages: ["en", "es"])
            #expect(options.allSatisfy { DiscordOption.names.contains($0.name) })
            let required = options.map(\.isRequired)
            #expect(required == required.sorted { $0 && !$1 })
        }
    }

    @Test("commands are registered once, and again only when they changed")
    func registersOnce() async throws {
        try await DiscordTestBench.with(application: nil) { bench in
            let memory = TestMemory()
            let registration = DiscordRegistration(api: bench.api, commands: .few, memory: memory.memory)
            let first = try await registration.register()
            let second = try await registration.register()
            #expect(first && !second)
            #expect(bench.fake.journal.commandPuts.count == 1)
            #expect(bench.fake.journal.count("GET /applications/@me") == 2)
            let other = DiscordCommandBook(
                commands: [.init(name: "price", descriptions: ["en": "x"], inPrivate: true, inPlaces: true)],
                languages: ["en"]
            ) { key, _ in key }
            let third = try await DiscordRegistration(api: bench.api, commands: other, memory: memory.memory)
                .register()
            #expect(third)
            #expect(bench.fake.journal.commandPuts.count == 2)
        }
    }
}
