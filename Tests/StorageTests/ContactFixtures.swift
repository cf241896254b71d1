import Chat
import Delivery
import Foundation
import Market
import Messages
import People

@testable import Storage

extension MessageRenderer: ContentRendering {}

let secret = "correct horse battery staple, and then some more"

func vault(_ text: String = secret) throws -> ContactVault {
    ContactVault(seal: ContactSeal(try SecretKey(text)), renderer: try MessageRenderer())
}

func email(_ text: String) -> Contact {
    guard let address = EmailAddress(text) else { preconditionFailure("no address: \(text)") }
    return .email(address)
}

func phone(_ text: String) -> Contact {
    guard let number = PhoneNumber(text) else { preconditionFailure("no number: \(text)") }
    return .phone(number)
}

/// The stores of an agent with a key.
struct ContactFile: Sendable {
    let file: TemporaryDatabase
    let vault: ContactVault

    init() async throws {
        file = try await TemporaryDatabase()
        vault = try StorageTests.vault()
    }

    var chat: SQLChatStore { SQLChatStore(file.database, vault: vault) }
    var outbox: SQLOutboxStore { SQLOutboxStore(file.database, owner: "first", vault: vault) }
    var book: SQLContactBook { SQLContactBook(file.database, vault: vault, time: FixedTime()) }

    /// STOP, as an inbound SMS brings it.
    @discardableResult
    func stop(_ plain: String, on channel: ChannelKind, reason: String) async throws -> Bool {
        try await file.database.write { try SQLContactBook.stop(plain, on: channel, reason: reason, vault, $0, .start) }
    }

    @discardableResult
    func start(_ plain: String, on channel: ChannelKind) async throws -> Bool {
        try await file.database.write { try SQLContactBook.start(plain, on: channel, vault, $0, .start) }
    }

    struct FixedTime: TimeSource { var now: Timestamp { .start } }

    /// A person with a verified contact; returns its reference.
    @discardableResult
    func verify(_ contact: Contact, of id: RecipientID, at now: Timestamp = .start) async throws -> String {
        try await chat.write { session in
            let reference = try session.requestVerification(of: contact, by: id, code: "111111", at: now)
            guard case .verified = try session.verify(code: "111111", of: id, at: now) else {
                throw StorageError.corrupt("not verified")
            }
            return reference
        }
    }

    func contacts(_ id: RecipientID) async throws -> [StoredContact] { try await chat.read { try $0.contacts(of: id) } }

    /// What lies in the outbox for a channel, taken as a dispatcher would.
    func claim(_ channel: ChannelKind, at now: Timestamp = .start) async throws -> [ClaimedEntry] {
        try await outbox.claim(channel: channel, limit: 100, now: now, lease: now + .seconds(30))
    }

    /// Every byte of the database and its log.
    func bytes() throws -> [UInt8] {
        try ["", "-wal"].flatMap { suffix in
            let url = URL(fileURLWithPath: file.path + suffix)
            return FileManager.default.fileExists(atPath: url.path) ? [UInt8](try Data(contentsOf: url)) : []
        }
    }
}

extension [UInt8] {
    func holds(_ text: String) -> Bool { Data(self).range(of: Data(text.utf8)) != nil }
}
