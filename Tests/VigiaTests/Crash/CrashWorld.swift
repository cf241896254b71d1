import Chat
import Decisions
import Delivery
import Foundation
import Market
import People
import Support
import Testing

@testable import Storage

/// The real agent between fakes of all four channels and of an exchange whose price moves once in a quarter of an hour.
///
/// Six people have every channel, each registered by the commands that people use; three of them come before and three after a
/// crowd that has Telegram alone, so that an audience is expanded in several transactions with both ends of it in the first
/// and in the last.
final class CrashWorld: Sendable {
    static let people: ClosedRange<Int64> = 1...6
    static let crowd: ClosedRange<Int64> = 20_001...20_300
    static let cycle = Span.minutes(15)
    private static let begin = Timestamp(milliseconds: 1_700_000_040_000)
    static let first = begin + .hours(2)
    /// The minute of a cycle whose close is above the rules' level.
    private static let spike: Int64 = 10

    let telegram: FakeTelegram
    let discord: FakeDiscord
    let smtp: FakeSMTP
    let twilio: FakeTwilio
    let exchange: FakeExchange
    let vigia: VigiaProcess
    let folder: URL
    let database: SQLiteDatabase

    private init(
        telegram: FakeTelegram, discord: FakeDiscord, smtp: FakeSMTP, twilio: FakeTwilio, exchange: FakeExchange,
        vigia: VigiaProcess, folder: URL, database: SQLiteDatabase
    ) {
        self.telegram = telegram
        self.discord = discord
        self.smtp = smtp
        self.twilio = twilio
        self.exchange = exchange
        self.vigia = vigia
        self.folder = folder
        self.database = database
    }

    /// - Parameters:
    ///   - cycles: price moves; a calm day follows.
    ///   - isBig: in which of them the crowd's rules fire too.
    static func start(cycles: Int, isBig: (Int) -> Bool) async throws -> CrashWorld {
        let candles = (0..<(120 + cycles * 15 + 24 * 60)).map { minute -> Candle in
            let offset = minute - 120
            let isMove = offset >= 0 && offset / 15 < cycles && offset % 15 == Int(spike)
            return candle(
                at: begin + .minutes(Int64(minute)), price: isMove ? (isBig(offset / 15) ? 107 : 102) : 100)
        }
        let exchange = FakeExchange(candles: [Self.symbol: candles], now: first)
        try await exchange.start()
        let telegram = try await FakeTelegram.start()
        let discord = try await FakeDiscord.start()
        let smtp = try await FakeSMTP.start()
        let twilio = try await FakeTwilio.start()
        let folder = try VigiaProcess.temporaryFolder("crash-steps")
        let vigia = try VigiaProcess(
            folder: folder,
            settings: [
                "TELEGRAM_BOT_TOKEN": telegram.token, "TELEGRAM_API_URL": telegram.url, "TELEGRAM_RATE": "off",
                "TELEGRAM_CHAT_RATE": "off", "TELEGRAM_GROUP_RATE": "off", "DISCORD_BOT_TOKEN": discord.token,
                "DISCORD_API_URL": discord.url, "DISCORD_RATE": "off", "SMTP_SERVER": "127.0.0.1",
                "SMTP_PORT": "\(smtp.port)", "SMTP_SECURITY": "none", "SMTP_FROM": "Vigia <alerts@example.org>",
                "SMTP_RATE": "off", "TWILIO_ACCOUNT_SID": FakeTwilio.account, "TWILIO_AUTH_TOKEN": FakeTwilio.token,
                "TWILIO_PHONE_NUMBER": "+15005550006", "TWILIO_API_URL": twilio.url, "TWILIO_RATE": "off",
                "SMS_ALLOWED_PREFIXES": "+34", "SMS_DAILY_CAP": "100000", "SMS_MONTHLY_CAP": "100000",
                "BINANCE_API_URL": exchange.url, "BINANCE_WS_URL": exchange.streamURL,
                // No second venue: whether a siren needs it is another matter.
                "COINBASE_API_URL": "http://127.0.0.1:9", "VIGIA_ACCESS": "open",
                "VIGIA_ADMINS": people.map { "telegram:\($0)" }.joined(separator: ","), "VIGIA_CLOCK": "venue",
                "DEFAULT_SYMBOLS": "BTC",
            ])
        try vigia.start()
        try await vigia.waitUntilReady()
        let database = try SQLiteDatabase(
            path: folder.appending(path: "vigia.sqlite").path, busyTimeout: .seconds(10))
        return CrashWorld(
            telegram: telegram, discord: discord, smtp: smtp, twilio: twilio, exchange: exchange, vigia: vigia,
            folder: folder, database: database)
    }

    private static let symbol = Symbol("BTC")!

    private static func candle(at time: Timestamp, price: Double) -> Candle {
        Candle(openTime: time, open: price, high: price + 0.5, low: price - 0.5, close: price, volume: 10)
    }

    /// No move comes from this cycle on, of `cycles` that were to have one.
    func calm(from cycle: Int, of cycles: Int) {
        guard cycle < cycles else { return }
        exchange.foresee(
            Self.symbol, (cycle..<cycles).map { Self.candle(at: move($0), price: 100) })
    }

    func stop() async {
        vigia.kill()
        try? database.close()
        await telegram.stop()
        await discord.stop()
        await smtp.stop()
        await twilio.stop()
        await exchange.stop()
        try? FileManager.default.removeItem(at: folder)
    }

    // MARK: People

    func makePeople() async throws {
        try await make([1, 2, 3])
        try await makeCrowd()
        // The watch reads rules that did not come by a command at its start.
        vigia.stop()
        try vigia.start()
        try await vigia.waitUntilReady()
        try await make([4, 5, 6])
        exchange.fault { $0.closesOnly = true }
    }

    private func make(_ ids: [Int64]) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for id in ids { group.addTask { try await self.make(id) } }
            try await group.waitForAll()
        }
    }

    /// A person who registers every channel and makes a rule, all by chat.
    private func make(_ id: Int64) async throws {
        let person = telegram.user(id)
        person.says("/email p\(id)@example.net")
        let mail = try await smtp.until("a code by mail", within: .seconds(30)) { mails in
            mails.first { $0.to == ["p\(id)@example.net"] }
        }
        person.says("/verify \(try CrashWorld.code(in: mail.text))")
        try await fact("a verified address") { try $0.integer(CrashWorld.verified(.email), [.text("\(id)")]) == 1 }
        person.says("/phone +34 600 111 22\(id)")
        try await fact("a code by SMS") { _ in self.twilio.sent.contains { $0.to == "+3460011122\(id)" } }
        let text = try #require(twilio.sent.first { $0.to == "+3460011122\(id)" })
        person.says("/verify \(try CrashWorld.code(in: text.body))")
        try await fact("a verified number") { try $0.integer(CrashWorld.verified(.sms), [.text("\(id)")]) == 1 }

        person.says("/link")
        let link = try await telegram.message(for: id, within: .seconds(30)) { $0.text.contains("/link ") }
        let code = try #require(link.text.firstMatch(of: /\/link ([A-Za-z0-9-]+)/)?.1)
        let user = "\(id + 10)"
        let home = discord.privateChannel(of: user)
        await discord.command("link", ["code": .string(String(code))], user: user)
        let question = try await discord.until("a question", within: .seconds(30)) { journal in
            journal.messages(in: home).first { !$0.buttons.isEmpty }
        }
        let button = try #require(
            question.buttons.compactMap { $0["custom_id"]?.string }.first { $0.hasPrefix("/link ") })
        await discord.press(button, on: question.id, user: user)
        try await fact("a joined identity") {
            try $0.integer(
                "SELECT count(*) FROM identities WHERE platform = 'discord' AND external_id = ?", [.text(user)]) == 1
        }

        person.says("/alert BTC > 101 every 10m as critical")
        let draft = try await telegram.message(for: id, within: .seconds(30)) { sent in
            sent.buttons.joined().contains { $0.data?.hasPrefix("/alert confirm") == true }
        }
        let confirm = try #require(
            draft.buttons.joined().compactMap(\.data).first { $0.hasPrefix("/alert confirm") })
        try person.presses(data: confirm)
        try await fact("a rule") {
            try $0.integer(
                """
                SELECT count(*) FROM rules r JOIN identities i ON i.recipient_id = r.owner_id
                WHERE i.platform = 'telegram' AND i.external_id = ?
                """, [.text("\(id)")]) == 1
        }
    }

    private static func verified(_ channel: ChannelKind) -> String {
        """
        SELECT count(*) FROM contacts c JOIN identities i ON i.recipient_id = c.recipient_id
        WHERE c.channel = '\(channel.rawValue)' AND c.verified_at IS NOT NULL AND i.platform = 'telegram'
            AND i.external_id = ?
        """
    }

    private static func code(in text: String) throws -> Substring {
        try #require(text.firstMatch(of: /Vigia: (\d{6}) is your code/)?.1, "no code in: \(text)")
    }

    private func makeCrowd() async throws {
        for id in CrashWorld.crowd { _ = telegram.user(id) }
        try await SQLChatStore(database).write { session in
            for id in CrashWorld.crowd {
                let person = try session.addRecipient(
                    kind: .person, role: .user, preferences: Preferences(),
                    identity: Identity(platform: .telegram, externalID: "\(id)"),
                    address: Address(channel: .telegram, value: "\(id)"), at: CrashWorld.first)
                _ = try session.addRule(text: "BTC > 105 every 10m as critical", owner: person.id, at: CrashWorld.first)
            }
        }
    }

    // MARK: Facts

    struct Missing: Error, CustomStringConvertible { var description: String }

    /// Waits until `holds` is true of the file.
    func fact(
        _ what: String, within limit: Duration = .seconds(60),
        _ holds: @escaping @Sendable (SQLConnection) throws -> Bool
    ) async throws {
        try await untilTrue(what, within: limit) { try await self.database.read { try holds($0) } }
    }

    func untilTrue(
        _ what: String, within limit: Duration = .seconds(60), _ holds: () async throws -> Bool
    ) async throws {
        let clock = ContinuousClock()
        let end = clock.now + limit
        while try await !holds() {
            guard clock.now < end else {
                throw Missing(description: "waited in vain for \(what); the agent says: \(vigia.log.suffix(1500))")
            }
            try await clock.sleep(for: .milliseconds(5))
        }
    }

    /// Waits until nothing is on its way any more, SMS that are looked up included.
    func untilSent(within limit: Duration) async throws {
        try await fact("the end of every delivery", within: limit) {
            try $0.integer("SELECT count(*) FROM outbox WHERE state IN ('pending', 'leased')") == 0
        }
    }

    // MARK: Time

    /// Open time of the candle whose close fires the rules.
    func move(_ cycle: Int) -> Timestamp {
        CrashWorld.first + .minutes(Int64(cycle) * 15 + CrashWorld.spike)
    }

    /// An exchange that stands still says nothing to one who comes too late, so it moves on with its listener only.
    private func connected() async throws {
        try await untilTrue("the exchange's stream") { self.exchange.connections > 0 }
    }

    /// To the last moment before the move's candle closes; what came before is stored.
    func approach(_ cycle: Int) async throws {
        try await connected()
        let open = move(cycle)
        await walk(to: open)
        await exchange.advance(to: open + .seconds(59))
    }

    /// Minute by minute, each one heard before the next: a venue that jumps looks like one whose frames are old. One that came
    /// before its listener is filled in with the next.
    private func walk(to end: Timestamp) async {
        while exchange.now < end {
            let minute = Timeframe.m1.openTime(containing: exchange.now)
            await exchange.advance(to: minute + .minutes(1))
            try? await fact("a candle", within: .seconds(1)) {
                try $0.integer(
                    "SELECT count(*) FROM candles WHERE open_time = ? AND series_id IN "
                        + "(SELECT id FROM series WHERE timeframe = '1m')", [.integer(minute.milliseconds)]) == 1
            }
        }
    }

    /// To the end of the cycle, and everything that it decided is where it was to go.
    func settle(_ cycle: Int, expecting alerts: Int, since mark: CrashMark) async throws {
        try await connected()
        await walk(to: CrashWorld.first + .minutes(Int64(cycle + 1) * 15))
        try await untilTrue("the alerts of move \(cycle)") {
            try await self.database.crashState(since: mark).alerts == alerts
        }
        try await untilTrue("quiet after move \(cycle)") { try await self.database.crashOpen(patiently: false) == 0 }
    }
}
