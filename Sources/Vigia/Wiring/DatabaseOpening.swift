import Foundation
import Storage

/// Opens the database that the settings name, with its migrations applied.
enum DatabaseOpening {
    /// Throws a one-line `CommandFailure` for what an operator can mend.
    static func open(_ settings: Settings, migrate: Bool = true) async throws -> SQLiteDatabase {
        let path = try file(settings)
        do {
            let database = try SQLiteDatabase(path: path)
            if migrate { _ = try await database.migrate() }
            return database
        } catch let error as StorageError {
            throw CommandFailure("DATABASE_URL: \(error)")
        }
    }

    /// The database's file.
    static func file(_ settings: Settings) throws -> String {
        guard let path = SQLiteDatabase.path(of: settings.text("DATABASE_URL")) else {
            throw CommandFailure(
                "DATABASE_URL: PostgreSQL is not built yet (it will come as the package trait Postgres); use sqlite:PATH",
                code: 2)
        }
        return path
    }

    /// The database's file for a command that must not make a new one.
    static func existingFile(_ settings: Settings) throws -> String {
        let path = try file(settings)
        guard FileManager.default.fileExists(atPath: path) else {
            throw CommandFailure("DATABASE_URL: there is no database at \(path)")
        }
        return path
    }
}
