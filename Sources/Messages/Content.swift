package import Market

/// What is to be said, before it has a language: a template of `templates/` and typed values for it. The renderer
/// turns it into a `Message`.
package struct Content: Hashable, Sendable {
    /// `templates/<template>.mustache`.
    package var template: String
    package var values: [String: ContentValue]
    package var buttons: [[ContentButton]]
    package var silent: Bool

    package init(
        _ template: String, _ values: [String: ContentValue] = [:], buttons: [[ContentButton]] = [],
        silent: Bool = false
    ) {
        self.template = template
        self.values = values
        self.buttons = buttons
        self.silent = silent
    }

    /// One sentence of the locale: template `sentence`, entry `key`.
    package static func sentence(
        _ key: String, _ values: [String: ContentValue] = [:], buttons: [[ContentButton]] = []
    ) -> Content {
        Content("sentence", ["sentence": .word(key, values)], buttons: buttons)
    }
}

/// A value that the renderer formats for the reader.
package indirect enum ContentValue: Hashable, Sendable {
    /// Untrusted or fixed text, escaped.
    case text(String)
    /// A locale entry with its arguments; an integer argument named `count` chooses the plural form.
    case word(String, [String: ContentValue] = [:])
    /// A price with the significant digits that suit its size.
    case price(Double)
    /// The venue's exact decimal, grouped.
    case exactPrice(Price)
    /// A fraction shown as percent; `signed` writes a plus.
    case percent(Double, digits: Int = 2, signed: Bool = false)
    case number(Double, digits: Int = 2)
    /// A large amount shortened: 1.2 M.
    case amount(Double)
    case count(Int)
    /// Shown in the reader's zone.
    case time(Timestamp)
    case date(Timestamp)
    /// A length of time: `2 h 5 min`.
    case span(Span)
    case flag(Bool)
    case list([[String: ContentValue]])
    case dictionary([String: ContentValue])
}

package struct ContentButton: Hashable, Sendable {
    package var label: ContentValue
    package var action: Message.Button.Action
    package init(_ label: ContentValue, _ command: String) {
        self.label = label
        self.action = .command(command)
    }
    package init(_ label: ContentValue, link: String) {
        self.label = label
        self.action = .link(link)
    }
}

/// Whom a message is written for.
package struct Reader: Hashable, Sendable {
    /// Code of a locale file; an unknown one reads as English.
    package var language: String
    /// IANA name; an unknown one reads as UTC.
    package var zone: String
    package init(language: String, zone: String) {
        self.language = language
        self.zone = zone
    }
}
