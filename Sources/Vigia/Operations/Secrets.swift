import Crypto
import Foundation

/// One-time codes and stored secrets.
enum Secrets {
    /// Letters and digits that are not mistaken for one another.
    private static let alphabet = Array("ABCDEFGHJKMNPQRSTUVWXYZ23456789")

    /// A code of `length` symbols from the system's random source; fourteen carry 69 bits.
    static func code(length: Int = 14) -> String {
        var generator = SystemRandomNumberGenerator()
        return String((0..<length).map { _ in alphabet[Int.random(in: alphabet.indices, using: &generator)] })
    }

    /// How a code is stored: SHA-256 in hex. Codes are random, so they need no salt. Case and blanks do not count.
    static func hash(_ code: String) -> String {
        let bare = code.uppercased().filter { !$0.isWhitespace }
        return SHA256.hash(data: Data(bare.utf8)).map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }
            .joined()
    }
}
