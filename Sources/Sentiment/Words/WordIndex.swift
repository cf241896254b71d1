/// Finds short words by their bytes: an open-addressed table made once and only read afterwards.
///
/// A word is at most 24 bytes; no longer text is ever found. Looking one up by its key copies nothing.
final class WordIndex: Sendable {
    /// The bytes of a word in three little-endian words, padded with zeros.
    struct Key: Hashable, Sendable {
        var first: UInt64 = 0
        var second: UInt64 = 0
        var third: UInt64 = 0

        static let longest = 24

        /// Folds the bytes into 64 bits that spread over the table.
        @inline(__always) var mixed: UInt64 {
            var value = first &* 0x9E37_79B9_7F4A_7C15
            value ^= (second &* 0xC2B2_AE3D_27D4_EB4F) ^ (third &* 0x1656_67B1_9E37_79F9)
            return value ^ (value >> 32)
        }
    }

    /// `tag << 16 | number + 1`; 0 is an empty place. Tags spare most comparisons of words that are not here.
    private let slots: [UInt32]
    private let keys: [Key]
    private let mask: Int

    /// Numbers the words in their order; a word that comes twice keeps its first number. At most 65,534 words.
    init(_ words: [String]) {
        var size = 64
        while size < words.count * 2 { size *= 2 }
        var slots = [UInt32](repeating: 0, count: size)
        var keys: [Key] = []
        keys.reserveCapacity(words.count)
        for word in words.prefix(65_534) {
            let key = Self.key(Array(word.utf8)) ?? Key()
            keys.append(key)
            guard key != Key() else { continue }
            let hash = key.mixed
            var place = Int(truncatingIfNeeded: hash) & (size - 1)
            var known = false
            while slots[place] != 0 {
                known = known || keys[Int(slots[place] & 0xFFFF) - 1] == key
                place = (place + 1) & (size - 1)
            }
            if !known { slots[place] = Self.tag(hash) << 16 | UInt32(keys.count) }
        }
        self.slots = slots
        self.keys = keys
        mask = size - 1
    }

    @inline(__always) private static func tag(_ hash: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: hash >> 48) }

    /// The number of a word; `nil` when it is not here.
    func number(of word: String) -> Int? {
        guard let key = Self.key(Array(word.utf8)) else { return nil }
        return number(of: key)
    }

    @inline(__always) func number(of key: Key) -> Int? {
        let hash = key.mixed
        let tag = Self.tag(hash)
        return slots.withUnsafeBufferPointer { slots in
            keys.withUnsafeBufferPointer { keys in
                var place = Int(truncatingIfNeeded: hash) & mask
                while true {
                    let slot = slots[place]
                    if slot == 0 { return nil }
                    if slot >> 16 == tag {
                        let number = Int(slot & 0xFFFF) - 1
                        if keys[number] == key { return number }
                    }
                    place = (place + 1) & mask
                }
            }
        }
    }

    static func key(_ bytes: [UInt8]) -> Key? {
        guard (1...Key.longest).contains(bytes.count) else { return nil }
        var padded = bytes + [UInt8](repeating: 0, count: Key.longest)
        return padded.withUnsafeMutableBytes { raw in
            Self.key(UnsafeRawPointer(raw.baseAddress!), count: bytes.count)
        }
    }

    /// The key of `count` bytes (1 to 24) at `start`, behind which at least 24 further bytes must be readable.
    @inline(__always) static func key(_ start: UnsafeRawPointer, count: Int) -> Key {
        var key = Key()
        key.first = start.loadUnaligned(as: UInt64.self).littleEndian
        if count <= 8 {
            key.first &= kept(count)
            return key
        }
        key.second = start.loadUnaligned(fromByteOffset: 8, as: UInt64.self).littleEndian
        if count <= 16 {
            key.second &= kept(count - 8)
            return key
        }
        key.third = start.loadUnaligned(fromByteOffset: 16, as: UInt64.self).littleEndian & kept(count - 16)
        return key
    }

    /// A mask of the lowest `count` bytes, 1 to 8.
    @inline(__always) private static func kept(_ count: Int) -> UInt64 { UInt64.max &>> UInt64(64 - 8 * count) }
}
