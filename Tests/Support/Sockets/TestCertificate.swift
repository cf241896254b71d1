import Foundation
package import NIOCore
import NIOSSL

/// A certificate for `localhost` and `127.0.0.1` that signs itself, made for these tests and trusted by nobody else.
package enum TestCertificate {
    package static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBmzCCAUGgAwIBAgIUeGymPjhUTbQy2X/689KL3qwYSBUwCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNDE4NTExMFoYDzIxMjYxMDMx
        MTg1MTEwWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAASFHk28ymVVqQVsEA+whoQhiLmMgMltyXEsYTqYgVLm+YPdyTzEAa6i
        hy5M8aJqJ8d9+HMbOeG1a//yjWB+j7jco28wbTAdBgNVHQ4EFgQUuK5E1Fiu6v3A
        +XOiCL0fGzP/7uEwHwYDVR0jBBgwFoAUuK5E1Fiu6v3A+XOiCL0fGzP/7uEwDwYD
        VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
        zj0EAwIDSAAwRQIhANFnxVclORMvZxZ+iWhubx/F/hU8cdgI3RRGDB7nFQaTAiB4
        KOVD51STt1Z0V4iF6STt4/jBThKtoLEk/LCF2rudIQ==
        -----END CERTIFICATE-----
        """

    package static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgm+3DxI4lpY6IB+ft
        sWHcnTw02X+neVa2kwiVr+SUNEmhRANCAASFHk28ymVVqQVsEA+whoQhiLmMgMlt
        yXEsYTqYgVLm+YPdyTzEAa6ihy5M8aJqJ8d9+HMbOeG1a//yjWB+j7jc
        -----END PRIVATE KEY-----
        """

    /// Puts TLS with this certificate on a server's new connection.
    package static func serve(_ channel: any Channel) throws {
        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context()))
    }

    /// The same on a connection that has spoken in clear so far (`STARTTLS`).
    package static func serveFirst(_ channel: any Channel) throws {
        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context()), position: .first)
    }

    private static func context() throws -> NIOSSLContext {
        let configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(certificate.utf8)).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem)))
        return try NIOSSLContext(configuration: configuration)
    }

    /// Writes the certificate as a file of authorities for the time of `body`.
    package static func withFile<R>(_ body: (String) async throws -> R) async throws -> R {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("vigia-\(UUID().uuidString).pem")
        try certificate.write(to: url, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: url) }
        return try await body(url.path)
    }
}
