import Foundation

/// Base64 as the fakes read and write it.
package enum Base64 {
    package static func encode(_ text: String) -> String { Data(text.utf8).base64EncodedString() }

    /// Nothing where it is none.
    package static func decode(_ text: String) -> [UInt8] {
        Data(base64Encoded: text, options: .ignoreUnknownCharacters).map { [UInt8]($0) } ?? []
    }
}
