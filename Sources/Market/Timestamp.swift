package import Foundation

/// An instant in Unix milliseconds, UTC. What venues send, what is stored and what is compared; a person's zone
/// comes in only when a message is written.
package struct Timestamp: Hashable, Comparable, Sendable, Codable {
    package var milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }
    package init(seconds: Int64) { self.milliseconds = seconds * 1000 }
    package init(_ date: Date) { self.milliseconds = Int64((date.timeIntervalSince1970 * 1000).rounded()) }

    package init(from decoder: any Decoder) throws {
        milliseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(milliseconds)
    }

    package var date: Date { Date(timeIntervalSince1970: Double(milliseconds) / 1000) }

    package static func < (a: Timestamp, b: Timestamp) -> Bool { a.milliseconds < b.milliseconds }
    package static func + (a: Timestamp, b: Span) -> Timestamp {
        Timestamp(milliseconds: a.milliseconds + b.milliseconds)
    }
    package static func - (a: Timestamp, b: Span) -> Timestamp {
        Timestamp(milliseconds: a.milliseconds - b.milliseconds)
    }
    package static func - (a: Timestamp, b: Timestamp) -> Span { Span(milliseconds: a.milliseconds - b.milliseconds) }
    package static func += (a: inout Timestamp, b: Span) { a = a + b }
}

/// A length of time in whole milliseconds.
package struct Span: Hashable, Comparable, Sendable, Codable {
    package var milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    package static func milliseconds(_ n: Int64) -> Span { Span(milliseconds: n) }
    package static func seconds(_ n: Int64) -> Span { Span(milliseconds: n * 1000) }
    package static func minutes(_ n: Int64) -> Span { .seconds(n * 60) }
    package static func hours(_ n: Int64) -> Span { .minutes(n * 60) }
    package static func days(_ n: Int64) -> Span { .hours(n * 24) }
    package static let zero = Span(milliseconds: 0)

    package var seconds: Double { Double(milliseconds) / 1000 }
    package var duration: Duration { .milliseconds(milliseconds) }

    package static func < (a: Span, b: Span) -> Bool { a.milliseconds < b.milliseconds }
    package static func + (a: Span, b: Span) -> Span { Span(milliseconds: a.milliseconds + b.milliseconds) }
    package static func - (a: Span, b: Span) -> Span { Span(milliseconds: a.milliseconds - b.milliseconds) }
    package static func * (a: Span, n: Int64) -> Span { Span(milliseconds: a.milliseconds * n) }

    package init(from decoder: any Decoder) throws {
        milliseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(milliseconds)
    }
}

extension Span {
    /// Reads `90s`, `10m`, `4h`, `2d`, `1w` (a whole number and one unit). `nil` for anything else, and for zero.
    package init?(text: some StringProtocol) {
        guard let unit = text.last, let count = Int64(text.dropLast()), count > 0, count <= 100_000 else { return nil }
        switch unit {
        case "s": self = .seconds(count)
        case "m": self = .minutes(count)
        case "h": self = .hours(count)
        case "d": self = .days(count)
        case "w": self = .days(count * 7)
        default: return nil
        }
    }

    /// The shortest spelling that `init(text:)` reads back: `90s`, `4h`, `1d`.
    package var text: String {
        for (unit, size) in [("w", Span.days(7)), ("d", .days(1)), ("h", .hours(1)), ("m", .minutes(1))]
        where milliseconds % size.milliseconds == 0 {
            return "\(milliseconds / size.milliseconds)\(unit)"
        }
        return "\(milliseconds / 1000)s"
    }
}
