import Crypto
package import Delivery
import Foundation

/// Unsubscribe tokens: contact and list, sealed under a key of their own, so that a token tells nothing, cannot be made by
/// anybody else, and is checked in constant time. It names the contact, not the person: it ends with the address it was
/// sent to, and an old mail's link does nothing to a later address.
package struct UnsubscribeLinks: UnsubscribeLinking {
    private static let purpose = "unsubscribe"
    /// Longer texts are no tokens.
    private static let longestToken = 200
    private let key: SymmetricKey
    private let base: String?

    /// - Parameter publicURL: `VIGIA_PUBLIC_URL`.
    package init(key: SecretKey, publicURL: String?) {
        self.key = key.derived(for: UnsubscribeLinks.purpose)
        base = publicURL.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
    }

    package func url(contact: String, list: MailList) -> String? {
        guard let base, let token = token(contact: contact, list: list) else { return nil }
        return "\(base)/unsubscribe/\(token)"
    }

    func token(contact: String, list: MailList) -> String? {
        let plain = [list.rawValue] + Array(contact.utf8)
        let box = try? AES.GCM.seal(plain, using: key, authenticating: Data(UnsubscribeLinks.purpose.utf8))
        return box?.combined.map { URLText.encode($0) }
    }

    /// What a token says; `nil` for everything that we did not make.
    package func read(_ token: String) -> (contact: String, list: MailList)? {
        guard token.utf8.count <= UnsubscribeLinks.longestToken, let bytes = URLText.decode(token),
            let box = try? AES.GCM.SealedBox(combined: bytes),
            let plain = try? AES.GCM.open(box, using: key, authenticating: Data(UnsubscribeLinks.purpose.utf8)),
            let list = plain.first.flatMap({ MailList(rawValue: $0) })
        else { return nil }
        return (String(decoding: plain.dropFirst(), as: UTF8.self), list)
    }
}
