import ArgumentParser
import Channels
import Foundation
import Market

struct ChatCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chat",
        abstract: "Terminal chat as the local operator, with the running agent or one started inside.",
        discussion: "Example: vigia chat")

    @OptionGroup var options: SettingOptions

    func run() async throws {
        let settings = try options.settings()
        let console = TerminalConsole.standard()
        if let path = TerminalWiring.socketPath(settings), FileManager.default.fileExists(atPath: path),
            try await TerminalSocketClient.run(path: path, lines: console.lines, output: { Console.raw($0) })
        {
            return
        }
        Console.note("No agent runs with this database: starting one inside. Type /help, or quit to leave.")
        try await Agent.build(settings, mode: .chat(console)).run()
    }
}

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "A chat in the terminal against a simulated exchange; nothing is needed or kept.",
        discussion: "Example: vigia demo --seed 7 --pace 120")

    @OptionGroup var options: SettingOptions
    @Option(help: "Plays the commands of a file instead of waiting for a person.") var script: String?
    @Option(help: "Another seed is another market.") var seed: UInt64 = 1
    @Option(help: "How many times faster than life the simulated market runs.") var pace: Double = 60
    @Option(help: "Seconds that a scripted command waits for its answer.") var patience: Int = 20

    func run() async throws {
        guard pace.isFinite, (1...100_000).contains(pace) else {
            throw CommandFailure("--pace \(pace): expected a number from 1 to 100000", code: 2)
        }
        let folder = FileManager.default.temporaryDirectory.appending(path: "vigia-demo-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var demo = options
        demo.flags += [
            "DATABASE_URL=sqlite:\(folder.path)/vigia.sqlite", "VIGIA_CLOCK=venue", "VIGIA_HTTP=off", "LOG_LEVEL=error",
            "TELEGRAM_BOT_TOKEN=", "DISCORD_WEBHOOK_URL=", "SECRET_KEY=", "SECRET_KEY_FILE=vigia.key",
            // Nothing leaves the machine: any number may try.
            "SMS_ALLOWED_PREFIXES=+1,+2,+3,+4,+5,+6,+7,+8,+9",
        ]
        let settings = try demo.settings()
        let console: TerminalConsole
        if let script {
            guard let text = try? String(contentsOfFile: script, encoding: .utf8) else {
                throw CommandFailure("--script \(script): cannot be read")
            }
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            console = .script(lines, patience: .seconds(patience))
        } else {
            console = .standard()
            Console.note(
                """
                This is Vigia with a simulated market, \(Int(pace)) times faster than life; all prices are made up.
                Try: /start   /price BTC   /alert BTC change(5m) > 0.1%   /predict BTC   /chart BTC   /subscribe BTC min 0%   /email me@example.com
                A number presses the button of that number; quit ends.
                """)
        }
        try await Agent.build(settings, mode: .demo(console, DemoMarket(seed: seed, pace: pace))).run()
    }
}

/// The simulated market of a demo.
struct DemoMarket {
    /// A Monday; always the same, so that a seed tells everything.
    static let start = Timestamp(milliseconds: 1_767_571_200_000)
    var seed: UInt64
    var pace: Double
}
