import ArgumentParser
import CoreMetrics
import Messages
import Transport
import Web

struct SendTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "send-test",
        abstract: "Sends one message through every configured channel and to every operator; exit 1 if any failed.",
        discussion: "Example: vigia send-test --json")

    @OptionGroup var options: SettingOptions
    @Flag(help: "One JSON array.") var json = false

    func run() async throws {
        let settings = try options.settings()
        let log = LogStream(format: .init(rawValue: settings.text("LOG_FORMAT")) ?? .text, secrets: settings.secrets)
        let base = try await Foundations(settings: settings, log: log, metrics: MetricsRegistry())
        let test = SendTest(
            channels: try await OutgoingChannels.all(base),
            rendering: AlertRenderer(
                renderer: base.renderer, contents: AlertContent(defaultQuote: settings.text("QUOTE_ASSET"))),
            time: base.wall)
        let results = await test.run(try await SendTest.targets(base))
        await base.transport.shutdown()
        if results.isEmpty { throw CommandFailure("no channel is configured; see vigia config and vigia doctor") }
        if json {
            try Console.json(results)
        } else {
            Console.out(
                results.map { "\($0.ok ? "ok    " : "FAILED")  \($0.channel) \($0.to): \($0.detail)" }
                    .joined(separator: "\n"))
        }
        if results.contains(where: { !$0.ok }) { throw ExitCode(1) }
    }
}
