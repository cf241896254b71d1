import Indicators
import Market
import Support
import Testing
import Turns

@Suite(.oneAtATime) struct AnomalyTests {
    static let files = [
        "candles/binance_usdm_perp_BTCUSDT_1h_20200101_20241231.csv.gz",
        "candles/binance_usdm_perp_ETHUSDT_1h_20200101_20241231.csv.gz",
        "candles/binance_usdm_perp_SOLUSDT_1h_20200914_20241231.csv.gz",
        "candles/binance_spot_ADAUSDT_1h_20200801_20231230.csv.gz",
        "candles/binance_spot_AVAXUSDT_1h_20210404_20241230.csv.gz",
    ]

    static func alarms(_ candles: [Candle], _ rate: Double, _ timeframe: Timeframe = .h1) -> [Anomaly] {
        var detector = AnomalyDetector(timeframe: timeframe, settings: AnomalySettings(falseAlarmsPerWeek: rate))
        return candles.flatMap { detector.update($0) }
    }

    /// Weeks of the candles but for the first quarter, in which the usual is learned.
    static func weeks(_ candles: [Candle]) -> Double { Double(candles.count) / 168 - 13 }

    @Test(
        "on real candles there is at most the alarm a symbol and week that is asked for, all kinds together",
        .enabled(if: SharedData.has("candles")), arguments: zip(files, [1.0, 0.25, 1.0, 3.0, 1.0]))
    func falseAlarms(file: String, rate: Double) throws {
        let candles = try SharedData.candles(file)
        let from = candles[0].openTime + .days(91)
        let count = Self.alarms(candles, rate).count { $0.at > from }
        let measured = Double(count) / Self.weeks(candles)
        #expect(measured <= rate * 1.02, "\(file): \(measured) a week")
        #expect(measured >= rate * 0.25, "\(file): \(measured) a week")
    }

    @Test(
        "of 200 shocks planted in real candles at least nine in ten are found at one alarm a week",
        .enabled(if: SharedData.has("candles")))
    func plantedShocks() throws {
        var (found, planted) = (0, 0)
        for (number, file) in Self.files.enumerated() {
            var candles = try SharedData.candles(file)
            var random = SteadyRandom(seed: UInt64(number + 1))
            // Forty a symbol, at random hours after the first half year, weeks apart; the price stays where it jumps.
            let first = 26 * 168
            let step = (candles.count - first) / 40
            var rows: [Int] = []
            for place in 0..<40 {
                let row = first + place * step + Int.random(in: 0..<(step / 2), using: &random)
                // Sixteen usual hourly moves of the week before: at eight little more than half are found, as markets make
                // such moves themselves more often than once a week.
                let moves = (row - 168..<row).map { abs(candles[$0].close / candles[$0 - 1].close - 1) }.sorted()
                let size = 16 * 1.4826 * moves[84]
                let factor = Bool.random(using: &random) ? 1 + size : 1 / (1 + size)
                for later in row..<candles.count {
                    if later > row { candles[later].open *= factor }
                    candles[later].close *= factor
                    candles[later].high *= factor
                    candles[later].low *= factor
                }
                candles[row].high = max(candles[row].high, candles[row].open)
                candles[row].low = min(candles[row].low, candles[row].open)
                rows.append(row)
            }
            let alarms = Set(Self.alarms(candles, 1).filter { $0.kind == .price }.map(\.at))
            planted += rows.count
            // On the candle itself, or an alarm of the hours before that is still in force.
            found += rows.count { row in (0...11).contains { alarms.contains(candles[row - $0].openTime) } }
        }
        #expect(planted == 200)
        #expect(found >= 180, "\(found) of \(planted)")
    }

    @Test("a detector knows its own rate of alarms")
    func measuredRate() throws {
        let candles = [Candle].walk(168 * 30, seed: 3)
        var detector = AnomalyDetector(timeframe: .h1)
        var found: [Anomaly] = []
        for candle in candles { found += detector.update(candle) }
        let last = candles[candles.count - 1].openTime
        let rate = try #require(detector.alarmsPerWeek)
        #expect(abs(rate - Double(found.count { $0.at > last - .days(56) }) / 8) < 1e-9)
        #expect(found.allSatisfy { abs($0.score) > $0.threshold })
    }

    /// A calm year of hours, then what `change` does to the last days.
    private func calm(_ change: (Int, inout Candle) -> Void) -> [Candle] {
        var candles = [Candle].walk(168 * 40, seed: 12)
        let from = candles.count - 168
        for row in from..<candles.count { change(row - from, &candles[row]) }
        return candles
    }

    @Test("volume ten times the usual is told as volume, not as price")
    func volume() {
        let candles = calm { if $0 == 100 { $1.volume = 100_000 } }
        let row = candles[candles.count - 68].openTime
        #expect(Self.alarms(candles, 1).contains { $0.kind == .volume && $0.at == row && $0.score > 0 })
    }

    @Test("returns that double for days are a change of regime, said once")
    func regime() {
        var candles = [Candle].walk(168 * 40, seed: 12)
        let from = candles.count - 96
        var price = candles[from - 1].close
        var random = SteadyRandom(seed: 4)
        for row in from..<candles.count {
            let open = price
            price *= 1 + Double.random(in: -0.035...0.035, using: &random)
            candles[row] = Candle(
                openTime: candles[row].openTime, open: open, high: max(open, price), low: min(open, price),
                close: price, volume: 500)
        }
        let found = Self.alarms(candles, 1).filter { $0.kind == .volatility && $0.at >= candles[from].openTime }
        #expect(found.count == 1)
        #expect(found.allSatisfy { $0.score > 0 })
    }

    @Test("small steps one way add up to a drift, with its direction", arguments: [1.0, -1.0])
    func drift(direction: Double) {
        var candles = [Candle].walk(168 * 40, seed: 21)
        let from = candles.count - 120
        var factor = 1.0
        for row in from..<candles.count {
            candles[row].open *= factor
            factor *= 1 + direction * 0.006
            candles[row].close *= factor
            candles[row].high = max(candles[row].open, candles[row].close) * 1.001
            candles[row].low = min(candles[row].open, candles[row].close) * 0.999
        }
        let found = Self.alarms(candles, 1).filter { $0.kind == .drift && $0.at >= candles[from].openTime }
        #expect(!found.isEmpty)
        #expect(found.allSatisfy { $0.score * direction > 0 })
    }

    @Test("a price that stands still for hours is frozen, said once")
    func frozenCandles() {
        let candles = calm { row, candle in
            guard row >= 100 else { return }
            candle = Candle(openTime: candle.openTime, open: 50, high: 50, low: 50, close: 50, volume: 0)
        }
        let found = Self.alarms(candles, 1).filter { $0.kind == .frozen }
        #expect(found.count == 1)
    }

    @Test("a feed is frozen when nothing comes, or nothing new; a moving price clears it")
    func frozenFeed() {
        let start = Timestamp(seconds: 1_700_000_000)
        var feed = FrozenFeed(silence: .minutes(2), standstill: .minutes(10))
        #expect(feed.check(at: start) == nil)
        feed.observe(100, at: start)
        #expect(feed.check(at: start + .minutes(1)) == nil)
        #expect(feed.check(at: start + .minutes(2))?.kind == .frozen)
        #expect(feed.check(at: start + .minutes(3)) == nil)
        feed.observe(101, at: start + .minutes(4))
        for minute in 5...13 {
            feed.observe(101, at: start + .minutes(Int64(minute)))
            #expect(feed.check(at: start + .minutes(Int64(minute))) == nil)
        }
        feed.observe(101, at: start + .minutes(14))
        #expect(feed.check(at: start + .minutes(14))?.score == 1)
    }

    @Test("two venues that part are told once; one bad quote is not")
    func divergence() {
        var random = SteadyRandom(seed: 6)
        var divergence = VenueDivergence()
        var found: [Anomaly] = []
        let start = Timestamp(seconds: 1_700_000_000)
        for minute in 0..<3000 {
            let price = 30_000 + Double.random(in: -50...50, using: &random)
            let apart = minute == 1500 ? 1.02 : minute >= 2500 ? 1.01 : 1
            let other = price * apart * (1 + Double.random(in: -0.0003...0.0003, using: &random))
            if let anomaly = divergence.observe(other, price, at: start + .minutes(Int64(minute))) {
                found.append(anomaly)
            }
        }
        #expect(found.map(\.at) == [start + .minutes(2501)])
        #expect(found.allSatisfy { $0.kind == .divergence && $0.score > 0 })
    }
}
