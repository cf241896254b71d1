import ArgumentParser
import Foundation

struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Prints the effective value and the origin of every setting, secrets redacted.",
        discussion: "Example: TELEGRAM_MODE=webhook vigia config")

    @OptionGroup var options: SettingOptions
    @Flag(help: "One JSON object.") var json = false

    func run() throws {
        let listing = try options.settings().listing
        if json {
            struct Entry: Encodable {
                var value: String?
                var origin: String
            }
            try Console.json(
                Dictionary(uniqueKeysWithValues: listing.map { ($0.name, Entry(value: $0.value, origin: $0.origin)) }))
            return
        }
        let width = listing.map(\.name.count).max() ?? 0
        Console.out(
            listing.map { entry in
                entry.name.padding(toLength: width, withPad: " ", startingAt: 0)
                    + "  \(entry.value ?? "-")  (\(entry.origin))"
            }.joined(separator: "\n"))
    }
}

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Prints the version.", discussion: "Example: vigia version --json")

    @Flag(help: "One JSON object.") var json = false

    func run() throws {
        if json { try Console.json(["version": Version.text]) } else { Console.out("vigia \(Version.text)") }
    }
}
