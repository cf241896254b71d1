package import Crypto
import Foundation

/// The agent's secret (`SECRET_KEY`, or the content of `SECRET_KEY_FILE`). Nothing is encrypted under it directly: every
/// use has a key of its own, derived with HKDF-SHA256.
package struct SecretKey: Sendable {
    package enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
        case tooShort(least: Int)
        package var description: String {
            switch self {
            case .tooShort(let least): "expected at least \(least) characters"
            }
        }
    }

    package static let leastLength = 32
    private let master: SymmetricKey

    package init(_ text: String) throws(Failure) {
        let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard text.utf8.count >= SecretKey.leastLength else { throw .tooShort(least: SecretKey.leastLength) }
        master = SymmetricKey(data: Data(text.utf8))
    }

    /// A new secret of 256 bits, as the key file holds it.
    package static func fresh() -> String {
        SymmetricKey(size: .bits256).withUnsafeBytes { Data($0).base64EncodedString() }
    }

    package func derived(for purpose: String) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: master, info: Data("vigia \(purpose)".utf8), outputByteCount: 32)
    }
}

/// Bytes as letters that a URL and an address take as they are.
enum URLText {
    static func encode(_ bytes: some Sequence<UInt8>) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    static func decode(_ text: String) -> [UInt8]? {
        var plain = text.replacing("-", with: "+").replacing("_", with: "/")
        plain += String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4)
        return Data(base64Encoded: plain).map { [UInt8]($0) }
    }
}
