import Foundation
import Market
import People
import Yams

/// Effective settings with their origin. Read in this order, the later wins: built-in default, `vigia.yaml` (or
/// `--config FILE`), `.env`, environment, flags.
struct Settings: Sendable {
    enum Origin: Hashable, Sendable, CustomStringConvertible {
        case builtIn
        case file(String)
        case dotEnv
        case environment
        case flag

        var description: String {
            switch self {
            case .builtIn: "default"
            case .file(let path): path
            case .dotEnv: ".env"
            case .environment: "environment"
            case .flag: "flag"
            }
        }
    }

    struct Value: Hashable, Sendable {
        var text: String
        var origin: Origin
    }

    /// One line for the operator: the setting's name and what is accepted. Secrets are never in it.
    struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
        var description: String
    }

    private var values: [String: Value] = [:]

    /// - Parameters:
    ///   - configFile: named by `--config`; it must exist. Without it `vigia.yaml` of the folder is read if it is there.
    ///   - flags: `NAME=value` pairs of the command line.
    init(
        configFile: String?, environment: [String: String], flags: [String], folder: URL
    ) throws(Failure) {
        for key in SettingKey.all {
            if let text = key.fallback { values[key.name] = Value(text: text, origin: .builtIn) }
        }

        let file =
            configFile.map { URL(fileURLWithPath: $0, relativeTo: folder) } ?? folder.appending(path: "vigia.yaml")
        if let text = try? String(contentsOf: file, encoding: .utf8) {
            for (key, value) in try Settings.entries(ofYAML: text, file: file.lastPathComponent) {
                guard let setting = SettingKey.all.first(where: { $0.fileKey == key }) else {
                    throw Failure(
                        description: "\(file.lastPathComponent): unknown key \(key)\(Settings.suggestion(for: key))")
                }
                try set(setting, value, .file(file.lastPathComponent))
            }
        } else if let configFile {
            throw Failure(description: "--config \(configFile): cannot be read")
        }
        if let text = try? String(contentsOf: folder.appending(path: ".env"), encoding: .utf8) {
            for (name, value) in try DotEnv.entries(of: text) {
                if let setting = SettingKey.byName[name] { try set(setting, value, .dotEnv) }
            }
        }
        for setting in SettingKey.all {
            if let value = environment[setting.name] { try set(setting, value, .environment) }
        }
        for flag in flags {
            let parts = flag.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = parts[0].uppercased()
            guard parts.count == 2, let setting = SettingKey.byName[name] else {
                throw Failure(description: "--set \(parts[0]): expected NAME=value with a setting's name")
            }
            try set(setting, String(parts[1]), .flag)
        }
    }

    /// An empty value takes the setting back to none.
    private mutating func set(_ key: SettingKey, _ text: String, _ origin: Origin) throws(Failure) {
        let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
        if text.isEmpty {
            values[key.name] = nil
            if let fallback = key.fallback { values[key.name] = Value(text: fallback, origin: .builtIn) }
            return
        }
        guard SettingCheck.accepts(text, key.kind) else {
            let shown = key.isSecret ? "(secret)" : "\"\(text.prefix(80))\""
            let place = if case .file = origin { key.fileKey } else { key.name }
            throw Failure(description: "\(origin): \(place) = \(shown) is not accepted: expected \(key.accepted)")
        }
        values[key.name] = Value(text: text, origin: origin)
    }

    subscript(_ name: String) -> String? { values[name]?.text }

    func origin(of name: String) -> Origin? { values[name]?.origin }

    /// A setting that always has a value, since it has a default.
    func text(_ name: String) -> String { values[name]?.text ?? SettingKey.byName[name]?.fallback ?? "" }
    func count(_ name: String) -> Int { Int(text(name)) ?? 0 }
    func fraction(_ name: String) -> Double { Double(text(name)) ?? 0 }
    func span(_ name: String) -> Span { Span(text: text(name)) ?? .zero }
    func symbols(_ name: String) -> [Symbol] {
        text(name).split(separator: ",").compactMap { Symbol($0.trimmingCharacters(in: .whitespaces)) }
    }
    func identities(_ name: String) -> [Identity] {
        (self[name] ?? "").split(separator: ",").compactMap { Identity($0.trimmingCharacters(in: .whitespaces)) }
    }

    /// Settings whose value is another one than there, sorted.
    func names(changedFrom other: Settings) -> [String] {
        SettingKey.all.map(\.name).filter { self[$0] != other[$0] }.sorted()
    }

    /// Every secret value in force, for redaction.
    var secrets: [String] { SettingKey.all.filter(\.isSecret).compactMap { self[$0.name] } }

    /// Lines of `vigia config`.
    var listing: [(name: String, value: String?, origin: String)] {
        SettingKey.all.map { key in
            let value = values[key.name]
            return (
                key.name, value.map { key.isSecret ? "(set, redacted)" : $0.text }, value?.origin.description ?? "unset"
            )
        }
    }

    private static func entries(ofYAML text: String, file: String) throws(Failure) -> [(String, String)] {
        let root: Node?
        do { root = try Yams.compose(yaml: text) } catch {
            throw Failure(description: "\(file): not valid YAML")
        }
        guard let root else { return [] }
        if root.scalar?.string.isEmpty == true { return [] }
        guard let mapping = root.mapping else { throw Failure(description: "\(file): expected key: value lines") }
        var entries: [(String, String)] = []
        for (key, value) in mapping {
            let name = key.string ?? ""
            if let scalar = value.scalar {
                entries.append((name, scalar.tag.description.hasSuffix("null") ? "" : scalar.string))
            } else if let sequence = value.sequence {
                entries.append((name, sequence.compactMap(\.string).joined(separator: ",")))
            } else {
                throw Failure(description: "\(file): \(name): expected one value or a list")
            }
        }
        return entries
    }

    private static func suggestion(for key: String) -> String {
        let letters = Set(key.lowercased())
        let nearest = SettingKey.all.map(\.fileKey).min { distance($0, letters, key) < distance($1, letters, key) }
        return nearest.map { "; did you mean \($0)?" } ?? ""
    }

    private static func distance(_ candidate: String, _ letters: Set<Character>, _ key: String) -> Int {
        letters.symmetricDifference(candidate).count * 4 - candidate.commonPrefix(with: key.lowercased()).count
    }
}

/// `.env`: `NAME=value` lines, `#` comments, an optional `export`, single or double quotes around a value.
enum DotEnv {
    static func entries(of text: String) throws(Settings.Failure) -> [(String, String)] {
        var entries: [(String, String)] = []
        for (index, raw) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            var line = raw.trimmingCharacters(in: .whitespaces)
            if line.isEmpty || line.hasPrefix("#") { continue }
            if line.hasPrefix("export ") { line = String(line.dropFirst(7)) }
            guard let mark = line.firstIndex(of: "=") else {
                throw Settings.Failure(description: ".env: line \(index + 1) is not NAME=value")
            }
            let name = line[..<mark].trimmingCharacters(in: .whitespaces)
            var value = line[line.index(after: mark)...].trimmingCharacters(in: .whitespaces)
            if value.count >= 2, let quote = value.first, quote == "\"" || quote == "'", value.last == quote {
                value = String(value.dropFirst().dropLast())
            } else if let comment = value.range(of: " #") {
                value = value[..<comment.lowerBound].trimmingCharacters(in: .whitespaces)
            }
            entries.append((name, value))
        }
        return entries
    }
}
