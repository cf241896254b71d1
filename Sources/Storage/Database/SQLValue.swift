import Market

/// A value that is bound to a placeholder of a statement.
enum SQLValue: Hashable, Sendable, ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, ExpressibleByNilLiteral {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case bytes([UInt8])

    init(integerLiteral value: Int64) { self = .integer(value) }
    init(stringLiteral value: String) { self = .text(value) }
    init(nilLiteral: ()) { self = .null }

    init(_ value: Int64?) { self = value.map(SQLValue.integer) ?? .null }
    init(_ value: Int) { self = .integer(Int64(value)) }
    init(_ value: Bool) { self = .integer(value ? 1 : 0) }
    init(_ value: String?) { self = value.map(SQLValue.text) ?? .null }
    init(_ value: Double?) { self = value.map(SQLValue.real) ?? .null }
    init(_ value: Timestamp?) { self = value.map { .integer($0.milliseconds) } ?? .null }
}

/// Keys for `IN (…)`. The number of placeholders is rounded up to a power of two (the last key repeats), so that few
/// different statements are ever prepared.
struct SQLList {
    /// Most keys that one statement takes.
    static let capacity = 256

    let placeholders: String
    let values: [SQLValue]

    /// `keys` must hold 1 to `capacity` keys.
    init(_ keys: some Collection<Int64>) {
        var width = 1
        while width < keys.count { width *= 2 }
        var values = keys.map(SQLValue.integer)
        if let last = values.last {
            values += Array(repeating: last, count: width - values.count)
        }
        self.values = values
        placeholders = "?" + String(repeating: ", ?", count: width - 1)
    }

    /// Runs `body` for pieces of `keys` that fit one statement.
    static func forEach(_ keys: [Int64], _ body: (SQLList) throws -> Void) rethrows {
        var start = 0
        while start < keys.count {
            let end = min(start + capacity, keys.count)
            try body(SQLList(keys[start..<end]))
            start = end
        }
    }
}
