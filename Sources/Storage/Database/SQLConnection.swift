import GRDB
import GRDBSQLite
import Market

/// A connection inside a transaction. Repositories speak to the database through this and nothing else, in SQL that
/// both engines understand, with `?` for every value.
///
/// Statements are prepared and kept by the pool; values are bound and rows are read here, without a boxed copy of each
/// on the way, since that is most of what a short statement costs.
struct SQLConnection {
    private let database: Database

    init(_ database: Database) { self.database = database }

    /// Runs one statement that returns nothing. Returns how many rows an insert, update or delete touched.
    @discardableResult
    func execute(_ sql: String, _ arguments: [SQLValue] = []) throws -> Int {
        try run(sql, arguments) { _ in }
        return database.changesCount
    }

    /// Runs a statement of a migration, which is not worth keeping prepared.
    func executeOnce(_ sql: String) throws {
        try database.execute(sql: sql)
    }

    /// Every row of a query, mapped.
    func rows<T>(_ sql: String, _ arguments: [SQLValue] = [], _ map: (SQLRow) throws -> T) throws -> [T] {
        var result: [T] = []
        try run(sql, arguments) { result.append(try map($0)) }
        return result
    }

    /// The first row of a query, mapped.
    func first<T>(_ sql: String, _ arguments: [SQLValue] = [], _ map: (SQLRow) throws -> T) throws -> T? {
        try rows(sql, arguments, map).first
    }

    /// The first column of the first row as a number.
    func integer(_ sql: String, _ arguments: [SQLValue] = []) throws -> Int64? {
        try first(sql, arguments) { $0.optionalInteger(0) } ?? nil
    }

    private func run(_ sql: String, _ arguments: [SQLValue], _ body: (SQLRow) throws -> Void) throws {
        let prepared = try database.cachedStatement(sql: sql)
        let statement = prepared.sqliteStatement
        guard sqlite3_stmt_busy(statement) == 0 else {
            throw StorageError.misused("a statement runs inside its own answer: \(sql)")
        }
        guard sqlite3_bind_parameter_count(statement) == CInt(arguments.count) else {
            throw StorageError.misused("\(arguments.count) values for: \(sql)")
        }
        defer {
            // What was bound must not outlive the call in memory, and a read lock not the answer.
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        for (index, value) in arguments.enumerated() {
            let code = value.bind(to: statement, at: CInt(index + 1))
            guard code == SQLITE_OK else { throw failure(code, sql) }
        }
        let row = SQLRow(statement)
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_ROW: try body(row)
            case SQLITE_DONE: return
            case let code: throw failure(code, sql)
            }
        }
    }

    private func failure(_ code: CInt, _ sql: String) -> DatabaseError {
        let message = database.sqliteConnection.flatMap { sqlite3_errmsg($0) }.map { String(cString: $0) }
        return DatabaseError(resultCode: ResultCode(rawValue: code), message: message, sql: sql)
    }
}

/// The row that a running query stands on; columns by position, from 0. Valid inside the mapping closure only.
struct SQLRow {
    private let statement: OpaquePointer

    init(_ statement: OpaquePointer) { self.statement = statement }

    func integer(_ column: Int) -> Int64 { sqlite3_column_int64(statement, CInt(column)) }
    func optionalInteger(_ column: Int) -> Int64? { isNull(column) ? nil : integer(column) }
    func real(_ column: Int) -> Double { sqlite3_column_double(statement, CInt(column)) }
    func optionalReal(_ column: Int) -> Double? { isNull(column) ? nil : real(column) }
    func text(_ column: Int) -> String { optionalText(column) ?? "" }
    func optionalText(_ column: Int) -> String? {
        // The length is that of the text form, so it is asked for after it.
        guard let bytes = sqlite3_column_text(statement, CInt(column)) else { return nil }
        let count = Int(sqlite3_column_bytes(statement, CInt(column)))
        return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    }
    /// The bytes of a text, valid inside `body` only; none for NULL.
    func withText<T>(_ column: Int, _ body: (UnsafeBufferPointer<UInt8>) throws -> T) rethrows -> T {
        let bytes = sqlite3_column_text(statement, CInt(column))
        let count = bytes == nil ? 0 : Int(sqlite3_column_bytes(statement, CInt(column)))
        return try body(UnsafeBufferPointer(start: bytes, count: count))
    }
    func flag(_ column: Int) -> Bool { integer(column) != 0 }
    func time(_ column: Int) -> Timestamp { Timestamp(milliseconds: integer(column)) }
    func optionalTime(_ column: Int) -> Timestamp? { optionalInteger(column).map { Timestamp(milliseconds: $0) } }
    func isNull(_ column: Int) -> Bool { sqlite3_column_type(statement, CInt(column)) == SQLITE_NULL }
    func optionalBytes(_ column: Int) -> [UInt8]? {
        guard !isNull(column) else { return nil }
        guard let bytes = sqlite3_column_blob(statement, CInt(column)) else { return [] }
        return [UInt8](UnsafeRawBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(statement, CInt(column)))))
    }

    /// A column that holds the raw value of `T`; anything else is a damaged file.
    func raw<T: RawRepresentable>(_ column: Int, as type: T.Type = T.self) throws -> T where T.RawValue == String {
        let text = text(column)
        guard let value = T(rawValue: text) else { throw StorageError.corrupt("\(text) is no \(T.self)") }
        return value
    }

    func lossless<T>(_ column: Int, _ make: (String) -> T?) throws -> T {
        let text = text(column)
        guard let value = make(text) else { throw StorageError.corrupt("\(text) is no \(T.self)") }
        return value
    }
}

extension SQLValue {
    /// The result code. Texts and bytes are copied by the engine.
    fileprivate func bind(to statement: OpaquePointer, at index: CInt) -> CInt {
        // SQLITE_TRANSIENT, whose C spelling is a cast that is not imported.
        let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        switch self {
        case .null: return sqlite3_bind_null(statement, index)
        case .integer(let value): return sqlite3_bind_int64(statement, index, value)
        case .real(let value): return sqlite3_bind_double(statement, index, value)
        case .text(let text):
            var text = text
            return text.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) {
                    // A null pointer would bind NULL for an empty text.
                    guard let start = $0.baseAddress else { return sqlite3_bind_text(statement, index, "", 0, copied) }
                    return sqlite3_bind_text(statement, index, start, CInt($0.count), copied)
                }
            }
        case .bytes(let bytes):
            return bytes.withUnsafeBytes { bytes in
                guard let start = bytes.baseAddress, !bytes.isEmpty else {
                    return sqlite3_bind_zeroblob(statement, index, 0)
                }
                return sqlite3_bind_blob(statement, index, start, CInt(bytes.count), copied)
            }
        }
    }
}
