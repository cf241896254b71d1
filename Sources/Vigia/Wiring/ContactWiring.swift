import Channels
import Chat
import Delivery
import Foundation
import Logging
import Market
import Messages
import People
import Reports
import Storage

/// Contact data: its key, who resolves it, who may register it, and the links that end e-mail.
struct ContactWiring: Sendable {
    let vault: ContactVault
    let book: SQLContactBook
    let links: UnsubscribeLinks
    /// `ALERT_PHONE_NUMBER`.
    let operatorPhone: PhoneNumber?
    private let renderer: MessageRenderer

    /// Throws a one-line failure when the database's contact data was sealed with another key.
    init(_ settings: Settings, database: SQLiteDatabase, renderer: MessageRenderer) async throws {
        let key = try SecretKeyFile.load(settings)
        self.renderer = renderer
        vault = ContactVault(seal: ContactSeal(key), renderer: renderer)
        operatorPhone = settings["ALERT_PHONE_NUMBER"].flatMap { PhoneNumber($0) }
        book = SQLContactBook(database, vault: vault, operatorPhone: operatorPhone)
        links = UnsubscribeLinks(key: key, publicURL: settings["VIGIA_PUBLIC_URL"])
        do {
            try await vault.check(database)
        } catch let error as StorageError {
            let name = settings["SECRET_KEY"] == nil ? "SECRET_KEY_FILE" : "SECRET_KEY"
            throw CommandFailure("\(name): \(error)")
        }
    }

    /// - Parameter channels: those that have a sender.
    static func policy(_ settings: Settings, channels: Set<ChannelKind>) -> ContactPolicy {
        ContactPolicy(
            channels: channels.filter(\.isContact),
            smsAccess: ContactPolicy.SMSAccess(rawValue: settings.text("SMS_ACCESS")) ?? .operators,
            smsPrefixes: SMSPrefixes(
                setting: settings["SMS_ALLOWED_PREFIXES"], operatorPhone: settings["ALERT_PHONE_NUMBER"]
            ).prefixes)
    }

    /// - Parameter chat: where digests are ended.
    func unsubscribeDoor(_ chat: SQLChatStore, logger: Logger) -> UnsubscribeDoor {
        UnsubscribeDoor(
            lists: book, read: { [links] in links.read($0) },
            render: { [renderer] in try renderer.page(for: $0, reader: $1) },
            endDigest: { id in
                try await chat.write { try $0.setDigest(nil, of: id, nextAt: Timestamp(milliseconds: 0)) }
            }, logger: logger)
    }
}
