import Delivery
import Market
import Messages
import People
import Support

@testable import Channels

/// Builders for mails and a channel to a fake mail server.
enum EmailBench {
    static let login = (user: "vigia", password: "s3cret word")

    static func configuration(
        port: Int, security: EmailConfiguration.Security = .none, login: (user: String, password: String)? = nil,
        caFile: String? = nil, deadline: Duration = .seconds(5)
    ) throws -> EmailConfiguration {
        var configuration = try EmailConfiguration(
            server: "localhost", port: port, username: login?.user, password: login?.password,
            from: "Vigia <alerts@example.org>", security: security, caFile: caFile)
        configuration.deadline = deadline
        return configuration
    }

    static func channel(
        _ configuration: EmailConfiguration, links: (any UnsubscribeLinking)? = nil, connections: Int = 1
    ) throws -> EmailChannel {
        EmailChannel(
            configuration, sender: SMTPSender(configuration, connections: connections),
            renderer: try MessageRenderer(), links: links)
    }

    static func delivery(
        _ message: Message, id: Int64 = 17, to address: String = "ana@example.net", possibleRepeat: Bool = false,
        language: String = "en"
    ) -> OutgoingDelivery {
        var delivery = OutgoingDelivery(
            id: OutboxID(id), address: address, message: message, form: .new, possibleRepeat: possibleRepeat,
            createdAt: Timestamp(milliseconds: 1_768_399_320_000), reader: Reader(language: language, zone: "UTC"))
        delivery.contact = "reference"
        return delivery
    }

    static func with<R: Sendable>(
        _ rules: FakeSMTP.Rules = .init(), _ body: @Sendable (FakeSMTP) async throws -> R
    ) async throws -> R {
        let server = try await FakeSMTP.start(rules)
        let result: Result<R, any Error>
        do { result = .success(try await body(server)) } catch { result = .failure(error) }
        await server.stop()
        return try result.get()
    }
}

struct FixedLinks: UnsubscribeLinking {
    var url: String? = "https://vigia.example.org/unsubscribe/abc123"
    func url(contact: String, list: MailList) -> String? { url }
}
