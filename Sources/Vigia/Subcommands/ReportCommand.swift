import ArgumentParser
import Chat
import Decisions
import Delivery
import Foundation
import Market
import Messages
import People
import Reports
import Storage

struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Prints a daily or weekly report from the stored candles and alerts.",
        discussion: """
            Without --for it is a report of the house: the default symbols and every opportunity. With --for it is the \
            digest that this person or place would get now.

            Example: vigia report weekly --html week.html

            Exit codes: 0 done, 1 failed, 2 usage or settings, 130 interrupted.
            """)

    enum Kind: String, ExpressibleByArgument, CaseIterable { case daily, weekly }

    @OptionGroup var options: SettingOptions
    @Argument(help: "daily or weekly.") var kind: Kind
    @Option(name: .customLong("for"), help: "Whose: telegram:ID or discord:ID.") var reader: String?
    @Option(help: "Venue of the candles.") var venue = "binance"
    @Option(help: "Language of the report; with --for the reader's own.") var language: String?
    @Option(help: "Writes an HTML page to this file instead of printing text.", completion: .file()) var html: String?
    @Flag(help: "One JSON object.") var json = false

    func run() async throws {
        let settings = try options.settings()
        if html != nil, json { throw CommandFailure("--html and --json exclude each other", code: 2) }
        _ = try DatabaseOpening.existingFile(settings)
        let database = try await DatabaseOpening.open(settings)
        let renderer = try Foundations.renderer(settings)
        if let language, !renderer.catalogue.languages.contains(language) {
            let known = renderer.catalogue.languages.joined(separator: ", ")
            throw CommandFailure("--language \(language.prefix(40)): expected one of \(known)", code: 2)
        }
        let (digest, preferences) = try await digest(settings, database)
        let contents = DigestContent(alerts: AlertContent(defaultQuote: settings.text("QUOTE_ASSET")))
        let reader = Reader(language: language ?? preferences.language, zone: preferences.zone)
        if json {
            try Console.json(ReportFigures(digest))
        } else if let html {
            let page = try renderer.document(for: contents.page(digest), reader: reader)
            do { try page.write(toFile: html, atomically: true, encoding: .utf8) } catch {
                throw CommandFailure("--html: cannot write \(html)")
            }
            Console.note("written to \(html)")
        } else {
            Console.out(try renderer.message(for: contents.message(digest), reader: reader).plainText)
        }
    }

    private func digest(
        _ settings: Settings, _ database: SQLiteDatabase
    ) async throws -> (Digest, Preferences) {
        let defaults = settings.symbols("DEFAULT_SYMBOLS")
        let directory = SymbolDirectory(defaultQuote: settings.text("QUOTE_ASSET"), defaultSymbols: defaults)
        let maker = DigestMaker(
            candles: SQLCandleStore(database), ledger: SQLLedger(database),
            symbols: DirectorySymbols(directory: directory), venue: Venue(venue), defaultSymbols: defaults)
        let store = SQLDigestStore(database)
        let length: Span = kind == .daily ? .days(1) : .days(7)
        let title: Digest.Kind = kind == .daily ? .daily : .weekly
        let now = WallTime().now
        let span = (now - length)..<now
        guard let written = reader else {
            let found = try await store.opportunities(in: span, limit: 500)
            let report = try await maker.report(
                title, symbols: defaults, opportunities: found, length: length, ruleNow: now)
            return (report, Preferences())
        }
        guard let identity = Identity(written) else {
            throw CommandFailure("--for \(written.prefix(40)): expected telegram:ID or discord:ID", code: 2)
        }
        guard let person = try await SQLChatStore(database).read({ try $0.recipient(for: identity) }),
            let facts = try await store.facts(for: person.id, alertsIn: span)
        else { throw CommandFailure("--for \(written.prefix(40)): nobody of that name") }
        let digest = try await maker.digest(
            title, for: facts, length: length, now: now, ruleNow: now, nextAt: nil)
        return (digest, person.preferences)
    }
}

/// A report for machines: times are Unix milliseconds, changes and moves fractions.
private struct ReportFigures: Encodable {
    struct Row: Encodable {
        var symbol: Symbol, price: Double, at: Timestamp, change: Double?, longChange: Double?
        var low: Double, high: Double, turnover: Double, turnoverRatio: Double?
    }
    struct Event: Encodable {
        var id: AlertID, alert: Alert, arrived: Bool, price: Double?, move: Double?, final: Bool?
    }

    var kind: Digest.Kind
    var from: Timestamp
    var to: Timestamp
    var watched: [Row]
    var silent: [Symbol]
    var events: [Event]
    var ledgerSequence: Int64?
    var ledgerHead: String?

    init(_ digest: Digest) {
        kind = digest.kind
        from = digest.span.lowerBound
        to = digest.span.upperBound
        watched = digest.watched.map {
            Row(
                symbol: $0.symbol, price: $0.price, at: $0.at, change: $0.change, longChange: $0.longChange,
                low: $0.low, high: $0.high, turnover: $0.turnover, turnoverRatio: $0.turnoverRatio)
        }
        silent = digest.silent
        events = digest.events.map {
            Event(
                id: $0.alert.id, alert: $0.alert.alert, arrived: $0.arrived, price: $0.outcome?.price,
                move: $0.outcome?.move, final: $0.outcome?.isFinal)
        }
        ledgerSequence = digest.ledger?.sequence
        ledgerHead = digest.ledger?.hash
    }
}
