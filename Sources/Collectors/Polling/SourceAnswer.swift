import Foundation

/// Reads JSON answers of slow sources.
enum SourceAnswer {
    static func decode<T: Decodable>(_ body: [UInt8], as type: T.Type = T.self) throws(SourceFailure) -> T {
        do { return try JSONDecoder().decode(T.self, from: Data(body)) } catch {
            switch error {
            case DecodingError.keyNotFound, DecodingError.valueNotFound: throw .malformed(.missingField)
            case DecodingError.typeMismatch: throw .malformed(.wrongType)
            default: throw .malformed(.notJSON)
            }
        }
    }

    /// A query value with everything but letters, digits and `-._~` written as bytes.
    static func escape(_ text: String) -> String {
        var out = ""
        for byte in text.utf8 {
            switch byte {
            case 48...57, 65...90, 97...122, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                out.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                out +=
                    "%" + String(byte >> 4, radix: 16, uppercase: true) + String(byte & 15, radix: 16, uppercase: true)
            }
        }
        return out
    }
}

/// A list of which entries that cannot be read are left out and counted, so that one odd entry does not cost the rest.
struct LossyList<Element: Decodable & Sendable>: Decodable, Sendable {
    var elements: [Element] = []
    var dropped = 0

    private struct Anything: Decodable {}

    init(from decoder: any Decoder) throws {
        var list = try decoder.unkeyedContainer()
        while !list.isAtEnd {
            if let element = try? list.decode(Element.self) {
                elements.append(element)
            } else {
                _ = try list.decode(Anything.self)
                dropped += 1
            }
        }
    }
}

/// A number that a source writes as a number or as a text.
struct LooseNumber: Decodable, Sendable {
    var value: Double

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Double.self) {
            value = number
        } else if let number = Double(try container.decode(String.self)) {
            value = number
        } else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no number")
        }
        guard value.isFinite else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not finite")
        }
    }
}
