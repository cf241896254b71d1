import Market

/// A step of the schema. Released ones are never changed; a later one mends.
struct Migration: Sendable {
    /// Sorts after every earlier one: `0001 first schema`.
    let name: String
    let statements: @Sendable (SQLDialect) -> [String]

    /// Every step, oldest first.
    static let all: [Migration] = [
        .firstSchema, .contacts, .routingSchema, .ledgerSchema, .stageSchema, .digestSchema, .sms,
        .sirens, .ruleRecordSchema, .outboxIndexes, .conversation, .textSchema,
        .scoreSchema,
    ]
}

/// Where the engines' spelling of a table differs.
struct SQLDialect: Sendable {
    /// Type of a whole number of 64 bits.
    let integer: String
    let real: String
    let bytes: String
    /// Type and constraint of a key that counts up and is never used again.
    let countingKey: String
    /// What follows the closing parenthesis of a table.
    let tableEnd: String
    /// The same for a table that is stored in the order of its primary key.
    let keyedTableEnd: String

    static let sqlite = SQLDialect(
        integer: "INTEGER", real: "REAL", bytes: "BLOB", countingKey: "INTEGER PRIMARY KEY AUTOINCREMENT",
        tableEnd: "STRICT", keyedTableEnd: "STRICT, WITHOUT ROWID")
}

/// Which steps a database has taken.
struct MigrationLog {
    private let sql: SQLConnection
    private let dialect: SQLDialect
    private let known: [Migration]

    init(_ sql: SQLConnection, dialect: SQLDialect, known: [Migration] = Migration.all) {
        self.sql = sql
        self.dialect = dialect
        self.known = known
    }

    /// Steps that are still to take, oldest first.
    func pending() throws -> [Migration] {
        let taken = try applied()
        if let stranger = taken.sorted().last(where: { name in !known.contains { $0.name == name } }) {
            throw StorageError.madeByNewerVersion(migration: stranger)
        }
        return known.filter { !taken.contains($0.name) }
    }

    func apply(_ migration: Migration, at now: Timestamp) throws {
        try sql.executeOnce(
            """
            CREATE TABLE IF NOT EXISTS migrations (
                name TEXT NOT NULL PRIMARY KEY,
                applied_at \(dialect.integer) NOT NULL
            ) \(dialect.tableEnd)
            """)
        // Another process may have been faster.
        guard try !applied().contains(migration.name) else { return }
        for statement in migration.statements(dialect) { try sql.executeOnce(statement) }
        try sql.execute(
            "INSERT INTO migrations (name, applied_at) VALUES (?, ?)", [.text(migration.name), SQLValue(now)])
    }

    private func applied() throws -> Set<String> {
        let hasLog = try sql.integer("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'migrations'")
        guard hasLog != 0 else { return [] }
        return Set(try sql.rows("SELECT name FROM migrations") { $0.text(0) })
    }
}
