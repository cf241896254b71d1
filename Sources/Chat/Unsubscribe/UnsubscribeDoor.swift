package import Delivery
package import Logging
package import Messages
package import People
import Metrics

/// Serves `/unsubscribe/{token}`: GET shows one page with one button and changes nothing; POST consumes, whether it comes
/// from the button or from a mail program (RFC 8058's `List-Unsubscribe=One-Click`).
package struct UnsubscribeDoor: Sendable {
    package struct Page: Hashable, Sendable {
        package var status: Int
        package var html: String
    }

    private let lists: any MailingLists
    private let read: @Sendable (String) -> (contact: String, list: MailList)?
    private let render: @Sendable (Content, Reader) throws -> String
    private let endDigest: (@Sendable (RecipientID) async throws -> Void)?
    private let logger: Logger

    /// - Parameters:
    ///   - read: what a token says, checked in constant time; `nil` for one that is not ours.
    ///   - render: a page in the reader's language.
    ///   - endDigest: turns the digest of a person off; without it a digest's link ends all e-mail.
    package init(
        lists: any MailingLists, read: @escaping @Sendable (String) -> (contact: String, list: MailList)?,
        render: @escaping @Sendable (Content, Reader) throws -> String,
        endDigest: (@Sendable (RecipientID) async throws -> Void)? = nil,
        logger: Logger = Logger(label: "vigia.unsubscribe")
    ) {
        self.logger = logger
        self.lists = lists
        self.read = read
        self.render = render
        self.endDigest = endDigest
    }

    /// - Parameter language: for those whom nobody knows, as the browser wants it.
    package func show(token: String, language: String) async -> Page {
        await answer(token, language) { _, _, subscriber in
            subscriber.isSubscribed ? "question" : "done"
        }
    }

    package func consume(token: String, language: String) async -> Page {
        await answer(token, language) { contact, list, subscriber in
            if list == .digest, let endDigest {
                try await endDigest(subscriber.recipient)
            } else {
                _ = try await lists.unsubscribe(contact)
            }
            count("done")
            return "done"
        }
    }

    private func answer(
        _ token: String, _ language: String,
        _ body: (_ contact: String, MailList, MailSubscriber) async throws -> String
    ) async -> Page {
        let unknown = Reader(language: language, zone: "UTC")
        guard let (contact, list) = read(token) else {
            count("unknown")
            return page("unknown", status: 404, reader: unknown)
        }
        do {
            guard let subscriber = try await lists.subscriber(contact) else {
                // The address was removed since: nothing is sent there, which is what was asked for.
                count("gone")
                return page("gone", status: 200, reader: unknown)
            }
            return page(
                try await body(contact, list, subscriber), status: 200, reader: subscriber.reader,
                ["address": .text(subscriber.masked), "list": .word("unsubscribe_page.list_\(list)")])
        } catch {
            count("failed")
            logger.error("an unsubscribe link was not served", metadata: ["error": "\(error)"])
            return page("failed", status: 503, reader: unknown)
        }
    }

    private func page(_ state: String, status: Int, reader: Reader, _ values: [String: ContentValue] = [:]) -> Page {
        var content = Content(
            "page-unsubscribe",
            [
                "language": .text(reader.language), "title": .word("unsubscribe_page.title"),
                "text": .word("unsubscribe_page.\(state)", values),
            ])
        if state == "question" || state == "failed" { content.values["button"] = .word("unsubscribe_page.button") }
        do {
            return Page(status: status, html: try render(content, reader))
        } catch {
            logger.error("the unsubscribe page was not rendered", metadata: ["error": "\(error)"])
            // What was asked for is done even where the page is broken.
            return Page(status: status, html: "<!doctype html><title>Vigia</title><p>\(status)</p>")
        }
    }

    private func count(_ outcome: String) {
        Counter(label: "vigia_unsubscribe_total", dimensions: [("outcome", outcome)]).increment()
    }
}
