import ArgumentParser
import Foundation

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Runs the agent until it is asked to stop.",
        discussion: "Example: TELEGRAM_BOT_TOKEN=123:abc vigia run")

    @OptionGroup var options: SettingOptions

    func run() async throws {
        let settings = try options.settings()
        try await Agent.build(settings, mode: .run, reread: options.source).run()
    }
}
