/// What reached the fake, in order of arrival.
package struct FakeTelegramJournal: Sendable {
    /// A message that was accepted.
    package struct Sent: Sendable {
        /// Position in `sent`.
        package var index: Int
        package var at: ContinuousClock.Instant
        /// Wall clock, Unix milliseconds.
        package var wallTime: Int64
        package var method: String
        package var chat: Int64
        /// Topic.
        package var thread: Int64?
        package var messageID: Int64
        /// As it was sent, with markup.
        package var raw: String
        /// As readers see it.
        package var text: String
        package var entities: [FakeTelegramHTML.Entity]
        package var buttons: [[FakeTelegramButton]]
        package var isSilent: Bool
        /// `sendDocument`: name and size of the file.
        package var document: Document?

        package var isEdit: Bool { method == "editMessageText" }
        package var labels: [String] { buttons.flatMap { $0.map(\.label) } }
    }

    package struct Document: Hashable, Sendable {
        package var name: String
        package var content: [UInt8]
        package init(name: String, content: [UInt8]) {
            self.name = name
            self.content = content
        }
    }

    package struct InlineCard: Hashable, Sendable {
        package var id: String
        package var title: String
        package var description: String
        /// As readers would see it.
        package var text: String
    }

    package struct InlineAnswer: Hashable, Sendable {
        package var cards: [InlineCard]
        package var isPersonal: Bool
        package var cacheSeconds: Int64
        /// Payload of the button above the cards.
        package var startParameter: String?
    }

    /// A 429 that was given, by a limit or a fault.
    package struct Refused: Hashable, Sendable {
        package var at: ContinuousClock.Instant
        package var method: String
        package var chat: Int64
        package var retryAfter: Int
    }

    package internal(set) var sent: [Sent] = []
    /// Also counts when `keepsMessages` is false.
    package internal(set) var sentCount = 0
    package internal(set) var refused: [Refused] = []
    /// Requests by method, refused ones too.
    package internal(set) var calls: [String: Int] = [:]
    /// Calls that are not as the Bot API describes them, each with what is wrong; they were refused.
    package internal(set) var violations: [String] = []
    package internal(set) var answeredQueries: Set<String> = []
    /// By query.
    package internal(set) var inlineAnswers: [String: InlineAnswer] = [:]
    package internal(set) var chatActions: [(chat: Int64, action: String)] = []
    /// Menus by `scope/language`: names of the commands.
    package internal(set) var menus: [String: [String]] = [:]
    /// Highest offset that a poll confirmed: every update below it is done with.
    package internal(set) var confirmedOffset: Int64 = 0

    package func messages(for chat: Int64) -> [Sent] { sent.filter { $0.chat == chat } }
}

package struct FakeTelegramButton: Hashable, Sendable {
    package var label: String
    package var data: String?
    package var url: String?
    package init(label: String, data: String? = nil, url: String? = nil) {
        self.label = label
        self.data = data
        self.url = url
    }
}

extension FakeTelegramJournal.Sent {
    /// Entities and keyboard as members of a message, with a comma before each.
    var markupJSON: String {
        var text = ""
        if !entities.isEmpty {
            let list = entities.map { entity in
                "{\"type\":\"\(entity.type)\",\"offset\":\(entity.offset),\"length\":\(entity.length)"
                    + (entity.url.map { ",\"url\":\(jsonText($0))" } ?? "") + "}"
            }
            text += ",\"entities\":[\(list.joined(separator: ","))]"
        }
        if !buttons.isEmpty { text += ",\"reply_markup\":\(FakeTelegramButton.json(buttons))" }
        return text
    }
}

extension FakeTelegramButton {
    static func json(_ rows: [[FakeTelegramButton]]) -> String {
        let lines = rows.map { row in
            let keys = row.map { button in
                "{\"text\":\(jsonText(button.label))" + (button.data.map { ",\"callback_data\":\(jsonText($0))" } ?? "")
                    + (button.url.map { ",\"url\":\(jsonText($0))" } ?? "") + "}"
            }
            return "[\(keys.joined(separator: ","))]"
        }
        return "{\"inline_keyboard\":[\(lines.joined(separator: ","))]}"
    }
}
