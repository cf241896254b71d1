import Foundation

/// A JSON value that may cross tasks, for fakes that read and write whole documents.
package enum FakeJSON: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([FakeJSON])
    case object([String: FakeJSON])

    package init?(_ bytes: [UInt8]) {
        guard let value = try? JSONSerialization.jsonObject(with: Data(bytes), options: [.fragmentsAllowed]) else {
            return nil
        }
        self.init(any: value)
    }

    package init?(_ text: String) { self.init(Array(text.utf8)) }

    private init(any value: Any) {
        switch value {
        case let text as String: self = .string(text)
        case let number as NSNumber:
            // On Linux a boolean is an NSNumber that says so by its type's letter.
            self = String(cString: number.objCType) == "c" ? .bool(number.boolValue) : .number(number.doubleValue)
        case let items as [Any]: self = .array(items.map { FakeJSON(any: $0) })
        case let members as [String: Any]: self = .object(members.mapValues { FakeJSON(any: $0) })
        default: self = .null
        }
    }

    package subscript(_ name: String) -> FakeJSON? {
        if case .object(let members) = self { members[name] } else { nil }
    }
    package var string: String? { if case .string(let text) = self { text } else { nil } }
    package var array: [FakeJSON]? { if case .array(let items) = self { items } else { nil } }
    package var object: [String: FakeJSON]? { if case .object(let members) = self { members } else { nil } }
    package var integer: Int? { if case .number(let value) = self { Int(exactly: value) } else { nil } }
    package var bool: Bool? { if case .bool(let flag) = self { flag } else { nil } }

    package var text: String {
        switch self {
        case .null: "null"
        case .bool(let flag): flag ? "true" : "false"
        case .number(let value): Int64(exactly: value).map { "\($0)" } ?? "\(value)"
        case .string(let text): jsonText(text)
        case .array(let items): "[" + items.map(\.text).joined(separator: ",") + "]"
        case .object(let members):
            "{"
                + members.sorted { $0.key < $1.key }.map { jsonText($0.key) + ":" + $0.value.text }
                .joined(separator: ",") + "}"
        }
    }
}

extension FakeJSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int) { self = .number(Double(value)) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(arrayLiteral elements: FakeJSON...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, FakeJSON)...) {
        self = .object(Dictionary(elements) { first, _ in first })
    }
}
