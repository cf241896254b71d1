import Foundation
import Market
import Synchronization

/// Instants in a reader's zone. `TimeZone` is looked up once a name.
final class ZoneTable: Sendable {
    private let zones = Mutex<[String: TimeZone]>([:])

    func zone(_ name: String) -> TimeZone {
        zones.withLock { known in
            if let zone = known[name] { return zone }
            let zone = TimeZone(identifier: name) ?? .gmt
            if known.count < 1000 { known[name] = zone }
            return zone
        }
    }
}

/// Calendar fields of an instant in a zone.
struct ZonedTime: Hashable, Sendable {
    var year: Int
    var month: Int
    var day: Int
    var hour: Int
    var minute: Int
    /// `CET`, `GMT+5:30`.
    var zoneName: String

    init(_ time: Timestamp, zone: TimeZone) {
        let date = time.date
        let local = time.milliseconds.floorDivided(by: 1000) + Int64(zone.secondsFromGMT(for: date))
        let day = local.floorDivided(by: 86_400)
        let second = Int(local - day * 86_400)
        hour = second / 3600
        minute = second / 60 % 60
        // Civil date from days since 1970-01-01, counted in eras of 400 years that begin on 1 March.
        let shifted = day + 719_468
        let era = shifted.floorDivided(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        self.day = Int(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
        month = Int(shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9)
        year = Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0)
        zoneName =
            zone.secondsFromGMT() == 0 && zone.identifier == "GMT" ? "UTC" : zone.abbreviation(for: date) ?? "UTC"
        if zoneName == "GMT", ["UTC", "Etc/UTC", "GMT"].contains(zone.identifier) { zoneName = "UTC" }
    }

    var clock: String { ZonedTime.two(hour) + ":" + ZonedTime.two(minute) }

    static func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}

extension Int64 {
    fileprivate func floorDivided(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
