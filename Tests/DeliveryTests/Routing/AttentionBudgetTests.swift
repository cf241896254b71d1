import Decisions
import Market
import People
import Testing
import Turns

@testable import Delivery

@Suite(.oneAtATime) struct AttentionBudgetTests {
    private let budget = AttentionBudget(limit: 10)

    private func alert(_ priority: Priority) -> Alert { opportunity("a", symbol: .btc, priority: priority) }

    private func loud(_ priority: Priority, used: Int, marks: AlertMarks = AlertMarks()) -> Bool {
        budget.isLoud(priority, worth: AttentionBudget.worth(of: alert(priority), marks: marks), used: used)
    }

    @Test(
        "most of the budget is for whatever comes, the rest for what is worth more, and a critical alert is always loud"
    )
    func bar() {
        #expect((0...6).allSatisfy { loud(.medium, used: $0) })
        #expect(!loud(.medium, used: 8))
        #expect(loud(.high, used: 9))
        #expect(!loud(.high, used: 10))
        #expect(loud(.critical, used: 10))
        #expect(!AttentionBudget(limit: 0).isLoud(.high, worth: 1, used: 0))
    }

    @Test("the reader's own marks decide between alerts of one priority")
    func marks() {
        #expect(loud(.medium, used: 7, marks: AlertMarks(useful: 9)))
        #expect(!loud(.medium, used: 7, marks: AlertMarks(notUseful: 9)))
    }

    @Test("the past of such signals counts")
    func record() {
        var good = alert(.medium)
        if case .opportunity(var opportunity) = good.body {
            opportunity.measured = MeasuredOutcome(median: 0.01, low: 0, high: 0.02, count: 20, hits: 18)
            good.body = .opportunity(opportunity)
        }
        #expect(
            AttentionBudget.worth(of: good, marks: AlertMarks())
                > AttentionBudget.worth(of: alert(.medium), marks: AlertMarks()))
    }

    @Test("a day begins at midnight of the reader's zone")
    func days() {
        let midnight = Timestamp(seconds: 1_764_025_200)  // 2025-11-25 00:00 in Madrid
        let madrid = "Europe/Madrid"
        #expect(
            AttentionBudget.day(of: midnight, zone: madrid)
                == AttentionBudget.day(of: midnight - .milliseconds(1), zone: madrid) + 1)
        #expect(AttentionBudget.day(of: Timestamp(milliseconds: -1), zone: "UTC") == -1)
    }

    @Test("the gate lets reminders pass, counts another day anew and leaves those without a budget alone")
    func gate() {
        func verdict(_ alert: Alert, attentionBudget: Int?, usage: AttentionUsage) -> DeliveryGate.Verdict {
            var claimed = claimed(1, preferences: Preferences(attentionBudget: attentionBudget))
            claimed.entry.content = .alert(StoredAlert(id: AlertID(1), alert: alert))
            claimed.attention = usage
            return DeliveryGate().verdict(for: claimed, now: start, ruleNow: start)
        }
        let today = AttentionBudget.day(of: start, zone: "UTC")
        let full = AttentionUsage(day: today, loud: 3)
        #expect(verdict(alert(.medium), attentionBudget: 3, usage: full) == .summarise(day: today))
        #expect(verdict(alert(.critical), attentionBudget: 3, usage: full) == .send)
        #expect(verdict(alert(.low), attentionBudget: 3, usage: full) == .send)
        #expect(verdict(alert(.medium), attentionBudget: nil, usage: full) == .send)
        #expect(verdict(alert(.medium), attentionBudget: 3, usage: AttentionUsage(day: today - 1, loud: 3)) == .send)
        let reminder = LaterAlert.reminder(
            "tea", about: nil, for: RecipientID(1), at: start, on: .telegram, made: start
        ).alert
        #expect(verdict(reminder, attentionBudget: 3, usage: full) == .send)
    }
}
