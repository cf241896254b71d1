import Foundation

/// A real Postfix on loopback ports, in a folder of its own: STARTTLS and TLS with the tests' certificate, a log-in, and
/// every mail handed on to another server. It needs root, Debian's package `postfix`, and Python for the log-in.
package final class Postfix {
    package struct DidNotStart: Error, CustomStringConvertible { package var description: String }

    private static let program = "/usr/sbin/postfix"
    private static let python = "/usr/bin/python3"

    /// Whether it can be started here.
    package static var isThere: Bool {
        geteuid() == 0 && FileManager.default.isExecutableFile(atPath: program)
            && FileManager.default.isExecutableFile(atPath: python)
    }

    /// With STARTTLS.
    package let port: Int
    /// With TLS from the first byte.
    package let tlsPort: Int
    private let folder: URL
    private let login: Process

    /// - Parameter next: port on this machine that mails are handed on to.
    package init(user: String, password: String, next: Int) throws {
        port = try FreePort.find()
        tlsPort = try FreePort.find()
        // The daemons give up root: every folder above must let them in.
        folder = URL(filePath: "/tmp/vigia-postfix-\(UUID().uuidString)")
        for name in ["etc", "spool", "data"] {
            try FileManager.default.createDirectory(
                at: folder.appending(path: name), withIntermediateDirectories: true)
        }
        login = Process()
        try write(TestCertificate.key + "\n" + TestCertificate.certificate + "\n", to: "identity.pem", mode: 0o600)
        try write(Self.loginScript, to: "login.py")
        try write(main(next: next), to: "etc/main.cf")
        try write(master, to: "etc/master.cf")
        try Self.run("/bin/chown", ["postfix", folder.appending(path: "data").path])
        login.executableURL = URL(filePath: Self.python)
        login.arguments = ["login.py", "login.socket", user, password]
        login.currentDirectoryURL = folder
        let ready = Pipe()
        login.standardOutput = ready
        try login.run()
        // One line says that it listens.
        _ = ready.fileHandleForReading.availableData
        do {
            // Returns when the master process takes connections.
            try Self.run(Self.program, ["-c", folder.appending(path: "etc").path, "start"])
        } catch {
            stop()
            throw error
        }
    }

    package func stop() {
        try? Self.run(Self.program, ["-c", folder.appending(path: "etc").path, "stop"])
        // A child of a thread that blocks signals blocks them too; this one cannot be.
        if login.isRunning { kill(login.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(at: folder)
    }

    /// What the daemons wrote.
    package var log: String { (try? String(contentsOf: folder.appending(path: "log"), encoding: .utf8)) ?? "" }

    private func write(_ text: String, to name: String, mode: Int = 0o644) throws {
        let url = folder.appending(path: name)
        try text.write(to: url, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: url.path)
    }

    private static func run(_ program: String, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw DidNotStart(description: "\(program) ended with \(process.terminationStatus)")
        }
    }

    private func main(next: Int) -> String {
        """
        compatibility_level = 3.6
        queue_directory = \(folder.path)/spool
        data_directory = \(folder.path)/data
        command_directory = /usr/sbin
        daemon_directory = /usr/lib/postfix/sbin
        mail_owner = postfix
        setgid_group = postdrop
        myhostname = localhost
        mydestination =
        inet_interfaces = 127.0.0.1
        inet_protocols = ipv4
        mynetworks =
        maillog_file = \(folder.path)/log
        maillog_file_prefixes = /tmp
        smtpd_tls_chain_files = \(folder.path)/identity.pem
        smtpd_tls_security_level = encrypt
        smtpd_tls_auth_only = yes
        smtpd_sasl_auth_enable = yes
        smtpd_sasl_type = dovecot
        smtpd_sasl_path = \(folder.path)/login.socket
        smtpd_recipient_restrictions = permit_sasl_authenticated, reject
        smtpd_relay_restrictions = permit_sasl_authenticated, reject
        strict_rfc821_envelopes = yes
        local_recipient_maps =
        local_header_rewrite_clients =
        alias_maps =
        relayhost = [127.0.0.1]:\(next)
        smtp_tls_security_level = none
        smtp_host_lookup = native
        disable_dns_lookups = yes

        """
    }

    private var master: String {
        """
        \(port) inet n - n - - smtpd
        \(tlsPort) inet n - n - - smtpd
          -o smtpd_tls_wrappermode=yes
        pickup unix n - n 60 1 pickup
        cleanup unix n - n - 0 cleanup
        qmgr unix n - n 300 1 qmgr
        tlsmgr unix - - n 1000? 1 tlsmgr
        rewrite unix - - n - - trivial-rewrite
        bounce unix - - n - 0 bounce
        defer unix - - n - 0 bounce
        trace unix - - n - 0 bounce
        smtp unix - - n - - smtp
        relay unix - - n - - smtp
        error unix - - n - - error
        retry unix - - n - - error
        postlog unix-dgram n - n - 1 postlogd
        anvil unix - - n - 1 anvil
        scache unix - - n - 1 scache

        """
    }

    /// One log-in over the protocol of Dovecot's authentication server, which Postfix speaks without further packages.
    private static let loginScript = """
        import base64, os, socketserver, sys
        path, user, password = sys.argv[1:4]
        class Login(socketserver.StreamRequestHandler):
            def handle(self):
                self.wfile.write(b"VERSION\\t1\\t1\\nMECH\\tPLAIN\\tplaintext\\nSPID\\t1\\nCUID\\t1\\nCOOKIE\\t00\\nDONE\\n")
                for line in self.rfile:
                    parts = line.decode().rstrip("\\n").split("\\t")
                    if parts[0] not in ("AUTH", "CONT"): continue
                    answer = parts[2] if parts[0] == "CONT" else next((p[5:] for p in parts if p.startswith("resp=")), None)
                    if answer is None:
                        self.wfile.write(f"CONT\\t{parts[1]}\\t\\n".encode())
                        continue
                    good = base64.b64decode(answer).split(b"\\0")[1:] == [user.encode(), password.encode()]
                    self.wfile.write((f"OK\\t{parts[1]}\\tuser={user}\\n" if good else f"FAIL\\t{parts[1]}\\n").encode())
        socketserver.ThreadingUnixStreamServer.daemon_threads = True
        server = socketserver.ThreadingUnixStreamServer(path, Login)
        os.chmod(path, 0o666)
        print("listening", flush=True)
        server.serve_forever()

        """
}
