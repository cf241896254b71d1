import Chat
import Decisions
import Delivery
import Market
import People
import Testing
import Turns

@testable import Storage

@Suite(.oneAtATime) struct SMSLedgerTests {
    @Test("many senders at once take no more than the cap")
    func concurrent() async throws {
        let file = try await TemporaryDatabase()
        let ledger = SQLSMSLedger(file.database)
        let allowed = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 1...50 {
                group.addTask { try await ledger.reserve(SMSCaps(daily: 7, monthly: 100), now: .start) == .allowed }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(allowed == 7)
        try await ledger.giveBack(reservedAt: .start)
        #expect(try await ledger.reserve(SMSCaps(daily: 7, monthly: 100), now: .start) == .allowed)
        #expect(try await ledger.reserve(SMSCaps(daily: 7, monthly: 100), now: .start) == .dayUsedUp(cap: 7))
        // Nothing was taken on that day, so there is nothing to give back.
        try await ledger.giveBack(reservedAt: .start + .days(1))
        #expect(try await file.count("SELECT sum(count) FROM sms_usage") == 7)
    }

    @Test("days and months are those of UTC")
    func calendar() {
        let last = Timestamp(milliseconds: 1_772_323_199_999)  // 2026-02-28T23:59:59.999Z
        #expect(SMSCaps.day(of: last) == Timestamp(milliseconds: 1_772_236_800_000))
        #expect(SMSCaps.month(of: last) == Timestamp(milliseconds: 1_769_904_000_000))
        #expect(SMSCaps.month(of: last + .milliseconds(1)) == last + .milliseconds(1))
        #expect(SMSCaps(daily: 0, monthly: 9).verdict(.init(day: 0, month: 0)) == .dayUsedUp(cap: 0))
    }

    @Test("a report outlives the delivery it was about, for as long as deliveries are kept")
    func retention() async throws {
        let file = try await TemporaryDatabase()
        let ledger = SQLSMSLedger(file.database)
        _ = try await ledger.note(SMSReport(messageID: "SM1", state: .sent, delivery: OutboxID(12345)), now: .start)
        #expect(try await ledger.messageID(of: OutboxID(12345)) == nil)
        #expect(try await ledger.known(among: ["SM1", "SM2"]) == ["SM1"])
        let retention = Retention(file.database)
        _ = try await retention.run(now: .start + .days(89), ruleTime: .start)
        #expect(try await file.count("SELECT count(*) FROM sms_reports") == 1)
        _ = try await retention.run(now: .start + .days(91), ruleTime: .start)
        #expect(try await file.count("SELECT count(*) FROM sms_reports") == 0)
    }
}
