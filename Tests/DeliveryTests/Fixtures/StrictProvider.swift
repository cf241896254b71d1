import Market

@testable import Delivery

/// Counts arrivals as the strictest provider would: in every window that ends with an arrival, window edges included.
struct StrictProvider {
    var limits: (overall: Int, chat: Int, group: Int) = (30, 1, 20)
    private var arrivals: [(time: Timestamp, chat: String)] = []
    private(set) var refusals = 0

    /// Takes a message and says whether it keeps the limits.
    mutating func arrive(_ chat: String, at time: Timestamp) -> Bool {
        arrivals.removeAll { $0.time < time - .minutes(2) }
        let second = arrivals.filter { $0.time > time - .seconds(1) && $0.time <= time }
        let minute = arrivals.filter { $0.chat == chat && $0.time > time - .minutes(1) && $0.time <= time }
        let isGroup = chat.hasPrefix("-")
        guard second.count < limits.overall, second.count(where: { $0.chat == chat }) < limits.chat,
            !isGroup || minute.count < limits.group
        else {
            refusals += 1
            return false
        }
        arrivals.append((time, chat))
        return true
    }
}
