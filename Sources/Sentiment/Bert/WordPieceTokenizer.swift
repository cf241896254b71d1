import Foundation

/// Cuts a text into the pieces of a BERT vocabulary, exactly as Hugging Face's BertTokenizer does.
///
/// Marks such as `[SEP]` in the text itself stand for their tokens, as they do there; what lies between them is normalised
/// and cut at white space and punctuation, and each word is covered greedily by the longest pieces, from its beginning.
struct WordPieceTokenizer: Sendable {
    /// Words of more scalars are unknown as a whole.
    private static let longestWord = 100

    /// Pieces at the beginning of a word and, without their `##`, inside one. By bytes: strings would count composed and
    /// decomposed letters as equal.
    private let beginnings: [ArraySlice<UInt8>: Int]
    private let continuations: [ArraySlice<UInt8>: Int]
    private let unknown: Int
    private let begin: Int
    private let end: Int
    private let marks: [(bytes: [UInt8], token: Int)]
    private let normalizer: BertNormalizer
    /// How many pieces there are; every token is below it.
    let count: Int

    /// `vocabulary` is the text of `vocab.txt`: one piece a line, numbered from 0.
    init(vocabulary text: String, lowercases: Bool = true, file: String = "vocab.txt") throws(CheckpointError) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        var afterReturn = false
        for byte in text.utf8 {
            // Line ends of other systems are one line end.
            if byte == 0x0A && afterReturn {
                afterReturn = false
                continue
            }
            afterReturn = byte == 0x0D
            bytes.append(afterReturn ? 0x0A : byte)
        }
        if bytes.last == 0x0A { bytes.removeLast() }
        var beginnings: [ArraySlice<UInt8>: Int] = [:]
        var continuations: [ArraySlice<UInt8>: Int] = [:]
        let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        for (number, line) in lines.enumerated() {
            beginnings[line] = number
            if line.starts(with: [0x23, 0x23]) { continuations[line.dropFirst(2)] = number }
        }
        func token(_ mark: String) throws(CheckpointError) -> Int {
            guard let token = beginnings[ArraySlice(mark.utf8)] else {
                throw .malformed(file: file, reason: "no \(mark)")
            }
            return token
        }
        unknown = try token("[UNK]")
        begin = try token("[CLS]")
        end = try token("[SEP]")
        marks = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"].compactMap { mark in
            beginnings[ArraySlice(mark.utf8)].map { (Array(mark.utf8), $0) }
        }
        self.beginnings = beginnings
        self.continuations = continuations
        count = lines.count
        normalizer = BertNormalizer(lowercases: lowercases)
    }

    /// Tokens of a text with the marks of its beginning and end, cut off so that there are at most `limit`.
    func tokens(of text: String, limit: Int) -> [Int] {
        var tokens = [begin]
        var text = text
        text.withUTF8 { bytes in
            var pending = 0
            var position = 0
            while position < bytes.count, tokens.count < limit {
                if bytes[position] == 0x5B,
                    let mark = marks.first(where: { Self.stands($0.bytes, in: bytes, at: position) })
                {
                    append(bytes[pending..<position], to: &tokens)
                    tokens.append(mark.token)
                    position += mark.bytes.count
                    pending = position
                } else {
                    position += 1
                }
            }
            append(bytes[pending..<max(position, pending)], to: &tokens)
        }
        return tokens.prefix(max(limit - 1, 1)) + [end]
    }

    private static func stands(_ mark: [UInt8], in bytes: UnsafeBufferPointer<UInt8>, at position: Int) -> Bool {
        position + mark.count <= bytes.count && mark.indices.allSatisfy { bytes[position + $0] == mark[$0] }
    }

    private func append(_ part: Slice<UnsafeBufferPointer<UInt8>>, to tokens: inout [Int]) {
        guard !part.isEmpty else { return }
        for word in normalizer.words(of: String(decoding: part, as: UTF8.self)) { append(word: word, to: &tokens) }
    }

    private func append(word: String, to tokens: inout [Int]) {
        guard word.unicodeScalars.count <= Self.longestWord else { return tokens.append(unknown) }
        let bytes = Array(word.utf8)
        var pieces: [Int] = []
        var start = 0
        while start < bytes.count {
            var end = bytes.count
            var found: Int?
            while end > start {
                // Only whole scalars are pieces.
                if end == bytes.count || bytes[end] & 0xC0 != 0x80 {
                    found = start == 0 ? beginnings[bytes[..<end]] : continuations[bytes[start..<end]]
                    if found != nil { break }
                }
                end -= 1
            }
            guard let found else { return tokens.append(unknown) }
            pieces.append(found)
            start = end
        }
        tokens += pieces
    }
}
