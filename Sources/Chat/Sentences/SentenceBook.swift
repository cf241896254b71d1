package import Foundation
import Messages
import Synchronization

/// The grammars that sentences are read with, by language. A folder of the operator's (`VIGIA_LOCALES`) replaces shipped
/// ones by files of the same name, `<code>.sentences`, and adds languages.
package final class SentenceBook: Sendable {
    private let grammars: Mutex<[String: SentenceGrammar]>

    /// Throws what is wrong in a file, with its line.
    package init(overrides: URL? = nil) throws {
        grammars = Mutex(try SentenceBook.read(overrides: overrides))
    }

    /// For grammars that are no files.
    init(_ grammars: [String: SentenceGrammar]) { self.grammars = Mutex(grammars) }

    /// Reads the override folder again; when a file is not accepted it throws, and the old grammars stay.
    package func reload(overrides: URL?) throws {
        let fresh = try SentenceBook.read(overrides: overrides)
        grammars.withLock { $0 = fresh }
    }

    /// Understands no sentence.
    package static let empty = SentenceBook([:])

    /// Codes of the languages that sentences are understood in, sorted.
    package var languages: [String] { grammars.withLock { $0.keys.sorted() } }

    func grammar(_ language: String) -> SentenceGrammar? { grammars.withLock { $0[language] } }

    private static func read(overrides: URL?) throws -> [String: SentenceGrammar] {
        let ending = ".sentences"
        var texts: [String: (text: String, file: String)] = [:]
        for (path, text) in EmbeddedAssets.files where path.hasSuffix(ending) {
            let name = String(path.split(separator: "/").last ?? "")
            texts[String(name.dropLast(ending.count))] = (text, path)
        }
        if let overrides {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: overrides.path)) ?? []
            for name in names.sorted() where name.hasSuffix(ending) {
                let file = overrides.appending(path: name)
                texts[String(name.dropLast(ending.count))] = (
                    try String(contentsOf: file, encoding: .utf8), file.path
                )
            }
        }
        return try texts.mapValues { try GrammarReader.read($0.text, file: $0.file) }
    }
}
