import Foundation
import Testing
import Turns

@testable import Channels

@Suite("JSON without a shape", .oneAtATime)
struct JSONValueTests {
    @Test("reads what it writes", arguments: 0..<40)
    func roundTrip(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<25 {
            let value = Self.value(depth: 0, &random)
            #expect(try JSONValue(parsing: value.encoded) == value)
        }
    }

    @Test("agrees with Foundation on mutated documents that both read", arguments: 0..<20)
    func againstFoundation(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            var bytes = Self.value(depth: 0, &random).encoded
            if !bytes.isEmpty, Bool.random(using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0x20...0x7E, using: &random)
            }
            guard let ours = try? JSONValue(parsing: bytes),
                let theirs = try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
            else { continue }
            #expect(Self.equal(ours, theirs), "\(String(decoding: bytes, as: UTF8.self))")
        }
    }

    @Test(
        "refuses what is not JSON",
        arguments: [
            "", "{", "[1,]", "{\"a\":}", "{a:1}", "01", "1.", "1e", "-", "tru", "\"a", "\"\\x\"", "[1] 2", "<html>",
            "\"\\u12\"", "NaN", "+1", "\"a\nb\"", String(repeating: "[", count: 100_000),
        ])
    func refusals(_ text: String) {
        #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: Array(text.utf8)) }
    }

    @Test("a lone surrogate and broken UTF-8 become U+FFFD and cost nothing else")
    func repairs() throws {
        #expect(
            try JSONValue(parsing: Array(#"["\ud83d","\ude00\u0041","\ud83d\ude00","\ud83dx"]"#.utf8))
                == .array(["\u{FFFD}", "\u{FFFD}A", "😀", "\u{FFFD}x"]))
        #expect(try JSONValue(parsing: [0x22, 0xFF, 0x61, 0x22]) == "\u{FFFD}a")
    }

    @Test("whole numbers are exact, others are doubles")
    func numbers() throws {
        let value = try JSONValue(parsing: Array("[-1002233445566778899, 7.0, 1e3, 99999999999999999999]".utf8))
        #expect(value.array?[0].integer == -1_002_233_445_566_778_899)
        #expect(value.array?[1].integer == 7)
        #expect(value.array?[2].integer == 1_000)
        #expect(value.array?[3].integer == nil)
    }

    private static func value(depth: Int, _ random: inout SeededGenerator) -> JSONValue {
        switch Int.random(in: 0..<(depth > 3 ? 5 : 7), using: &random) {
        case 0: return .null
        case 1: return .bool(.random(using: &random))
        case 2: return .integer(.random(in: Int64.min...Int64.max, using: &random))
        case 3: return .number(Double.random(in: -1e9...1e9, using: &random) + 0.5)
        case 4: return .string(text(length: Int.random(in: 0..<12, using: &random), &random))
        case 5: return .array((0..<Int.random(in: 0..<4, using: &random)).map { _ in value(depth: depth + 1, &random) })
        default:
            var members: [String: JSONValue] = [:]
            for _ in 0..<Int.random(in: 0..<4, using: &random) {
                members[text(length: 3, &random)] = value(depth: depth + 1, &random)
            }
            return .object(members)
        }
    }

    /// Without byte-order marks: Foundation loses one at the start of a string.
    private static func text(length: Int, _ random: inout SeededGenerator) -> String {
        UnicodeSoup.text(length: length, &random).replacing("\u{FEFF}", with: "")
    }

    private static func equal(_ ours: JSONValue, _ theirs: Any) -> Bool {
        switch ours {
        case .null: return theirs is NSNull
        case .string(let text): return theirs as? String == text
        case .bool(let flag): return (theirs as? NSNumber)?.boolValue == flag
        case .integer(let value): return (theirs as? NSNumber)?.doubleValue == Double(value)
        case .number(let value):
            // Foundation goes through a decimal here, and is an ulp off at times.
            guard let other = (theirs as? NSNumber)?.doubleValue else { return false }
            return abs(other - value) <= abs(value) * 1e-14
        case .array(let items):
            guard let list = theirs as? [Any], list.count == items.count else { return false }
            return zip(items, list).allSatisfy { equal($0, $1) }
        case .object(let members):
            guard let object = theirs as? [String: Any], object.count == members.count else { return false }
            return members.allSatisfy { name, value in object[name].map { equal(value, $0) } ?? false }
        }
    }
}
