import ArgumentParser
import Foundation

/// Exit codes: 0 done, 1 failed, 2 usage or settings, 130 interrupted. Results go to standard output, all else to
/// standard error.
@main
enum Main {
    static func main() async {
        do {
            var command = try Vigia.parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let failure as CommandFailure {
            Console.error(failure.message)
            exit(failure.code)
        } catch let failure as Settings.Failure {
            Console.error(failure.description)
            exit(2)
        } catch let code as ExitCode {
            exit(code.rawValue)
        } catch is CancellationError {
            exit(130)
        } catch {
            let code = Vigia.exitCode(for: error)
            let message = Vigia.fullMessage(for: error)
            if code == .success {
                Console.out(message)
                exit(0)
            }
            Console.error(message)
            exit(code == .validationFailure ? 2 : 1)
        }
    }
}

struct Vigia: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vigia",
        abstract: "A self-hosted, chat-first crypto market lookout.",
        discussion: "Example: vigia demo",
        version: Version.text,
        subcommands: [
            RunCommand.self,
            DemoCommand.self,
            ChatCommand.self,
            ClaimCommand.self,
            DoctorCommand.self,
            ConfigCommand.self,
            BackupCommand.self,
            RestoreCommand.self,
            ReportCommand.self,
            MigrateCommand.self,
            ImportCommand.self,
            ExportCommand.self,
            IndicatorsCommand.self,
            PatternsCommand.self,
            SentimentCommand.self,
            ForecastCommand.self,
            RuleCommand.self,
            StudyCommand.self,
            EvaluateCommand.self,
            TrainCommand.self,
            SendTestCommand.self,
            VersionCommand.self,
        ])
}

enum Version {
    static let text = "0.1.0"
}

/// A command failed; one line for the person who ran it.
struct CommandFailure: Error {
    var message: String
    var code: Int32 = 1

    init(_ message: String, code: Int32 = 1) {
        self.message = message
        self.code = code
    }
}

/// Standard output for results, standard error for everything else.
enum Console {
    static func out(_ text: String) { write(text, to: .standardOutput) }
    static func error(_ text: String) { write("vigia: " + text, to: .standardError) }

    static func json(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        out(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    private static func write(_ text: String, to handle: FileHandle) {
        // A closed pipe (`| head`) is not an error of ours.
        try? handle.write(contentsOf: Data((text.hasSuffix("\n") ? text : text + "\n").utf8))
    }
}

/// Options that every command with settings takes.
struct SettingOptions: ParsableArguments {
    @Option(
        name: .customLong("config"), help: "Settings file; without it vigia.yaml of this folder is read if it is there."
    )
    var configFile: String?

    @Option(name: .customLong("set"), parsing: .singleValue, help: "Sets NAME=value, above every other source.")
    var flags: [String] = []

    func settings() throws -> Settings { try source() }

    /// Reads every source anew each time it is called; the command line stays what it was.
    var source: @Sendable () throws -> Settings {
        let (configFile, flags) = (configFile, flags)
        return {
            try Settings(
                configFile: configFile, environment: ProcessInfo.processInfo.environment, flags: flags,
                folder: URL(fileURLWithPath: FileManager.default.currentDirectoryPath))
        }
    }
}

extension Console {
    /// Text as it comes, line ends included.
    static func raw(_ text: String) { try? FileHandle.standardOutput.write(contentsOf: Data(text.utf8)) }

    /// A line for the person at the machine that is no result and no error.
    static func note(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8))
    }
}
