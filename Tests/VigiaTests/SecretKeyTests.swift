import Chat
import Foundation
import Market
import People
import Testing
import Turns

@testable import Storage
@testable import Vigia

@Suite(.oneAtATime) struct SecretKeyTests {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "vigia-key-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    private func settings(_ flags: [String] = []) throws -> Settings {
        try Settings(
            configFile: nil, environment: ["DATABASE_URL": "sqlite:\(folder.path)/vigia.sqlite"], flags: flags,
            folder: folder)
    }

    private func fingerprint(_ settings: Settings) throws -> String {
        ContactSeal(try SecretKeyFile.load(settings)).fingerprint
    }

    @Test("the key file is made beside the database for its owner alone, once, and holds 256 bits")
    func made() throws {
        let settings = try settings()
        let path = folder.appending(path: "vigia.key").path
        #expect(SecretKeyFile.path(settings) == path)
        let first = try fingerprint(settings)
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        #expect(!SecretKeyFile.isExposed(settings))
        let text = try String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(Data(base64Encoded: text)?.count == 32)
        #expect(try fingerprint(settings) == first)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["vigia.key"])
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        #expect(SecretKeyFile.isExposed(settings))
    }

    @Test("SECRET_KEY goes before the file; what is too short or unreadable names the setting, never the secret")
    func failures() throws {
        let given = try settings(["SECRET_KEY=a secret of the test that is long enough"])
        _ = try fingerprint(given)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        func failure(_ flags: [String]) throws -> String {
            do {
                _ = try SecretKeyFile.load(settings(flags))
                return ""
            } catch let error as CommandFailure {
                return "\(error)"
            }
        }
        let short = try failure(["SECRET_KEY=hunter2"])
        #expect(short.contains("SECRET_KEY") && short.contains("32 characters") && !short.contains("hunter2"))
        #expect(try failure(["SECRET_KEY_FILE=/nonexistent/folder/key"]).contains("SECRET_KEY_FILE"))
        try "short".write(to: folder.appending(path: "vigia.key"), atomically: true, encoding: .utf8)
        #expect(try failure([]).contains("SECRET_KEY_FILE"))
    }

    @Test("phone prefixes are those of the settings, else the one of the operator's own number")
    func prefixes() throws {
        func prefixes(_ flags: [String]) throws -> [String] {
            ContactWiring.policy(try settings(flags), channels: [.telegram, .sms]).smsPrefixes
        }
        #expect(try prefixes([]) == [])
        #expect(try prefixes(["ALERT_PHONE_NUMBER=+34600111222"]) == ["+34"])
        #expect(try prefixes(["ALERT_PHONE_NUMBER=+34600111222", "SMS_ALLOWED_PREFIXES=+1, +44"]) == ["+1", "+44"])
        #expect(ContactWiring.policy(try settings(), channels: [.telegram, .sms]).channels == [.sms])
        #expect(throws: Settings.Failure.self) { try settings(["ALERT_PHONE_NUMBER=600111222"]) }
    }
}
