/// Why a frame could not be read.
package struct FrameFault: Error, Hashable, Sendable {
    /// As it is counted: `not_json`, `missing_field`, `wrong_type`, `not_finite`, …
    package var reason: String

    package init(_ reason: String) { self.reason = reason }

    static let notJSON = FrameFault("not_json")
    static let missingField = FrameFault("missing_field")
    static let wrongType = FrameFault("wrong_type")
}

/// Reads JSON bytes once from front to back without building a tree: venues send thousands of small frames a second,
/// of which a few fields are wanted.
///
/// Whatever is not asked for is skipped, but still has to be JSON in shape. Nesting is limited, so no input can exhaust
/// the stack. Numbers are taken as text; what they mean is decided by whoever maps them.
struct JSONCursor {
    private let bytes: UnsafeRawBufferPointer
    private(set) var position = 0
    private static let deepest = 64

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// Reads a whole document with `body` and refuses anything behind it but white space.
    static func read<R>(
        _ bytes: UnsafeRawBufferPointer, _ body: (inout JSONCursor) throws(FrameFault) -> R
    ) throws(FrameFault) -> R {
        var cursor = JSONCursor(bytes)
        let result = try body(&cursor)
        cursor.skipSpace()
        guard cursor.position == bytes.count else { throw .notJSON }
        return result
    }

    /// The first byte of the next value, or 0 at the end.
    mutating func peek() -> UInt8 {
        skipSpace()
        return position < bytes.count ? bytes[position] : 0
    }

    /// Reads `{…}`. `field` is called at each value with its key and must read exactly that value, or skip it.
    mutating func object(
        _ field: (_ key: JSONText, _ cursor: inout JSONCursor) throws(FrameFault) -> Void
    ) throws(FrameFault) {
        guard peek() == UInt8(ascii: "{") else { throw mismatch }
        position += 1
        if peek() == UInt8(ascii: "}") {
            position += 1
            return
        }
        while true {
            let key = try string()
            try expect(UInt8(ascii: ":"))
            try field(key, &self)
            switch peek() {
            case UInt8(ascii: ","): position += 1
            case UInt8(ascii: "}"):
                position += 1
                return
            default: throw .notJSON
            }
        }
    }

    /// Reads `[…]`. `element` is called at each value with its index.
    mutating func array(
        _ element: (_ index: Int, _ cursor: inout JSONCursor) throws(FrameFault) -> Void
    ) throws(FrameFault) {
        guard peek() == UInt8(ascii: "[") else { throw mismatch }
        position += 1
        if peek() == UInt8(ascii: "]") {
            position += 1
            return
        }
        var index = 0
        while true {
            try element(index, &self)
            index += 1
            switch peek() {
            case UInt8(ascii: ","): position += 1
            case UInt8(ascii: "]"):
                position += 1
                return
            default: throw .notJSON
            }
        }
    }

    mutating func string() throws(FrameFault) -> JSONText {
        guard peek() == UInt8(ascii: "\"") else { throw mismatch }
        position += 1
        let start = position
        var isEscaped = false
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                defer { position += 1 }
                return JSONText(bytes: UnsafeRawBufferPointer(rebasing: bytes[start..<position]), isEscaped: isEscaped)
            case UInt8(ascii: "\\"):
                isEscaped = true
                position += 2
            case 0..<0x20: throw .notJSON
            default: position += 1
            }
        }
        throw .notJSON
    }

    /// A decimal written as a string or as a number, as text.
    mutating func decimal() throws(FrameFault) -> String {
        if peek() == UInt8(ascii: "\"") { return try string().text }
        return String(decoding: try numberToken(), as: UTF8.self)
    }

    /// A whole number.
    mutating func integer() throws(FrameFault) -> Int64 {
        guard let value = Int64(String(decoding: try numberToken(), as: UTF8.self)) else { throw .wrongType }
        return value
    }

    mutating func boolean() throws(FrameFault) -> Bool {
        switch peek() {
        case UInt8(ascii: "t"):
            try literal("true")
            return true
        case UInt8(ascii: "f"):
            try literal("false")
            return false
        default: throw .wrongType
        }
    }

    mutating func skip() throws(FrameFault) { try skip(depth: 0) }

    private mutating func skip(depth: Int) throws(FrameFault) {
        guard depth < Self.deepest else { throw FrameFault("too_deep") }
        switch peek() {
        case UInt8(ascii: "{"): try object { _, cursor throws(FrameFault) in try cursor.skip(depth: depth + 1) }
        case UInt8(ascii: "["): try array { _, cursor throws(FrameFault) in try cursor.skip(depth: depth + 1) }
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "t"): try literal("true")
        case UInt8(ascii: "f"): try literal("false")
        case UInt8(ascii: "n"): try literal("null")
        default: _ = try numberToken()
        }
    }

    private mutating func numberToken() throws(FrameFault) -> UnsafeRawBufferPointer {
        let first = peek()
        guard first == UInt8(ascii: "-") || (48...57).contains(first) else {
            throw mismatch
        }
        let start = position
        scan: while position < bytes.count {
            switch bytes[position] {
            case 48...57, UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
                position += 1
            default: break scan
            }
        }
        return UnsafeRawBufferPointer(rebasing: bytes[start..<position])
    }

    /// Another kind of value stands where one was expected, or nothing that could be JSON.
    private var mismatch: FrameFault {
        guard position < bytes.count else { return .notJSON }
        switch bytes[position] {
        case UInt8(ascii: "\""), UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "t"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "-"), 48...57:
            return .wrongType
        default: return .notJSON
        }
    }

    private mutating func literal(_ text: StaticString) throws(FrameFault) {
        let count = text.utf8CodeUnitCount
        guard position + count <= bytes.count else { throw .notJSON }
        for offset in 0..<count where bytes[position + offset] != text.utf8Start[offset] { throw .notJSON }
        position += count
    }

    private mutating func expect(_ byte: UInt8) throws(FrameFault) {
        guard peek() == byte else { throw .notJSON }
        position += 1
    }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0a, 0x0d: position += 1
            default: return
            }
        }
    }
}

/// The inside of a JSON string, still in the frame's own bytes: valid only while they are.
struct JSONText {
    let bytes: UnsafeRawBufferPointer
    let isEscaped: Bool

    /// Whether the text is exactly this ASCII text.
    func equals(_ text: StaticString) -> Bool {
        guard !isEscaped, bytes.count == text.utf8CodeUnitCount else { return false }
        for index in 0..<bytes.count where bytes[index] != text.utf8Start[index] { return false }
        return true
    }

    /// The only byte of a one-letter key, else 0.
    var letter: UInt8 { bytes.count == 1 ? bytes[0] : 0 }

    var text: String { isEscaped ? unescaped : String(decoding: bytes, as: UTF8.self) }

    private var unescaped: String {
        var units: [UInt16] = []
        var plain: [UInt8] = []
        func flushed() -> [UInt16] { Array(String(decoding: plain, as: UTF8.self).utf16) }
        var index = 0
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "\\"), index + 1 < bytes.count else {
                plain.append(bytes[index])
                index += 1
                continue
            }
            let mark = bytes[index + 1]
            index += 2
            switch mark {
            case UInt8(ascii: "n"): plain.append(10)
            case UInt8(ascii: "t"): plain.append(9)
            case UInt8(ascii: "r"): plain.append(13)
            case UInt8(ascii: "b"): plain.append(8)
            case UInt8(ascii: "f"): plain.append(12)
            case UInt8(ascii: "u"):
                let end = min(index + 4, bytes.count)
                let digits = String(decoding: UnsafeRawBufferPointer(rebasing: bytes[index..<end]), as: UTF8.self)
                units += flushed()
                plain.removeAll()
                units.append(UInt16(digits, radix: 16) ?? 0xfffd)
                index = end
            default: plain.append(mark)
            }
        }
        units += flushed()
        return String(decoding: units, as: UTF16.self)
    }
}
