import Delivery
import Market
import Messages
import Storage
import Support
import Transport

@testable import Channels

/// A fake Twilio and a channel to it.
enum SMSBench {
    static let number = "+34600123456"
    static let publicURL = "https://vigia.example.org"

    static func configuration(
        _ url: String = "http://127.0.0.1:1", token: String = FakeTwilio.token, deadline: Duration = .seconds(5),
        publicURL: String? = SMSBench.publicURL
    ) throws -> TwilioConfiguration {
        var configuration = try TwilioConfiguration(
            account: FakeTwilio.account, token: token, sender: "+15005550006", apiURL: url, publicURL: publicURL)
        configuration.deadline = deadline
        return configuration
    }

    static func with<R: Sendable>(
        _ body: @Sendable (FakeTwilio, AsyncHTTPTransport) async throws -> R
    ) async throws -> R {
        let fake = try await FakeTwilio.start()
        let transport = try AsyncHTTPTransport()
        let result: Result<R, any Error>
        do { result = .success(try await body(fake, transport)) } catch { result = .failure(error) }
        await fake.stop()
        await transport.shutdown()
        return try result.get()
    }

    static func channel(
        _ fake: FakeTwilio, _ transport: AsyncHTTPTransport, _ bench: SenderBench, caps: SMSCaps = SMSCaps(),
        token: String = FakeTwilio.token, deadline: Duration = .seconds(5), prefixes: String = "+34",
        time: (any TimeSource)? = nil, onCap: @escaping @Sendable (SMSCaps.Verdict) async -> Void = { _ in }
    ) throws -> SMSChannel {
        SMSChannel(
            api: TwilioAPI(
                transport: transport, configuration: try configuration(fake.url, token: token, deadline: deadline)),
            ledger: bench.ledger, caps: caps, prefixes: SMSPrefixes(setting: prefixes, operatorPhone: nil),
            time: time ?? bench.time, onCap: onCap)
    }
}
