import Foundation
import Market

/// Finds the IANA zone that somebody means by `Europe/Madrid`, `madrid` or `new york`.
struct ZoneDirectory: Sendable {
    enum Match: Hashable, Sendable {
        case zone(String)
        /// Zones that are spelled alike, or several of one name; nearest first.
        case unknown(nearest: [String])
    }

    /// Offered as buttons: one for every few hours round the globe, where most people live.
    static let offered = [
        "Europe/Madrid", "Europe/London", "America/New_York", "America/Mexico_City", "America/Argentina/Buenos_Aires",
        "America/Los_Angeles", "Asia/Kolkata", "Asia/Singapore", "UTC",
    ]

    /// Names of today that the system's list may still hold under an older one (`Asia/Calcutta`).
    private static let renamed = [
        "America/Argentina/Buenos_Aires", "Asia/Ho_Chi_Minh", "Asia/Kathmandu", "Asia/Kolkata", "Asia/Yangon",
        "Atlantic/Faroe", "Europe/Kyiv",
    ]

    private let byName: [String: String]
    private let byCity: [String: [String]]

    init(identifiers: [String] = TimeZone.knownTimeZoneIdentifiers) {
        var byName: [String: String] = ["utc": "UTC", "gmt": "UTC", "z": "UTC"]
        var byCity: [String: [String]] = [:]
        for identifier in identifiers where identifier.contains("/") {
            let key = ZoneDirectory.key(identifier)
            byName[key] = identifier
            byCity[key.split(separator: "/").last.map(String.init) ?? key, default: []].append(identifier)
        }
        for identifier in ZoneDirectory.renamed where TimeZone(identifier: identifier) != nil {
            let key = ZoneDirectory.key(identifier)
            byName[key] = identifier
            byCity[key.split(separator: "/").last.map(String.init) ?? key] = [identifier]
        }
        self.byName = byName
        self.byCity = byCity
    }

    func match(_ text: String) -> Match {
        let key = ZoneDirectory.key(text)
        if let zone = byName[key] { return .zone(zone) }
        let cities = byCity[key] ?? []
        if cities.count == 1 { return .zone(cities[0]) }
        if !cities.isEmpty { return .unknown(nearest: Array(cities.sorted().prefix(3))) }
        let near = EditDistance.nearest(to: key, in: byCity.keys.sorted(), limit: 3).flatMap { byCity[$0] ?? [] }
        let whole = EditDistance.nearest(to: key, in: byName.keys.sorted(), limit: 3).compactMap { byName[$0] }
        var nearest: [String] = []
        for zone in near + whole where !nearest.contains(zone) { nearest.append(zone) }
        return .unknown(nearest: Array(nearest.prefix(3)))
    }

    /// Lower case, without accents, with `_` between words.
    private static func key(_ text: String) -> String {
        text.folding(options: [.diacriticInsensitive, .caseInsensitive], locale: Locale(identifier: "en_US_POSIX"))
            .lowercased().replacing(" ", with: "_")
    }
}
