import Decisions
import Delivery
import Foundation
import Logging
import Market
import ServiceLifecycle
import Storage

/// Makes the backups that operators ask for in chat, one at a time, and tells them where each lies. They lie in
/// `backups` beside the database, without the key, and go after 30 days, so that what people erased goes there too.
struct BackupService: Service {
    static let life = Span.days(30)
    private static let prefix = "vigia-"
    private static let suffix = ".sqlite"

    private let database: SQLiteDatabase
    private let folder: URL
    private let time: any TimeSource
    private let sink: any AlertSink
    private let logger: Logger
    private let wakeup = Wakeup()

    /// - Parameter databasePath: the file of `database`.
    init(
        _ database: SQLiteDatabase, databasePath: String, time: any TimeSource, sink: any AlertSink, logger: Logger
    ) {
        self.database = database
        folder = URL(fileURLWithPath: databasePath).deletingLastPathComponent().appending(path: "backups")
        self.time = time
        self.sink = sink
        self.logger = logger
    }

    /// Any number of requests before the work begins are one.
    func request() { wakeup.signal() }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await wakeup.wait()
                guard !Task.isCancelled else { return }
                await tell(await backUp())
            }
        }
    }

    func backUp() async -> SystemNotice {
        let now = time.now
        do {
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            removeOld(now: now)
            let stamp = now.date.formatted(
                .iso8601.year().month().day().dateSeparator(.omitted).time(includingFractionalSeconds: false)
                    .timeSeparator(.omitted))
            let file = folder.appending(path: BackupService.prefix + stamp + "Z" + BackupService.suffix)
            let backup = try await DatabaseBackup.make(of: database, at: file.path)
            logger.info("backup made", metadata: ["file": "\(file.path)", "bytes": "\(backup.bytes)"])
            let size = ByteCountFormatter.string(fromByteCount: backup.bytes, countStyle: .file)
            return SystemNotice(severity: .info, key: "backup_made", values: ["file": file.path, "size": size])
        } catch {
            logger.error("backup failed", metadata: ["error": "\(error)"])
            return SystemNotice(severity: .warning, key: "backup_failed", values: ["reason": "\(error)"])
        }
    }

    /// Backups of ours that are older than 30 days; nothing else in the folder is touched.
    func removeOld(now: Timestamp) {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        for name in files where name.hasPrefix(BackupService.prefix) && name.hasSuffix(BackupService.suffix) {
            let file = folder.appending(path: name)
            guard
                let made = try? FileManager.default.attributesOfItem(atPath: file.path)[.modificationDate] as? Date,
                Timestamp(made) < now - BackupService.life
            else { continue }
            do {
                try FileManager.default.removeItem(at: file)
                logger.info("old backup removed", metadata: ["file": "\(file.path)"])
            } catch {
                logger.warning("old backup not removed", metadata: ["file": "\(file.path)", "error": "\(error)"])
            }
        }
    }

    private func tell(_ notice: SystemNotice) async {
        do {
            try await sink.publish(DecisionBatch(alerts: [SystemAlert.alert(notice, at: time.now)]))
        } catch {
            logger.error("notice not stored", metadata: ["key": "\(notice.key)", "error": "\(error)"])
        }
    }
}
