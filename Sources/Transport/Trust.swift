import NIOCore
import NIOSSL

/// Why a file of certificate authorities cannot be used.
package enum TrustFailure: Error, Hashable, Sendable, CustomStringConvertible {
    case unreadable(path: String)

    package var description: String {
        switch self {
        case .unreadable(let path): "\(path) is not a readable PEM file of certificates"
        }
    }
}

/// Whose certificates outgoing TLS connections believe.
enum Trust {
    /// The system's authorities and those of `caFile`; host names are always checked.
    static func tlsConfiguration(caFile: String?) throws(TrustFailure) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        guard let caFile else { return configuration }
        guard let certificates = try? NIOSSLCertificate.fromPEMFile(caFile), !certificates.isEmpty else {
            throw .unreadable(path: caFile)
        }
        configuration.additionalTrustRoots = [.certificates(certificates)]
        return configuration
    }
}

extension TimeAmount {
    /// NIO's spelling of a duration, which ends at 292 years.
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self = .nanoseconds(min(seconds, 9_000_000_000) * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
