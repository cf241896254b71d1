package import Decisions
package import Market
import Foundation

/// Whether an alert may still be loud today, for somebody who wants only so many loud ones a day.
///
/// The first part of the budget is for whatever comes. From then on the bar rises with every loud alert, so that the rest
/// is kept for what is worth more; nobody can know in the morning what the evening brings. A critical alert is always loud.
/// What may not be loud joins one message a day, which is edited without a sound.
package struct AttentionBudget: Hashable, Sendable {
    /// Share of the budget that anything may use.
    static let open = 0.6
    /// Worth that an alert needs once that share is used, and when the last one is at stake.
    static let bar = (first: 0.4, last: 0.6)
    /// The day's message waits this long for the first company, and is edited no more often than that.
    package static let summaryWait = Span.minutes(1)
    package static let summaryInterval = Span.minutes(10)

    /// Loud alerts a day.
    package let limit: Int

    package init(limit: Int) { self.limit = limit }

    /// - Parameters:
    ///   - used: loud alerts of the same day.
    ///   - worth: as `worth(of:marks:)` says.
    package func isLoud(_ priority: Priority, worth: Double, used: Int) -> Bool {
        if priority == .critical { return true }
        guard used < limit else { return false }
        let share = Double(used) / Double(limit)
        guard share >= AttentionBudget.open else { return true }
        let bar = AttentionBudget.bar
        return worth >= bar.first + (bar.last - bar.first) * (share - AttentionBudget.open) / (1 - AttentionBudget.open)
    }

    /// What an alert is worth to its reader, 0 to 1: its priority (60%), how often such signals went their way (20%), and
    /// how the reader found alerts like it (20%). What is unknown counts half.
    package static func worth(of alert: Alert, marks: AlertMarks) -> Double {
        var hits = 0.5
        if case .opportunity(let opportunity) = alert.body, let measured = opportunity.measured, measured.count > 0 {
            hits = Double(measured.hits) / Double(measured.count)
        }
        let liked = Double(marks.useful + 1) / Double(marks.useful + marks.notUseful + 2)
        return 0.6 * Double(alert.priority.rank) / 3 + 0.2 * hits + 0.2 * liked
    }

    /// Days since 1970 in the zone.
    package static func day(of time: Timestamp, zone: String) -> Int64 {
        let offset = (TimeZone(identifier: zone) ?? .gmt).secondsFromGMT(for: time.date)
        let local = time.milliseconds + Int64(offset) * 1_000
        let (day, rest) = local.quotientAndRemainder(dividingBy: 86_400_000)
        return rest < 0 ? day - 1 : day
    }
}

/// How a reader found alerts of one rule, or opportunities of one symbol.
package struct AlertMarks: Hashable, Sendable {
    package var useful: Int
    package var notUseful: Int
    package init(useful: Int = 0, notUseful: Int = 0) {
        self.useful = useful
        self.notUseful = notUseful
    }
}

/// What an attention budget is judged by when a delivery is claimed.
package struct AttentionUsage: Hashable, Sendable {
    /// Day that `loud` is of, in the reader's zone.
    package var day: Int64
    package var loud: Int
    package var marks: AlertMarks
    /// The alert was heard on another channel, and counted there.
    package var isHeard = false
    package init(day: Int64 = 0, loud: Int = 0, marks: AlertMarks = AlertMarks()) {
        self.day = day
        self.loud = loud
        self.marks = marks
    }
}
