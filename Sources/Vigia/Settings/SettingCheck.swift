import Foundation
import Market
import People

/// Whether a value is what its setting accepts.
enum SettingCheck {
    static func accepts(_ text: String, _ kind: SettingKey.Kind) -> Bool {
        switch kind {
        case .text: return true
        case .choice(let values): return values.contains(text)
        case .symbols: return all(text) { Symbol($0) != nil }
        case .asset: return Symbol(text).map { $0.quote == nil } ?? false
        case .count(let range): return Int(text).map(range.contains) ?? false
        case .fraction(let range): return Double(text).map { $0.isFinite && range.contains($0) } ?? false
        case .percent: return percent(text) != nil
        case .span: return Span(text: text) != nil
        case .rate: return rate(text) != nil
        case .url(let schemes): return url(text, schemes: schemes)
        case .database:
            return text.hasPrefix("sqlite:") && text.count > 7 || text.hasPrefix("postgres://")
                || text.hasPrefix("postgresql://")
        case .bind: return text == "off" || bind(text) != nil
        case .identities: return all(text) { Identity($0) != nil }
        case .timeframes: return all(text) { Timeframe(rawValue: $0) != nil }
        case .weights:
            return all(text) { part in
                let sides = part.split(separator: "=")
                return sides.count == 2 && (Double(sides[1]).map { $0.isFinite && $0 >= 0 } ?? false)
            }
        case .phone: return PhoneNumber(text) != nil
        case .prefixes: return all(text) { $0.hasPrefix("+") && $0.dropFirst().allSatisfy(\.isNumber) && $0.count > 1 }
        }
    }

    /// `0.5%` as 0.005.
    static func percent(_ text: String) -> Double? {
        guard text.hasSuffix("%"), let value = Double(text.dropLast()), value.isFinite, value >= 0 else { return nil }
        return value / 100
    }

    /// `30/1s` as 30 in one second; `off` as `.some(nil)`.
    static func rate(_ text: String) -> (count: Int, span: Span)?? {
        if text == "off" { return .some(nil) }
        let sides = text.split(separator: "/")
        guard sides.count == 2, let count = Int(sides[0]), count > 0, let span = Span(text: sides[1]) else {
            return nil
        }
        return .some((count, span))
    }

    /// `127.0.0.1:8080`, `[::1]:8080`.
    static func bind(_ text: String) -> (host: String, port: Int)? {
        guard let mark = text.lastIndex(of: ":"), let port = Int(text[text.index(after: mark)...]),
            (0...65_535).contains(port)
        else { return nil }
        let host = text[..<mark].trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
        return host.isEmpty ? nil : (host, port)
    }

    private static func all(_ list: String, _ check: (String) -> Bool) -> Bool {
        list.split(separator: ",", omittingEmptySubsequences: false).allSatisfy {
            check($0.trimmingCharacters(in: .whitespaces))
        }
    }

    private static func url(_ text: String, schemes: [String]) -> Bool {
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
            schemes.contains(scheme),
            let host = parts.host, !host.isEmpty, parts.user == nil || scheme == "https" || scheme == "wss"
        else { return false }
        return scheme == "https" || scheme == "wss" || isLoopback(host)
    }

    static func isLoopback(_ host: String) -> Bool {
        let bare = host.trimmingCharacters(in: CharacterSet(charactersIn: "[]")).lowercased()
        if bare == "localhost" || bare == "::1" { return true }
        let parts = bare.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
