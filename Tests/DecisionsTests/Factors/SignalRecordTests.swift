import Market
import Testing
import Turns

@testable import Decisions

@Suite("Record of past signals", .oneAtATime)
struct SignalRecordTests {
    private let start = HourlyCandles.start

    @Test("strength is the share of the kind's own weaker signals, from thirty on")
    func strength() {
        var record = SignalRecord()
        for index in 0..<29 { add(&record, day: index, magnitude: Double(index)) }
        #expect(record.strength(of: 100, kind: .trend) == nil)
        add(&record, day: 29, magnitude: 29)
        #expect(record.strength(of: 100, kind: .trend) == 1)
        #expect(record.strength(of: 15, kind: .trend) == 0.5)
        #expect(record.strength(of: 0, kind: .trend) == 0)
        #expect(record.strength(of: 15, kind: .reversal) == nil)
    }

    @Test("after a year a signal no longer counts")
    func memory() {
        var record = SignalRecord()
        for index in 0..<40 { add(&record, day: index, magnitude: Double(index)) }
        record.settle(at: start + .days(365 + 10), close: 100)
        // Days 0 to 10 are a year old or older: 29 are left.
        #expect(record.strength(of: 100, kind: .trend) == nil)
    }

    @Test("an outcome counts only once its outlook has ended, in the called direction")
    func outcomes() throws {
        var record = SignalRecord()
        for index in 0..<10 { add(&record, day: index, magnitude: 1, price: 100, side: index < 5 ? .sell : .buy) }
        for index in 10..<16 { add(&record, day: index, magnitude: 1, price: 100, side: .sell) }
        record.settle(at: start + .days(15) - .hours(1), close: 98)
        #expect(record.outcome(kind: .trend, side: .sell) == nil)
        // The last two are due on days 16 and 17.
        record.settle(at: start + .days(16), close: 97)
        #expect(try #require(record.outcome(kind: .trend, side: .sell)).count == 10)
        record.settle(at: start + .days(17), close: 104)
        let outcome = try #require(record.outcome(kind: .trend, side: .sell))
        #expect(outcome.count == 11 && outcome.hits == 10)
        #expect(abs(outcome.median - 0.02) < 1e-12)
        #expect(record.outcome(kind: .trend, side: .buy) == nil)
    }

    @Test(
        "the interval of the median has the ranks that tables of the sign test give",
        arguments: [(10, 2), (15, 4), (20, 6), (25, 8), (50, 18), (100, 40)])
    func ranks(count: Int, rank: Int) {
        #expect(MedianInterval.rank(count) == rank)
    }

    private func add(
        _ record: inout SignalRecord, day: Int, magnitude: Double, price: Double = 1, side: Opportunity.Side = .buy
    ) {
        let at = start + .days(Int64(day))
        record.add(at: at, kind: .trend, side: side, magnitude: magnitude, price: price, dueAt: at + .days(2))
    }
}
