import ArgumentParser
import Chat
import Market
import People
import Storage

struct ClaimCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "claim", abstract: "Prints a fresh operator claim code: single use, good for 15 minutes.",
        discussion: "Example: vigia claim, then send /claim CODE to the bot")

    @OptionGroup var options: SettingOptions
    @Flag(help: "One JSON object.") var json = false

    func run() async throws {
        let database = try await DatabaseOpening.open(options.settings())
        let code = try await ClaimCode.issue(SQLChatStore(database), now: WallTime().now)
        if json { try Console.json(["code": code]) } else { Console.out(code) }
    }
}

enum ClaimCode {
    static let life = Span.minutes(15)

    /// Stores a new code's hash and returns the code.
    static func issue(_ store: any ChatStore, now: Timestamp) async throws -> String {
        let code = Secrets.code()
        let hash = Secrets.hash(code)
        try await store.write { try $0.addCode(hash: hash, purpose: "claim", expiresAt: now + life) }
        return code
    }
}
