package import Foundation
import Yams

/// Words of every language. `locales/en.yaml` is the source; a key another language lacks falls back to it.
package struct Catalogue: Sendable {
    package enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
        case unreadable(file: String, reason: String)
        case notText(file: String, key: String)
        case unknownKeys(file: String, keys: [String])

        package var description: String {
            switch self {
            case .unreadable(let file, let reason): "\(file): \(reason)"
            case .notText(let file, let key): "\(file): \(key) must be text or a mapping of plural forms"
            case .unknownKeys(let file, let keys):
                "\(file): no such key in locales/en.yaml: \(keys.joined(separator: ", "))"
            }
        }
    }

    enum Entry: Hashable, Sendable {
        case text(String)
        case plural([String: String])
    }

    static let source = "en"
    private let languagesByCode: [String: Language]

    /// Everything one language needs.
    struct Language: Sendable {
        var code: String
        /// Keys joined by dots.
        var entries: [String: Entry]
        var format: NumberFormat
    }

    /// - Parameters:
    ///   - shipped: text of the built-in locale files by code.
    ///   - overrides: folder whose `<code>.yaml` files replace single entries, or add a language.
    package init(shipped: [String: String], overrides: URL? = nil) throws(Failure) {
        var tables: [String: [String: Entry]] = [:]
        for (code, text) in shipped { tables[code] = try Catalogue.entries(of: text, file: "locales/\(code).yaml") }
        if let overrides {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: overrides.path)) ?? []
            for name in names.sorted() where name.hasSuffix(".yaml") {
                let file = overrides.appending(path: name)
                guard let text = try? String(contentsOf: file, encoding: .utf8) else {
                    throw .unreadable(file: file.path, reason: "cannot be read as UTF-8")
                }
                let entries = try Catalogue.entries(of: text, file: file.path)
                let known = tables[Catalogue.source] ?? [:]
                let unknown = entries.keys.filter { known[$0] == nil }.sorted()
                guard unknown.isEmpty else { throw .unknownKeys(file: file.path, keys: unknown) }
                tables[String(name.dropLast(5)), default: [:]].merge(entries) { $1 }
            }
        }
        let english = tables[Catalogue.source] ?? [:]
        languagesByCode = tables.reduce(into: [:]) { result, table in
            let entries = english.merging(table.value) { $1 }
            result[table.key] = Language(code: table.key, entries: entries, format: NumberFormat(entries: entries))
        }
    }

    /// Codes of the languages there are, sorted.
    package var languages: [String] { languagesByCode.keys.sorted() }

    func language(_ code: String) -> Language? { languagesByCode[code] ?? languagesByCode[Catalogue.source] }

    /// Keys of one shipped language without its fall-backs, for the completeness test: plural entries end in `#`.
    package static func keys(of yaml: String) throws(Failure) -> [String: Set<String>] {
        try entries(of: yaml, file: "").mapValues { entry in
            switch entry {
            case .text(let text): placeholders(in: text)
            case .plural(let forms): forms.values.reduce(into: []) { $0.formUnion(placeholders(in: $1)) }
            }
        }
    }

    /// The text of a plain entry, for lists such as command descriptions.
    package func text(_ key: String, language: String) -> String? {
        guard case .text(let text) = self.language(language)?.entries[key] else { return nil }
        return text
    }

    static func placeholders(in text: String) -> Set<String> {
        Set(text.matches(of: /\{([a-z0-9_]+)\}/).map { String($0.1) })
    }

    private static func entries(of yaml: String, file: String) throws(Failure) -> [String: Entry] {
        let root: Node?
        // Everything is text: telling numbers, dates and the like apart would be most of the work.
        do { root = try Yams.compose(yaml: yaml, .basic) } catch { throw .unreadable(file: file, reason: "\(error)") }
        var result: [String: Entry] = [:]
        if let root { try collect(root, prefix: "", file: file, into: &result) }
        return result
    }

    private static func collect(
        _ node: Node, prefix: String, file: String, into result: inout [String: Entry]
    ) throws(Failure) {
        guard let mapping = node.mapping else { throw .notText(file: file, key: prefix) }
        if !prefix.isEmpty, mapping.keys.allSatisfy({ PluralForm.all.contains($0.string ?? "") }) {
            var forms: [String: String] = [:]
            for (key, value) in mapping { forms[key.string ?? ""] = value.string ?? "" }
            result[prefix] = .plural(forms)
            return
        }
        for (key, value) in mapping {
            let path = prefix.isEmpty ? (key.string ?? "") : "\(prefix).\(key.string ?? "")"
            if let scalar = value.scalar {
                result[path] = .text(scalar.string)
            } else {
                try collect(value, prefix: path, file: file, into: &result)
            }
        }
    }
}

/// CLDR's plural categories as far as the shipped languages use them.
enum PluralForm {
    static let all: Set<String> = ["zero", "one", "two", "few", "many", "other"]

    /// Category of a whole number. Languages without a rule of their own use "one" for 1.
    static func category(of count: Int, language: String) -> String {
        switch language.prefix(2) {
        case "fr", "pt": abs(count) <= 1 ? "one" : "other"
        case "ja", "zh", "ko": "other"
        default: abs(count) == 1 ? "one" : "other"
        }
    }
}
