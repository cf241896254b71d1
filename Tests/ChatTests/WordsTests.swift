import Decisions
import Delivery
import Foundation
import Market
import Messages
import People
import Testing
import Turns

@testable import Chat

/// Everything the conversation can say has words in every language and a layout.
@Suite(.oneAtATime) struct WordsTests {
    private let root: URL
    private let renderer: MessageRenderer

    init() throws {
        var folder = URL(fileURLWithPath: #filePath)
        while folder.path != "/", !FileManager.default.fileExists(atPath: folder.appending(path: "Package.swift").path)
        {
            folder.deleteLastPathComponent()
        }
        root = folder
        renderer = try MessageRenderer()
    }

    private func sources() throws -> [String] {
        let chat = root.appending(path: "Sources/Chat")
        return try FileManager.default.subpathsOfDirectory(atPath: chat.path).filter { $0.hasSuffix(".swift") }
            .map { try String(contentsOf: chat.appending(path: $0), encoding: .utf8) }
    }

    private func keys() throws -> Set<String> {
        let yaml = try String(contentsOf: root.appending(path: "locales/en.yaml"), encoding: .utf8)
        return Set(try Catalogue.keys(of: yaml).keys)
    }

    @Test("every locale entry that the code names exists")
    func literals() throws {
        let known = try keys()
        var seen = 0
        for source in try sources() {
            for match in source.matches(of: /"([a-z_]+\.[a-z0-9_.]+)"/) {
                let key = String(match.1)
                // Settings of the running system and file names look alike.
                if [OpsPause.setting, OpsDrain.setting].contains(key) { continue }
                guard known.contains(where: { $0.split(separator: ".")[0] == key.split(separator: ".")[0] }) else {
                    continue
                }
                seen += 1
                #expect(known.contains(key), "\(key)")
            }
        }
        #expect(seen > 150)
    }

    @Test("every locale entry whose name is put together exists")
    func composed() throws {
        let known = try keys()
        var needed: [String] = CommandList.planned.map { "planned.\($0)" }
        for command in CommandList.standard.all {
            needed += ["summary", "usage", "example"].map { "command.\(command.name).\($0)" }
        }
        needed += HelpCommand.subjects.map { "help.\($0.key)" } + ["help.operators"]
        needed += ChannelKind.allCases.map { "channel.\($0.rawValue)" }
        needed += DeliveryStage.Kind.allCases.map { "stage.\($0.rawValue)" }
        needed += LedgerFault.Kind.allCases.map { "ledger.fault_\($0.rawValue)" }
        needed += [
            "unknown", "weak", "stale_data", "wide_spread", "thin_volume", "opposite_signal", "same_side",
            "extreme_rsi",
        ].map { "veto.\($0)" }
        needed += (1...7).map { "digest.day_\($0)" }
        needed += ["pending", "leased", "sent", "held", "coalesced", "dead", "dropped"].map { "delivery.\($0)" }
        needed += Priority.allCases.map { "alert.priority_\($0.rawValue)" }
        needed += ["1h", "4h", "1d", "1w"].map { "horizon.\($0)" }
        needed += ["operator", "user", "blocked"].map { "role.\($0)" }
        needed += ["person", "place"].map { "recipient.\($0)" }
        needed += ["off", "starting", "live", "retrying", "circuit_open", "refused"].map { "source_state.\($0)" }
        needed += ["buy", "sell", "strong_buy", "strong_sell"].map { "alert.signal_\($0)" }
        needed += ["trend", "reversal"].map { "alert.kind_\($0)" }
        needed += [
            "rsi_high", "rsi_low", "rsi_middle", "macd_up", "macd_down", "bollinger_above", "bollinger_below",
            "bollinger_upper", "bollinger_lower", "sma_rising", "sma_falling", "sma_mixed", "atr",
        ].map { "analyze.\($0)" }
        needed += ChannelKind.allCases.map { "contact.again_\($0.rawValue)" }
        needed += ChannelLevel.allCases.map { "level.\($0.rawValue)" }
        needed += ["high", "critical", "off"].map { "escalate.current_\($0)" }
        needed += ["disabled", "not_set_up", "no_email", "no_sms"].map { "channels.\($0)" }
        needed += MailList.allCases.map { "unsubscribe_page.list_\($0)" }
        needed += ["question", "done", "gone", "unknown", "failed"].map { "unsubscribe_page.\($0)" }
        for command in ["email", "phone"] {
            needed += ["usage", "bad", "off", "none", "disabled", "not_set_up"].map { "\(command).\($0)" }
        }
        for key in needed { #expect(known.contains(key), "\(key)") }
    }

    @Test("every mistake of a rule has its sentence")
    func ruleErrors() throws {
        let known = try keys()
        let file = root.appending(path: "Sources/Decisions/Rules/Language/RuleError.swift")
        let source = try String(contentsOf: file, encoding: .utf8)
        let names = source.matches(of: /RuleError\(\s*"([a-z_]+)"/).map { String($0.1) }
        #expect(names.count > 20)
        for name in names { #expect(known.contains("rule_error.\(name)"), "\(name)") }
    }

    @Test("every template that the code names exists, and uses only words that exist")
    func templates() throws {
        let names = renderer.templateNames
        let known = try keys()
        for source in try sources() {
            for match in source.matches(of: /Content\(\s*"([a-z-]+)"/) { #expect(names.contains(String(match.1))) }
        }
        for name in names {
            let file = root.appending(path: "templates/\(name).mustache")
            let text = try String(contentsOf: file, encoding: .utf8)
            for match in text.matches(of: /\{\{[#^\/]?w\.([a-z0-9_.]+)\}\}/) {
                #expect(known.contains(String(match.1)), "\(name): \(match.1)")
            }
        }
    }

    @Test("every command stands in the help once, and every planned one is not built")
    func help() {
        let listed = HelpCommand.subjects.flatMap(\.names) + ["ops"]
        #expect(Set(listed).count == listed.count)
        #expect(Set(listed) == Set(CommandList.standard.all.map(\.name)))
        #expect(Set(CommandList.planned).isDisjoint(with: listed))
    }

    @Test("descriptions for the platform's menu are short plain text in each language", arguments: ["en", "es"])
    func descriptions(language: String) throws {
        let descriptions = CommandDescriptions(renderer: renderer)
        let people = try descriptions.commands(for: .people, language: language)
        let places = try descriptions.commands(for: .places, language: language)
        let operators = try descriptions.commands(for: .operators, language: language)
        #expect(people.contains { $0.name == "price" })
        #expect(!people.contains { $0.name == "ops" || $0.name == "bind" })
        #expect(places.contains { $0.name == "bind" })
        #expect(!places.contains { $0.name == "export" || $0.name == "ops" })
        #expect(operators.contains { $0.name == "ops" })
        for entry in operators + places {
            #expect((1...256).contains(entry.description.count))
            #expect(!entry.description.contains("<"))
            #expect(!entry.description.hasPrefix("command."))
        }
    }

    @Test("every command answers in Spanish with Spanish words")
    func spanish() async throws {
        let chat = try await Conversations(administrators: [Identity(platform: .telegram, externalID: "1")])
        chat.board.put("BTC", "61234.5", at: chat.wall.now, change24h: 0.01)
        try await chat.say("/start", language: "es")
        for command in CommandList.standard.all where !["stop", "language"].contains(command.name) {
            let replies = try await chat.say("/\(command.name)", language: "es")
            #expect(replies.count == 1, "\(command.name)")
            let text = replies.first?.text ?? ""
            // An export is JSON.
            #expect(!text.contains("{") || command.name == "export", "\(command.name): \(text)")
            #expect(text.firstMatch(of: /\b(the|your|which|what|write)\b/) == nil, "\(command.name): \(text)")
        }
    }
}
