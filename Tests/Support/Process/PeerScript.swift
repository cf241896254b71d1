package import Foundation

/// Programs in other languages that judge the fakes and what we sent them: the scripts of `Tests/Peers`.
package enum PeerScript {
    package struct Ended: Sendable {
        package var status: Int32
        /// Standard output and standard error.
        package var output: String
    }

    /// The Python that has the packages of the third parties (`VIGIA_PEERS_PYTHON`); `make peers` makes one.
    package static var interpreter: String? { ProcessInfo.processInfo.environment["VIGIA_PEERS_PYTHON"] }

    package struct NoInterpreter: Error {}

    /// Runs a script to its end. What it wrote is also kept beside other temporary files, as `NAME.txt`.
    package static func run(_ name: String, _ arguments: [String]) async throws -> Ended {
        guard let interpreter else { throw NoInterpreter() }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: interpreter)
        process.arguments = [folder.appending(path: name).path] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(["PYTHONDONTWRITEBYTECODE": "1"]) { $1 }
        process.standardInput = FileHandle.nullDevice
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let running = Running(process)
        let data = await withTaskCancellationHandler {
            await Task.detached { pipe.fileHandleForReading.readDataToEndOfFile() }.value
        } onCancel: {
            running.process.terminate()
        }
        process.waitUntilExit()
        try data.write(to: FileManager.default.temporaryDirectory.appending(path: name + ".txt"))
        return Ended(status: process.terminationStatus, output: String(decoding: data, as: UTF8.self))
    }

    /// A file for a script to read, in the folder of temporary files.
    package static func file(_ name: String, _ content: Data) throws -> URL {
        let url = FileManager.default.temporaryDirectory.appending(path: "vigia-\(UUID().uuidString)-\(name)")
        try content.write(to: url)
        return url
    }

    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Peers")

    /// Unchecked: only `terminate` is called from elsewhere, which `Process` allows.
    private final class Running: @unchecked Sendable {
        let process: Process
        init(_ process: Process) { self.process = process }
    }
}
