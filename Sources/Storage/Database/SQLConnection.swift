import Foundation
import GRDB
import Market

/// A connection inside a transaction. Repositories speak to the database through this and nothing else, in SQL that
/// both engines understand, with `?` for every value.
struct SQLConnection {
    private let database: Database

    init(_ database: Database) { self.database = database }

    /// Runs one statement that returns nothing. Returns how many rows an insert, update or delete touched.
    @discardableResult
    func execute(_ sql: String, _ arguments: [SQLValue] = []) throws -> Int {
        let statement = try database.cachedStatement(sql: sql)
        try statement.execute(arguments: StatementArguments(arguments.map(\.databaseValue)))
        return database.changesCount
    }

    /// Runs a statement of a migration, which is not worth keeping prepared.
    func executeOnce(_ sql: String) throws {
        try database.execute(sql: sql)
    }

    /// Every row of a query, mapped.
    func rows<T>(_ sql: String, _ arguments: [SQLValue] = [], _ map: (SQLRow) throws -> T) throws -> [T] {
        let statement = try database.cachedStatement(sql: sql)
        let cursor = try Row.fetchCursor(
            statement, arguments: StatementArguments(arguments.map(\.databaseValue)))
        var result: [T] = []
        while let row = try cursor.next() { result.append(try map(SQLRow(row))) }
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
}

/// One row of an answer; columns by position, from 0.
struct SQLRow {
    private let row: Row

    init(_ row: Row) { self.row = row }

    func integer(_ column: Int) -> Int64 { row[column] }
    func optionalInteger(_ column: Int) -> Int64? { row[column] }
    func real(_ column: Int) -> Double { row[column] }
    func optionalReal(_ column: Int) -> Double? { row[column] }
    func text(_ column: Int) -> String { row[column] }
    func optionalText(_ column: Int) -> String? { row[column] }
    func flag(_ column: Int) -> Bool { row[column] as Int64 != 0 }
    func time(_ column: Int) -> Timestamp { Timestamp(milliseconds: row[column]) }
    func optionalTime(_ column: Int) -> Timestamp? { optionalInteger(column).map { Timestamp(milliseconds: $0) } }
    func isNull(_ column: Int) -> Bool { row.hasNull(atIndex: column) }
    func optionalBytes(_ column: Int) throws -> [UInt8]? {
        try row.withUnsafeData(atIndex: column) { $0.map { [UInt8]($0) } }
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
    fileprivate var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let value): value.databaseValue
        case .real(let value): value.databaseValue
        case .text(let value): value.databaseValue
        case .bytes(let value): Data(value).databaseValue
        }
    }
}
