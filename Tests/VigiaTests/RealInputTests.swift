import Foundation
import Market
import Support
import Testing
import Turns

/// Real candles through the whole agent, judged from the bytes that reached the Bot API by a script that shares nothing
/// with the product. An extra: it needs the market data beside the project, and python3.
///
/// `VIGIA_REAL_MINUTES` sets how much is replayed, `VIGIA_REAL_PACE` how fast it runs.
@Suite(.oneAtATime, .serialized) struct RealInputTests {
    private static let file = "candles/binance_spot_BTCUSDT_1m_20240726_20240825.csv.gz"
    private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "DecisionsTests/Rules/independent_rules.py")
    private static let python = "/usr/bin/python3"
    static var isPossible: Bool { SharedData.has(file) && FileManager.default.isExecutableFile(atPath: python) }

    private struct Expected: Decodable {
        var text: String
        var firings: [Int64]
    }

    private static func number(_ name: String) -> Double? {
        ProcessInfo.processInfo.environment[name].flatMap(Double.init)
    }

    @Test("alerts reach people at exactly the candles where an independent script says", .enabled(if: isPossible))
    func alerts() async throws {
        let url = URL(fileURLWithPath: SharedData.path(Self.file))
        let candles = try CandleFile.read(path: url.path)
        let begin = try #require(candles.first?.openTime)
        // Five days of history, then what people hear of.
        let made = begin + .minutes(7_200)
        let end = made + .minutes(Int64(Self.number("VIGIA_REAL_MINUTES") ?? 2_880))
        let expected = try Self.judge(folder: url.deletingLastPathComponent(), made: made)

        let symbol = try #require(Symbol("BTC"))
        let exchange = FakeExchange(candles: [symbol: candles.filter { $0.openTime < end }], now: made)
        exchange.fault { $0.closesOnly = true }
        try await exchange.start()
        let telegram = try await FakeTelegram.start()
        let folder = try VigiaProcess.temporaryFolder("real")
        let vigia = try VigiaProcess(
            folder: folder,
            settings: [
                "TELEGRAM_BOT_TOKEN": telegram.token, "TELEGRAM_API_URL": telegram.url, "BINANCE_API_URL": exchange.url,
                "BINANCE_WS_URL": exchange.streamURL, "COINBASE_API_URL": exchange.url, "VIGIA_ACCESS": "open",
                "VIGIA_CLOCK": "venue", "DEFAULT_SYMBOLS": "BTC", "TELEGRAM_RATE": "off", "TELEGRAM_CHAT_RATE": "off",
                "TELEGRAM_GROUP_RATE": "off",
            ])
        try vigia.start()
        try await vigia.waitUntilReady()
        // The first look at history is over when the price is known.
        telegram.user(1).says("/price BTC")
        try await Self.untilHistory(telegram)

        for (index, rule) in expected.enumerated() { telegram.user(Int64(100 + index)).says("/alert \(rule.text)") }
        for index in expected.indices {
            let chat = Int64(100 + index)
            let message = try await telegram.message(for: chat, within: .seconds(90)) { sent in
                sent.buttons.joined().contains { $0.data?.hasPrefix("/alert confirm") == true }
            }
            let data = try #require(
                message.buttons.joined().compactMap(\.data).first { $0.hasPrefix("/alert confirm") })
            try telegram.user(chat).presses(data: data)
        }
        for index in expected.indices {
            _ = try await telegram.until("a rule of \(index)", within: .seconds(60)) { journal in
                journal.messages(for: Int64(100 + index)).count >= 2 ? true : nil
            }
        }

        await exchange.run(pace: Self.number("VIGIA_REAL_PACE") ?? 3_000, resolution: .minutes(1))
        try await Self.untilQuiet(telegram)

        var wrong: [String] = []
        var total = 0
        var shapes = 0
        for (index, rule) in expected.enumerated() {
            let due = rule.firings.filter { $0 <= end.milliseconds }
            let heard = Self.times(of: telegram.messages(for: Int64(100 + index)))
            total += due.count
            if due.count >= 20 { shapes += 1 }
            if heard != due {
                wrong.append("\(rule.text): due \(due.count), heard \(heard.count), \(Self.difference(due, heard))")
            }
        }
        #expect(wrong.isEmpty, "\(wrong.joined(separator: "\n"))")
        // The judge judges: a rule that is wrong on purpose does not pass.
        let first = try #require(expected.first { $0.firings.contains { $0 <= end.milliseconds } })
        #expect(
            first.firings.map { $0 + 60_000 }.filter { $0 <= end.milliseconds }
                != Self.times(
                    of: telegram.messages(for: Int64(100 + (expected.firstIndex { $0.text == first.text } ?? 0)))))
        #expect(total >= 60, "too few firings to judge: \(total)")
        Attachment.record("firings \(total), rules with at least 20: \(shapes)", named: "figures.txt")
        FileHandle.standardError.write(Data("real input: \(total) firings, \(shapes) rules with at least 20\n".utf8))
        vigia.stop()
        await telegram.stop()
        await exchange.stop()
        // What went wrong is looked for in the database.
        if wrong.isEmpty {
            try? FileManager.default.removeItem(at: folder)
        } else {
            FileHandle.standardError.write(Data("kept: \(folder.path)\n".utf8))
        }
    }

    private static func judge(folder: URL, made: Timestamp) throws -> [Expected] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments = [script.path, folder.path, "\(made.milliseconds)"]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return try JSONDecoder().decode([Expected].self, from: data)
    }

    /// Asks for the price until there is one, and until rules have hours to look at.
    private static func untilHistory(_ telegram: FakeTelegram) async throws {
        for attempt in 0..<200 {
            let before = telegram.journal.sent.count
            telegram.user(Int64(1000 + attempt)).says("/alert BTC > 1")
            let sent = try await telegram.message(for: Int64(1000 + attempt), from: before, within: .seconds(30))
            if sent.text.contains("stored history of 4 d") || sent.text.contains("stored history of 5 d")
                || sent.text.contains("last week")
            {
                return
            }
            try await ContinuousClock().sleep(for: .milliseconds(200))
        }
    }

    /// No new message for three seconds.
    private static func untilQuiet(_ telegram: FakeTelegram) async throws {
        var count = -1
        var quiet = 0
        while quiet < 6 {
            try await ContinuousClock().sleep(for: .milliseconds(500))
            let now = telegram.journal.sent.count
            quiet = now == count ? quiet + 1 : 0
            count = now
        }
    }

    /// Times that the alerts of a chat say, in the order in which they came.
    private static func times(of messages: [FakeTelegramJournal.Sent]) -> [Int64] {
        messages.compactMap { sent in
            guard let match = sent.text.firstMatch(of: /firing \d+ · (\d+) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d) UTC/)
            else { return nil }
            let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
            var parts = DateComponents()
            parts.calendar = Calendar(identifier: .gregorian)
            parts.timeZone = .gmt
            parts.day = Int(match.1)
            parts.month = months.firstIndex(of: String(match.2)).map { $0 + 1 }
            parts.year = Int(match.3)
            parts.hour = Int(match.4)
            parts.minute = Int(match.5)
            return parts.date.map { Timestamp($0).milliseconds }
        }
    }

    private static func difference(_ due: [Int64], _ heard: [Int64]) -> String {
        let missing = due.filter { !heard.contains($0) }.prefix(3)
        let extra = heard.filter { !due.contains($0) }.prefix(3)
        return "missing \(Array(missing)) extra \(Array(extra))"
    }
}
