import Foundation
import Testing
import Turns

@testable import Vigia

@Suite(.oneAtATime) struct SettingsTests {
    private func folder(_ files: [String: String] = [:]) throws -> URL {
        let url = FileManager.default.temporaryDirectory.appending(path: "vigia-settings-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        for (name, text) in files { try text.write(to: url.appending(path: name), atomically: true, encoding: .utf8) }
        return url
    }

    private func failure(
        _ files: [String: String] = [:], environment: [String: String] = [:], flags: [String] = []
    ) throws -> String? {
        do {
            _ = try Settings(configFile: nil, environment: environment, flags: flags, folder: folder(files))
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test("the later source wins, and the origin says which it was")
    func order() throws {
        let files = [
            "vigia.yaml": "vigia_max_symbols: 10\nlog_level: debug\nlog_format: json\n",
            ".env": "VIGIA_MAX_SYMBOLS=20\nLOG_FORMAT=text\n",
        ]
        let settings = try Settings(
            configFile: nil, environment: ["VIGIA_MAX_SYMBOLS": "30"], flags: ["vigia_max_symbols=40"],
            folder: folder(files))
        #expect(settings.count("VIGIA_MAX_SYMBOLS") == 40)
        #expect(settings.origin(of: "VIGIA_MAX_SYMBOLS") == .flag)
        #expect(settings.text("LOG_LEVEL") == "debug")
        #expect(settings.origin(of: "LOG_LEVEL") == .file("vigia.yaml"))
        #expect(settings.origin(of: "LOG_FORMAT") == .dotEnv)
        #expect(settings.origin(of: "QUOTE_ASSET") == .builtIn)
        #expect(settings.origin(of: "FINBERT_PATH") == nil)
    }

    @Test("an unknown key of the file stops the start and names it, with the nearest")
    func unknownKey() throws {
        let line = try #require(try failure(["vigia.yaml": "telegram_bot_tokn: x\n"]))
        #expect(line.contains("telegram_bot_tokn"))
        #expect(line.contains("telegram_bot_token"))
    }

    @Test(
        "a value that does not parse is refused with key, value and what is accepted",
        arguments: [
            ("VIGIA_MAX_SYMBOLS", "many", "whole number"), ("TELEGRAM_MODE", "push", "polling | webhook"),
            ("MIN_CONFIDENCE_THRESHOLD", "1.5", "0.0 to 1.0"), ("TELEGRAM_RATE", "0/1s", "30/1s"),
            ("BINANCE_API_URL", "http://api.binance.com", "loopback"), ("DATABASE_URL", "mysql://x", "sqlite:PATH"),
            ("ALERT_GROUP_WAIT", "soon", "10m"), ("VENUE_TOLERANCE", "0.5", "0.5%"),
            ("VIGIA_HTTP", "8080", "host:port"),
            ("VIGIA_ADMINS", "me", "telegram:ID"), ("DEFAULT_SYMBOLS", "BTC,,ETH", "symbols"),
            ("PREDICTION_TIMEFRAMES", "2h", "timeframes"), ("QUOTE_ASSET", "US DT", "asset"),
        ])
    func refused(name: String, value: String, accepted: String) throws {
        let line = try #require(try failure(environment: [name: value]))
        #expect(line.contains(name))
        #expect(line.contains(value))
        #expect(line.contains(accepted))
        #expect(!line.contains("\n"))
    }

    @Test("plain http is for loopback hosts alone")
    func loopback() {
        for url in ["http://127.0.0.1:8081", "http://localhost:1", "http://[::1]:80/x", "https://example.org"] {
            #expect(SettingCheck.accepts(url, .url(schemes: ["https", "http"])), "\(url)")
        }
        for url in [
            "http://127.0.0.1.example.org", "http://10.0.0.1", "ftp://localhost", "http://", "localhost",
            "http://user@127.0.0.1@evil.example",
        ] {
            #expect(!SettingCheck.accepts(url, .url(schemes: ["https", "http"])), "\(url)")
        }
    }

    @Test("a secret is neither listed nor named in an error")
    func secrets() throws {
        let settings = try Settings(
            configFile: nil, environment: ["TELEGRAM_BOT_TOKEN": "123:very-secret"], flags: [], folder: folder())
        #expect(!settings.listing.contains { $0.value?.contains("very-secret") == true })
        #expect(settings.secrets == ["123:very-secret"])
        let line = try #require(try failure(environment: ["DISCORD_WEBHOOK_URL": "http://example.org/very-secret"]))
        #expect(!line.contains("very-secret"))
    }

    @Test("an empty value means the default")
    func empty() throws {
        let settings = try Settings(
            configFile: nil, environment: ["QUOTE_ASSET": "", "FINBERT_PATH": ""], flags: [], folder: folder())
        #expect(settings.text("QUOTE_ASSET") == "USDT")
        #expect(settings["FINBERT_PATH"] == nil)
    }

    @Test("a .env file takes comments, quotes and export")
    func dotEnv() throws {
        let entries = try DotEnv.entries(of: "# a\n\nexport A=1\nB=\"two words\"\nC='x' \nD=plain # note\n")
        #expect(entries.map(\.0) == ["A", "B", "C", "D"])
        #expect(entries.map(\.1) == ["1", "two words", "x", "plain"])
        #expect(throws: Settings.Failure.self) { try DotEnv.entries(of: "nonsense") }
    }
}
