/// Which mail server takes our mail, and who we are there. Its description never shows the password.
package struct EmailConfiguration: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// `SMTP_SECURITY`.
    package enum Security: String, Sendable {
        /// Encrypted after `STARTTLS`, and not at all when the server does not offer it.
        case starttls
        case tls
        /// In clear: for a server on this machine only.
        case none
    }

    package let server: String
    package let port: Int
    package let username: String?
    let password: String?
    package let from: MailAddress
    package let security: Security
    /// PEM file of further certificate authorities (`VIGIA_CA_FILE`).
    package let caFile: String?
    /// Longest time for one mail, the wait for a free connection included. It must stay under two thirds of a
    /// dispatcher's lease.
    package var deadline: Duration = .seconds(35)
    /// Longest time for name, TCP and TLS.
    package var connectTimeout: Duration = .seconds(10)

    /// Throws `EmailConfigurationError`, which names the setting and what it accepts.
    package init(
        server: String, port: Int = 587, username: String? = nil, password: String? = nil, from: String?,
        security: Security = .starttls, caFile: String? = nil
    ) throws(EmailConfigurationError) {
        guard !server.isEmpty,
            server.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"/@?#<>\"\\".utf8.contains($0) })
        else { throw EmailConfigurationError(setting: "SMTP_SERVER", accepted: "a host name such as smtp.example.org") }
        guard (1...65_535).contains(port) else {
            throw EmailConfigurationError(setting: "SMTP_PORT", accepted: "a port from 1 to 65535")
        }
        guard security != .none || EmailConfiguration.isLoopback(server) else {
            throw EmailConfigurationError(
                setting: "SMTP_SECURITY", accepted: "starttls or tls (none only for a server on this machine)")
        }
        guard (username == nil) == (password == nil) else {
            throw EmailConfigurationError(
                setting: username == nil ? "SMTP_USERNAME" : "SMTP_PASSWORD",
                accepted: "a value, since the other of SMTP_USERNAME and SMTP_PASSWORD is set")
        }
        // Many servers' user names are the address itself.
        guard let from = (from ?? username).flatMap({ MailAddress($0) }) else {
            throw EmailConfigurationError(
                setting: "SMTP_FROM", accepted: "an address such as alerts@example.org or Vigia <alerts@example.org>")
        }
        self.server = server
        self.port = port
        self.username = username
        self.password = password
        self.from = from
        self.security = security
        self.caFile = caFile
    }

    private static func isLoopback(_ host: String) -> Bool {
        let bare = host.lowercased()
        return bare == "localhost" || bare == "::1" || bare == "[::1]"
            || (bare.hasPrefix("127.") && bare.utf8.allSatisfy { $0 == 0x2E || (0x30...0x39).contains($0) })
    }

    /// Server, port and our own name as libcurl takes them.
    var url: String {
        let host = server.contains(":") && !server.hasPrefix("[") ? "[\(server)]" : server
        return "\(security == .tls ? "smtps" : "smtp")://\(host):\(port)/\(from.domain)"
    }

    package var description: String { "mail server \(server):\(port) (\(security.rawValue))" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["server": server, "port": port]) }
}

package struct EmailConfigurationError: Error, Hashable, Sendable {
    package var setting: String
    package var accepted: String
}
