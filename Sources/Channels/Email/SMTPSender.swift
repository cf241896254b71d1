package import Delivery
import CCurl
import Metrics
import Synchronization

/// Hands mails to the mail server over a few connections that are kept and used again.
///
/// Each mail has one deadline, the wait for a connection included: a mail that could not begin in time has surely not
/// gone, and says so. Mails are counted in `vigia_smtp_mails_total` by `outcome`, connections in
/// `vigia_smtp_connections_total`.
package final class SMTPSender: Sendable {
    private let configuration: EmailConfiguration
    private let connections: [SMTPConnection]
    /// Mails given to each connection and not finished.
    private let load: Mutex<[Int]>
    private let opened = Counter(label: "vigia_smtp_connections_total")

    /// - Parameter connections: most at once; what is beyond waits its turn.
    package init(_ configuration: EmailConfiguration, connections: Int = 2) {
        self.configuration = configuration
        self.connections = (0..<max(1, connections)).map { SMTPConnection(configuration, number: $0) }
        load = Mutex(Array(repeating: 0, count: max(1, connections)))
    }

    /// Returns the server's words when it has taken the mail.
    func send(_ mail: SMTPEnvelope) async throws(DeliveryError) -> String {
        let ending = await perform(mail)
        let result = SMTPVerdict.result(ending.code, detail: ending.detail, of: ending.dialogue)
        let outcome =
            switch result {
            case .success: "accepted"
            case .failure(let error): error.metricName
            }
        Counter(
            label: "vigia_smtp_mails_total",
            dimensions: [("outcome", outcome), ("stage", ending.dialogue.stage.rawValue)]
        ).increment()
        return try result.get()
    }

    /// Connects, encrypts and logs in as for a mail, and sends none.
    package func check() async throws(DeliveryError) {
        let ending = await perform(nil)
        guard ending.code != CURLE_OK else { return }
        if case .failure(let error) = SMTPVerdict.result(ending.code, detail: ending.detail, of: ending.dialogue) {
            throw error
        }
    }

    private func perform(_ mail: SMTPEnvelope?) async -> SMTPConnection.Ending {
        let deadline = ContinuousClock.now + configuration.deadline
        let chosen = load.withLock { load in
            // The least busy one, the first of those: with little to do one connection does it all and stays warm.
            let index = load.indices.min { load[$0] < load[$1] } ?? 0
            load[index] += 1
            return index
        }
        defer { load.withLock { $0[chosen] -= 1 } }
        let ending = await connections[chosen].perform(mail, deadline: deadline)
        if ending.connections > 0 { opened.increment(by: ending.connections) }
        return ending
    }
}

extension DeliveryError {
    /// How a metric names it.
    var metricName: String {
        switch self {
        case .rateLimited: "rate_limited"
        case .recipientGone: "gone"
        case .moved: "moved"
        case .rejected: "rejected"
        case .unavailable: "unavailable"
        case .outcomeUnknown: "unknown"
        case .unauthorized: "unauthorized"
        }
    }
}
