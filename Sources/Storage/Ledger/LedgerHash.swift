import Crypto
import Decisions
import Delivery
import Forecasts
import Foundation
import Market

/// The hashes of the ledger.
///
/// An entry's content hash is SHA-256(salt ‖ content): the salt keeps anybody from guessing short contents, and once
/// salt and content are erased the hash says nothing about them. Its head is SHA-256(previous head ‖ sequence ‖ kind ‖
/// subject ‖ time ‖ content hash).
///
/// Content is a list of fields, each a letter and its bytes in a form that cannot be read in two ways: `n` for nothing,
/// `i` and eight bytes (big-endian) for a number, `t`, the length in eight bytes and UTF-8 for text.
struct LedgerHash {
    static let width = 32
    static let none = [UInt8](repeating: 0, count: width)
    static let saltWidth = 16

    /// What is entered.
    enum Kind: String { case alert, forecast }

    private var hash = SHA256()

    /// Begins a content.
    init(salt: [UInt8]) { hash.update(data: salt) }

    private init() {}

    static func newSalt() -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<saltWidth / 8).flatMap { _ in LedgerHash.bytes(Int64(bitPattern: generator.next())) }
    }

    mutating func add(_ value: Int64?) {
        guard let value else { return hash.update(data: [UInt8(ascii: "n")]) }
        hash.update(data: [UInt8(ascii: "i")])
        hash.update(data: LedgerHash.bytes(value))
    }

    mutating func add(_ text: String?) {
        guard let text else { return hash.update(data: [UInt8(ascii: "n")]) }
        let bytes = Array(text.utf8)
        hash.update(data: [UInt8(ascii: "t")])
        hash.update(data: LedgerHash.bytes(Int64(bytes.count)))
        hash.update(data: bytes)
    }

    var value: [UInt8] { Array(hash.finalize()) }

    /// The head of an entry.
    static func head(
        previous: [UInt8], sequence: Int64, kind: String, subject: Int64, at: Timestamp, content: [UInt8]
    ) -> [UInt8] {
        var head = LedgerHash()
        head.hash.update(data: previous)
        head.add(sequence)
        head.add(kind)
        head.add(subject)
        head.add(at.milliseconds)
        head.hash.update(data: content)
        return head.value
    }

    static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef")
        return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }

    private static func bytes(_ value: Int64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * Int64($0))) }
    }
}

/// The columns of an alert that never change, as they are stored. Whose it is stands in the document as it was decided;
/// the column of the owner follows a person who joins two identities, so it is no part of this.
struct LedgeredAlert {
    static let columns = "natural_key, symbol, lane, issued_at, rule_id, document, created_at"

    var naturalKey: String
    var symbol: String?
    var lane: Int64
    var issuedAt: Int64
    var rule: Int64?
    var document: String?
    var createdAt: Int64

    func hash(salt: [UInt8]) -> [UInt8] {
        var hash = LedgerHash(salt: salt)
        hash.add(naturalKey)
        hash.add(symbol)
        hash.add(lane)
        hash.add(issuedAt)
        hash.add(rule)
        hash.add(document)
        hash.add(createdAt)
        return hash.value
    }
}

/// The columns of a forecast that was told.
struct LedgeredForecast {
    var naturalKey: String
    var document: String
    var toldAt: Int64

    func hash(salt: [UInt8]) -> [UInt8] {
        var hash = LedgerHash(salt: salt)
        hash.add(naturalKey)
        hash.add(document)
        hash.add(toldAt)
        return hash.value
    }
}
