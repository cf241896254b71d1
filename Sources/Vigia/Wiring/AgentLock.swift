import Foundation

/// One agent a database: a second one would send everything twice. The lock goes with the process, however it ends.
final class AgentLock: Sendable {
    private let descriptor: Int32

    private init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// `nil` for a database without a file. Throws when another agent runs.
    static func take(_ settings: Settings) throws -> AgentLock? {
        let url = settings.text("DATABASE_URL")
        guard url.hasPrefix("sqlite:") else { return nil }
        let path = String(url.dropFirst(7)) + ".lock"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw CommandFailure("DATABASE_URL: cannot write \(path)") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw CommandFailure("another agent already runs with this database (\(path) is locked)")
        }
        return AgentLock(descriptor: descriptor)
    }
}
