/// What one byte of UTF-8 is, as bits, and its lower case.
enum ByteClass {
    static let space: UInt8 = 1
    static let punctuation: UInt8 = 2
    static let upper: UInt8 = 4
    static let lower: UInt8 = 8
    /// Part of a scalar beyond ASCII.
    static let wide: UInt8 = 16
    static let apostrophe: UInt8 = 32
    static let mark: UInt8 = 64

    /// White space as Python's `str.split` sees it in ASCII, `string.punctuation`, letters; `!` and `?` are marks too.
    static func of(_ byte: UInt8) -> UInt8 {
        switch byte {
        case 0x09...0x0D, 0x1C...0x20: space
        case 0x27: punctuation | apostrophe
        case 0x21, 0x3F: punctuation | mark
        case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: punctuation
        case 0x41...0x5A: upper
        case 0x61...0x7A: lower
        case 0x80...: wide
        default: 0
        }
    }

    static func table() -> [UInt8] { (0...255).map { of(UInt8($0)) } }
}

extension Unicode.Scalar {
    /// White space by Python's `str.isspace`, which `str.split` and `str.strip` go by.
    var isSpaceInPython: Bool {
        switch value {
        case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
        default: false
        }
    }
}
