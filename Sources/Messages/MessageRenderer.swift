package import Foundation
import Market
import Synchronization

/// Puts content into a reader's words, numbers and time: template + locale + values → `Message`.
package struct MessageRenderer: Sendable {
    package enum Failure: Error, Hashable, Sendable {
        case unknownTemplate(String)
    }

    package var catalogue: Catalogue { shelf.books.catalogue }
    private var templates: TemplateLibrary { shelf.books.templates }
    /// `w` of each language, as templates see it.
    private var words: [String: WordTable] { shelf.books.words }
    private let zones = ZoneTable()
    private let shelf: Shelf

    /// Everything that is read from files.
    private struct Books: Sendable {
        var catalogue: Catalogue
        var templates: TemplateLibrary
        var words: [String: WordTable]
    }

    /// Copies of a renderer share what it read, so that a reload reaches all of them.
    private final class Shelf: Sendable {
        private let current: Mutex<Books>
        init(_ books: Books) { current = Mutex(books) }
        var books: Books { current.withLock { $0 } }
        func replace(with books: Books) { current.withLock { $0 = books } }
    }

    private struct WordTable: @unchecked Sendable {
        // Holds only nested dictionaries of strings, made once.
        let tree: [String: Any]
    }

    /// Shipped templates and locales, overridden file by file from the given folders.
    package init(templates: URL? = nil, locales: URL? = nil) throws {
        shelf = Shelf(try MessageRenderer.read(templates: templates, locales: locales))
    }

    /// Reads the override folders again. Every copy of this renderer writes in the new words from then on; when a file is
    /// not accepted it throws, and the old ones stay.
    package func reload(templates: URL?, locales: URL?) throws {
        shelf.replace(with: try MessageRenderer.read(templates: templates, locales: locales))
    }

    private static func read(templates: URL?, locales: URL?) throws -> Books {
        var shippedTemplates: [String: String] = [:]
        var shippedLocales: [String: String] = [:]
        for (path, text) in EmbeddedAssets.files {
            let name = String(path.split(separator: "/").last ?? "")
            if name.hasSuffix(".mustache") { shippedTemplates[String(name.dropLast(9))] = text }
            if name.hasSuffix(".yaml") { shippedLocales[String(name.dropLast(5))] = text }
        }
        let catalogue = try Catalogue(shipped: shippedLocales, overrides: locales)
        let library = try TemplateLibrary(shipped: shippedTemplates, overrides: templates)
        var words: [String: WordTable] = [:]
        for code in catalogue.languages {
            guard let language = catalogue.language(code) else { continue }
            var tree: [String: Any] = [:]
            for (key, entry) in language.entries {
                if case .text(let text) = entry {
                    MessageRenderer.insert(text, at: key.split(separator: ".")[...], into: &tree)
                }
            }
            words[code] = WordTable(tree: tree)
        }
        return Books(catalogue: catalogue, templates: library, words: words)
    }

    /// Names of the templates there are, sorted.
    package var templateNames: [String] { templates.names }

    /// A page or other document that is sent as the template renders it, such as HTML; its values are escaped for HTML.
    package func page(for content: Content, reader: Reader) throws(Failure) -> String {
        guard let language = catalogue.language(reader.language) else { throw .unknownTemplate(content.template) }
        return try markup(for: content, ValueWriter(language: language, zone: zones.zone(reader.zone)))
    }

    package func message(for content: Content, reader: Reader) throws(Failure) -> Message {
        guard let language = catalogue.language(reader.language) else { throw .unknownTemplate(content.template) }
        let writer = ValueWriter(language: language, zone: zones.zone(reader.zone))
        let markup = try markup(for: content, writer)
        let buttons = content.buttons.map { row in
            row.map { Message.Button(label: writer.plain($0.label), action: $0.action) }
        }
        return Message(blocks: MarkupParser.parse(markup), buttons: buttons, silent: content.silent)
    }

    /// The same with instants as plain text, for letters and pages.
    package func document(for content: Content, reader: Reader) throws(Failure) -> String {
        try page(for: content, reader: reader).replacing(/<time at="-?[0-9]+">|<\/time>/, with: "")
    }

    private func markup(for content: Content, _ writer: ValueWriter) throws(Failure) -> String {
        var values: [String: Any] = [:]
        for (name, value) in content.values { values[name] = writer.templateValue(value) }
        values["w"] = words[writer.language.code]?.tree
        guard let markup = templates.render(content.template, values) else { throw .unknownTemplate(content.template) }
        return markup
    }

    /// One locale entry as plain text, for places that hold no message (command descriptions, notes).
    package func plainText(_ key: String, _ values: [String: ContentValue] = [:], reader: Reader) -> String {
        guard let language = catalogue.language(reader.language) else { return key }
        return ValueWriter(language: language, zone: zones.zone(reader.zone)).plain(.word(key, values))
    }

    /// A template that is no message but a frame around one: an e-mail, a page. The reader's words are there as `w`;
    /// `values` come as they are, so the caller has escaped them for the frame's own language.
    package func layout(
        _ template: String, _ values: [String: String], reader: Reader
    ) throws(Failure) -> String {
        guard let language = catalogue.language(reader.language) else { throw .unknownTemplate(template) }
        var all: [String: Any] = values
        all["language"] = language.code
        all["w"] = words[language.code]?.tree
        guard let text = templates.render(template, all) else { throw .unknownTemplate(template) }
        return text
    }

    private static func insert(_ text: String, at path: ArraySlice<Substring>, into tree: inout [String: Any]) {
        guard let first = path.first else { return }
        let name = String(first)
        if path.count == 1 {
            if tree[name] == nil { tree[name] = text }
            return
        }
        var branch = tree[name] as? [String: Any] ?? [:]
        insert(text, at: path.dropFirst(), into: &branch)
        tree[name] = branch
    }
}

/// Formats values for one reader.
struct ValueWriter {
    let language: Catalogue.Language
    let zone: TimeZone

    /// What a template sees: escaped text, a flag, a list or a dictionary.
    func templateValue(_ value: ContentValue) -> Any {
        switch value {
        case .flag(let flag): flag
        case .list(let rows): rows.map { row in row.mapValues { templateValue($0) } }
        case .dictionary(let entries): entries.mapValues { templateValue($0) }
        default: markup(value)
        }
    }

    /// Markup of a single value, escaped.
    func markup(_ value: ContentValue) -> String {
        switch value {
        case .text(let text): MarkupParser.escape(text)
        case .word(let key, let arguments): word(key, arguments)
        case .price(let price): language.format.price(price)
        case .exactPrice(let price): language.format.exact(price)
        case .percent(let fraction, let digits, let signed):
            language.format.percent(fraction, digits: digits, signed: signed)
        case .number(let number, let digits): language.format.number(number, digits: digits)
        case .amount(let amount): language.format.amount(amount)
        case .count(let count): language.format.number(Double(count), digits: 0)
        case .time(let time): "<time at=\"\(time.milliseconds)\">\(MarkupParser.escape(moment(time)))</time>"
        case .date(let time): MarkupParser.escape(day(ZonedTime(time, zone: zone)))
        case .span(let span): MarkupParser.escape(length(span))
        case .flag(let flag): flag ? "✓" : "✗"
        case .list(let rows): rows.map { $0.values.map { markup($0) }.joined(separator: " ") }.joined(separator: ", ")
        case .dictionary(let entries): entries.values.map { markup($0) }.joined(separator: ", ")
        }
    }

    /// Text without markup, for button labels.
    func plain(_ value: ContentValue) -> String {
        Message(blocks: MarkupParser.parse(markup(value))).plainText
    }

    private func word(_ key: String, _ arguments: [String: ContentValue]) -> String {
        let text: String
        switch language.entries[key] {
        case .text(let plain): text = plain
        case .plural(let forms):
            var form = "other"
            if case .count(let count) = arguments["count"] {
                form = PluralForm.category(of: count, language: language.code)
            }
            text = forms[form] ?? forms["other"] ?? key
        case nil: text = key
        }
        guard !arguments.isEmpty, text.contains("{") else { return text }
        var out = ""
        var rest = text[...]
        while let open = rest.firstIndex(of: "{") {
            out += rest[..<open]
            guard let close = rest[open...].firstIndex(of: "}") else { break }
            let name = String(rest[rest.index(after: open)..<close])
            if let value = arguments[name] { out += markup(value) } else { out += rest[open...close] }
            rest = rest[rest.index(after: close)...]
        }
        return out + rest
    }

    private func entry(_ key: String) -> String? {
        if case .text(let text) = language.entries[key] { text } else { nil }
    }

    private func day(_ time: ZonedTime) -> String {
        let month = entry("format.months")?.split(separator: " ").map(String.init) ?? []
        let name = month.indices.contains(time.month - 1) ? month[time.month - 1] : "\(time.month)"
        return (entry("format.date") ?? "{day} {month} {year}").replacing("{day}", with: "\(time.day)")
            .replacing("{month}", with: name).replacing("{year}", with: "\(time.year)")
    }

    private func moment(_ time: Timestamp) -> String {
        let local = ZonedTime(time, zone: zone)
        return "\(day(local)) \(local.clock) \(local.zoneName)"
    }

    private func length(_ span: Span) -> String {
        let seconds = max(0, span.milliseconds / 1000)
        let parts: [(Int64, String)] = [
            (seconds / 86_400, entry("format.days") ?? "d"), (seconds / 3600 % 24, entry("format.hours") ?? "h"),
            (seconds / 60 % 60, entry("format.minutes") ?? "min"), (seconds % 60, entry("format.seconds") ?? "s"),
        ]
        guard let first = parts.firstIndex(where: { $0.0 > 0 }) else { return "0 \(parts[3].1)" }
        return parts[first...].prefix(2).filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: " ")
    }
}
