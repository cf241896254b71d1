package import Foundation

/// The real binary, started with settings of its own in a folder of its own, and killed or asked to stop as a test wants.
package final class VigiaProcess: @unchecked Sendable {
    // Used from one test task at a time; `Process` itself is thread-safe for what is called here.
    package struct NotBuilt: Error {}
    package struct DidNotStart: Error, CustomStringConvertible {
        package var description: String
        package init(description: String) { self.description = description }
    }

    package let folder: URL
    package let port: Int
    private let binary: URL
    private var environment: [String: String]
    private var process: Process?
    private var runs = 0

    /// - Parameters:
    ///   - folder: holds database, key and logs; made if it is missing, kept over restarts.
    ///   - settings: environment beside a bare one; `VIGIA_HTTP` is set to a free port.
    package init(folder: URL, settings: [String: String]) throws {
        binary = try VigiaProcess.binary()
        self.folder = folder
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        port = try FreePort.find()
        environment = ["PATH": "/usr/bin:/bin", "HOME": folder.path, "VIGIA_HTTP": "127.0.0.1:\(port)"]
        // Nobody listens there: a test that wants a source names its own.
        for source in [
            "COINDESK_RSS_URL", "REDDIT_API_URL", "ONCHAIN_API_URL", "ADDRESSES_API_URL", "BINANCE_API_URL",
            "COINBASE_API_URL",
        ] {
            environment[source] = "http://127.0.0.1:9"
        }
        environment["BINANCE_WS_URL"] = "ws://127.0.0.1:9"
        environment.merge(settings) { $1 }
    }

    deinit { kill() }

    /// The binary beside the test bundle, or the one that `VIGIA_BINARY` names.
    package static func binary() throws -> URL {
        if let path = ProcessInfo.processInfo.environment["VIGIA_BINARY"] { return URL(fileURLWithPath: path) }
        let here = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        let url = here.appending(path: "vigia")
        guard FileManager.default.isExecutableFile(atPath: url.path) else { throw NotBuilt() }
        return url
    }

    package var processIdentifier: Int32 { process?.processIdentifier ?? 0 }
    package var isRunning: Bool { process?.isRunning ?? false }

    /// Starts `vigia` with `arguments`; its standard error goes to `run-N.log` of the folder.
    package func start(_ arguments: [String] = ["run"]) throws {
        runs += 1
        let log = folder.appending(path: "run-\(runs).log")
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        let process = Process()
        process.executableURL = binary
        process.arguments = arguments
        process.environment = environment
        process.currentDirectoryURL = folder
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: folder.appending(path: "run-\(runs).log"))
        process.standardError = process.standardOutput
        try process.run()
        self.process = process
    }

    /// What the latest run wrote so far.
    package var log: String {
        (try? String(contentsOf: folder.appending(path: "run-\(runs).log"), encoding: .utf8)) ?? ""
    }

    /// SIGKILL: no chance to tidy up. Returns when the process is gone.
    package func kill() {
        guard let process, process.isRunning else { return }
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// SIGTERM; returns the exit code.
    @discardableResult
    package func stop() -> Int32 {
        guard let process else { return -1 }
        if process.isRunning { process.terminate() }
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// Waits until `/ready` answers 200.
    package func waitUntilReady(within limit: Duration = .seconds(60)) async throws {
        let clock = ContinuousClock()
        let end = clock.now + limit
        while clock.now < end {
            if !isRunning { throw DidNotStart(description: "exited: \(log.suffix(2000))") }
            if await status(of: "/ready") == 200 { return }
            try await clock.sleep(for: .milliseconds(20))
        }
        throw DidNotStart(description: "not ready: \(log.suffix(2000))")
    }

    /// Status of a GET, `nil` when nothing answers.
    package func status(of path: String) async -> Int? { await LocalHTTP.get(port: port, path: path)?.status }

    /// Body of a GET.
    package func body(of path: String) async -> String? { await LocalHTTP.get(port: port, path: path)?.body }

    /// Runs a command of the binary to its end.
    package static func output(
        _ arguments: [String], folder: URL, settings: [String: String] = [:], input: String? = nil
    ) throws -> (status: Int32, out: String, error: String) {
        let process = Process()
        process.executableURL = try binary()
        process.arguments = arguments
        process.environment = ["PATH": "/usr/bin:/bin", "HOME": folder.path].merging(settings) { $1 }
        process.currentDirectoryURL = folder
        let out = folder.appending(path: "out-\(UUID().uuidString)")
        let error = folder.appending(path: "err-\(UUID().uuidString)")
        for file in [out, error] { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
        process.standardOutput = try FileHandle(forWritingTo: out)
        process.standardError = try FileHandle(forWritingTo: error)
        let pipe = Pipe()
        process.standardInput = input == nil ? FileHandle.nullDevice : pipe
        try process.run()
        if let input {
            try pipe.fileHandleForWriting.write(contentsOf: Data(input.utf8))
            try pipe.fileHandleForWriting.close()
        }
        process.waitUntilExit()
        return (
            process.terminationStatus, try String(contentsOf: out, encoding: .utf8),
            try String(contentsOf: error, encoding: .utf8)
        )
    }

    /// A fresh folder under the system's temporary one.
    package static func temporaryFolder(_ name: String) throws -> URL {
        let url = FileManager.default.temporaryDirectory.appending(path: "vigia-\(name)-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        return url
    }
}
