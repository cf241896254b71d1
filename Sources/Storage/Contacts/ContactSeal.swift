import Crypto
import Foundation
import People

/// Seals contact data and finds it again. AES-GCM with a random nonce and what the bytes belong to as authenticated data,
/// so that a sealed address cannot be moved into another row; HMAC-SHA256 where equality must be found.
package struct ContactSeal: Sendable {
    private let sealing: SymmetricKey
    private let index: SymmetricKey
    private let codes: SymmetricKey
    /// Tells one key from another and says nothing about it.
    let fingerprint: String

    package init(_ key: SecretKey) {
        sealing = key.derived(for: "contact seal")
        index = key.derived(for: "contact index")
        codes = key.derived(for: "contact codes")
        fingerprint = ContactSeal.authenticate("fingerprint", with: key.derived(for: "fingerprint"))
    }

    func seal(_ contact: Contact, reference: String) throws -> [UInt8] {
        try seal(Array(contact.plain.utf8), context: ContactSeal.context(contact.channel, reference))
    }

    /// Throws `StorageError.wrongKey` when the bytes were sealed under another key or belong elsewhere.
    func open(_ sealed: [UInt8], channel: ChannelKind, reference: String) throws -> Contact {
        let plain = try open(sealed, context: ContactSeal.context(channel, reference))
        guard let contact = Contact(channel: channel, plain: String(decoding: plain, as: UTF8.self)) else {
            throw StorageError.corrupt("a sealed contact")
        }
        return contact
    }

    func seal(_ bytes: [UInt8], context: String) throws -> [UInt8] {
        let box = try AES.GCM.seal(bytes, using: sealing, authenticating: Data(context.utf8))
        return Array(box.nonce) + Array(box.ciphertext) + Array(box.tag)
    }

    func open(_ sealed: [UInt8], context: String) throws -> [UInt8] {
        do {
            let box = try AES.GCM.SealedBox(combined: sealed)
            return [UInt8](try AES.GCM.open(box, using: sealing, authenticating: Data(context.utf8)))
        } catch {
            throw StorageError.wrongKey
        }
    }

    func lookup(_ contact: Contact) -> String {
        ContactSeal.authenticate("\(contact.channel.rawValue) \(contact.lookupKey)", with: index)
    }

    /// Keyed hash of whoever asks for codes.
    func asker(_ identity: Identity) -> String {
        ContactSeal.authenticate("asker \(identity)", with: index)
    }

    /// Six digits are guessed in no time from a plain hash; without the key this one says nothing.
    func codeHash(_ code: String, reference: String) -> String {
        ContactSeal.authenticate("\(reference) \(code)", with: codes)
    }

    /// Compares in the same time wherever they differ.
    func matches(_ code: String, hash: String, reference: String) -> Bool {
        guard let stored = URLText.decode(hash) else { return false }
        return HMAC<SHA256>.isValidAuthenticationCode(
            stored, authenticating: Data("\(reference) \(code)".utf8), using: codes)
    }

    private static func context(_ channel: ChannelKind, _ reference: String) -> String {
        "contact \(channel.rawValue) \(reference)"
    }

    private static func authenticate(_ text: String, with key: SymmetricKey) -> String {
        URLText.encode(HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: key))
    }
}
