/// Why a spelling names no indicator.
package enum IndicatorError: Error, Hashable, Sendable, CustomStringConvertible {
    /// At most three names that look like it.
    case unknownName(String, nearest: [String])
    /// `expected` shows the indicator with its parameters' names.
    case wrongParameterCount(name: String, expected: String)
    /// `index` counts from 0.
    case parameterOutOfRange(name: String, index: Int, expected: String)
    case unknownPart(name: String, part: String, known: [String])
    /// Not of the form `name(1, 2).part`; says what was expected.
    case malformed(String)

    package var description: String {
        switch self {
        case .unknownName(let name, let nearest):
            "unknown indicator '\(name)'"
                + (nearest.isEmpty ? "" : ", did you mean \(nearest.joined(separator: ", "))?")
        case .wrongParameterCount(_, let expected): "expected \(expected)"
        case .parameterOutOfRange(let name, let index, let expected):
            "parameter \(index + 1) of \(name) must be \(expected)"
        case .unknownPart(let name, let part, let known):
            known.isEmpty
                ? "\(name) has one value and no part '\(part)'"
                : "\(name) has no part '\(part)', only \(known.joined(separator: ", "))"
        case .malformed(let reason): reason
        }
    }
}

/// A refused spelling in a longer text, with the column (counted from 1, in characters) where it goes wrong.
package struct IndicatorParseError: Error, Hashable, Sendable, CustomStringConvertible {
    package var error: IndicatorError
    package var column: Int

    package init(_ error: IndicatorError, column: Int) {
        self.error = error
        self.column = column
    }

    package var description: String { "\(error) (column \(column))" }
}
