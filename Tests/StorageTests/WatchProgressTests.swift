import Decisions
import Market
import People
import Testing
import Turns

@testable import Storage

@Suite(.oneAtATime) struct WatchProgressTests {
    private func oneVenue(_ rule: Rule, sequence: Int, at: Timestamp) -> Alert {
        var alert = ruleAlert(rule, sequence: sequence, at: at, priority: .medium)
        alert.venues = .one
        return alert
    }

    @Test("sirens that wait for a second venue are found after a restart; told, old and forgotten ones are not")
    func sirens() async throws {
        let file = try await TemporaryDatabase()
        let ana = try await file.addPerson("1")
        let ben = try await file.addPerson("2")
        let rule = try await file.chat.write { try $0.addRule(text: "BTC > 1", owner: ana.id, at: .start) }
        let other = try await file.chat.write { try $0.addRule(text: "BTC > 2", owner: ben.id, at: .start) }
        let waiting = oneVenue(rule, sequence: 3, at: .start + .minutes(9))
        var told = oneVenue(rule, sequence: 2, at: .start + .minutes(8))
        let alerts = [
            oneVenue(rule, sequence: 1, at: .start), told, waiting,
            ruleAlert(rule, sequence: 4, at: .start + .minutes(9), priority: .critical),
            oneVenue(other, sequence: 1, at: .start + .minutes(9)),
        ]
        _ = try await file.alerts.publish(DecisionBatch(alerts: alerts), now: .start)
        told.naturalKey += VenueAgreement.suffix
        told.venues = .confirmed
        told.priority = .critical
        _ = try await file.alerts.publish(DecisionBatch(alerts: [told]), now: .start)
        try await file.chat.write { try $0.forget(ben.id) }

        let progress = SQLWatchProgress(try await file.reopened())
        #expect(try await progress.unconfirmedSirens(since: .start + .minutes(8)) == [waiting])
        #expect(
            try await progress.unconfirmedSirens(since: .start).map(\.naturalKey) == alerts.prefix(1).map(\.naturalKey)
                + [waiting.naturalKey])
    }

    @Test("looking for them does not grow with the alerts there are")
    func plan() async throws {
        let file = try await TemporaryDatabase()
        let steps = try await file.database.read { sql in
            try sql.rows("EXPLAIN QUERY PLAN \(SQLWatchProgress.sirens)", [.integer(0)]) { $0.text(3) }
        }
        #expect(steps.contains { $0.contains("alerts_one_venue") }, "\(steps)")
        #expect(!steps.contains { $0.hasPrefix("SCAN") }, "\(steps)")
    }
}
