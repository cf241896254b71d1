import ArgumentParser
import Foundation
import Market
import Storage
import Transport

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Checks settings, database, each provider's credentials, clock and disk.",
        discussion: "Example: vigia doctor --json")

    @OptionGroup var options: SettingOptions
    @Flag(help: "One JSON object.") var json = false

    func run() async throws {
        let settings = try options.settings()
        let transport = try AsyncHTTPTransport(caFile: settings["VIGIA_CA_FILE"])
        let doctor = Doctor(settings: settings, transport: transport, time: WallTime()) {
            let database = try await DatabaseOpening.open(settings, migrate: false)
            let pending = try await database.migrate(dryRun: true)
            return pending.isEmpty ? "opens, schema is current" : "opens, \(pending.count) migrations pending"
        }
        let findings = await doctor.findings()
        await transport.shutdown()
        if json {
            try Console.json(findings)
        } else {
            Console.out(
                findings.map { finding in
                    let mark = finding.state == .ok ? "ok    " : finding.state == .off ? "off   " : "FAILED"
                    return "\(mark)  \(finding.check): \(finding.detail)"
                }.joined(separator: "\n"))
        }
        if findings.contains(where: { $0.state == .failed }) { throw ExitCode(1) }
    }
}
