import Crypto
import Foundation

/// The proof that a request came from Twilio: HMAC-SHA1 under the account's token over the address it was sent to and
/// the form's fields in order of their names.
/// https://www.twilio.com/docs/usage/security#validating-requests
struct TwilioSignature: Sendable {
    static let header = "x-twilio-signature"

    private let key: SymmetricKey
    private let publicURL: String

    /// `publicURL` is what Twilio was told (`VIGIA_PUBLIC_URL`); what a request says of its host is not believed.
    init(token: String, publicURL: String) {
        key = SymmetricKey(data: Array(token.utf8))
        self.publicURL = publicURL
    }

    /// Compares in constant time.
    /// - Parameter target: path and query as the web server saw them; only the query is taken from it.
    func isValid(_ signature: String?, path: String, target: String, form: [(name: String, value: String)]) -> Bool {
        guard let signature, let code = Data(base64Encoded: signature) else { return false }
        let query = target.firstIndex(of: "?").map { String(target[$0...]) } ?? ""
        // Twilio signs the address with or without the port that its scheme implies.
        let urls = [publicURL, TwilioSignature.withPort(publicURL), TwilioSignature.withoutPort(publicURL)]
        var isValid = false
        for url in urls {
            let text = TwilioSignature.signedText(url: url + path + query, form: form)
            let matches = HMAC<Insecure.SHA1>.isValidAuthenticationCode(
                code, authenticating: Array(text.utf8), using: key)
            isValid = isValid || matches
        }
        return isValid
    }

    /// A name that comes twice gives each of its different values, in order.
    static func signedText(url: String, form: [(name: String, value: String)]) -> String {
        let values = Dictionary(grouping: form, by: \.name).mapValues { Set($0.map(\.value)) }
        return values.keys.sorted(by: utf8Order).reduce(into: url) { text, name in
            for value in (values[name] ?? []).sorted(by: utf8Order) { text += name + value }
        }
    }

    private static func utf8Order(_ a: String, _ b: String) -> Bool { a.utf8.lexicographicallyPrecedes(b.utf8) }

    private static func withPort(_ url: String) -> String {
        guard var parts = URLComponents(string: url), parts.port == nil else { return url }
        parts.port = parts.scheme == "http" ? 80 : 443
        return parts.string ?? url
    }

    private static func withoutPort(_ url: String) -> String {
        guard var parts = URLComponents(string: url), parts.port != nil else { return url }
        parts.port = nil
        return parts.string ?? url
    }
}
