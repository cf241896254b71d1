import Foundation
import Storage

/// Opens the database that the settings name, with its migrations applied.
enum DatabaseOpening {
    /// Throws a one-line `CommandFailure` for what an operator can mend.
    static func open(_ settings: Settings, migrate: Bool = true) async throws -> SQLiteDatabase {
        let url = settings.text("DATABASE_URL")
        guard url.hasPrefix("sqlite:") else {
            throw CommandFailure(
                "DATABASE_URL: PostgreSQL is not built yet (it will come as the package trait Postgres); use sqlite:PATH",
                code: 2)
        }
        do {
            let database = try SQLiteDatabase(url: url)
            if migrate { _ = try await database.migrate() }
            return database
        } catch let error as StorageError {
            throw CommandFailure("DATABASE_URL: \(error)")
        }
    }
}
