import Foundation
import Market
import Support
import Testing
import Turns

@testable import Forecasts

@Suite(.oneAtATime) struct ScoringTests {
    private func step(
        at index: Int, outcome: Double?, half: Double = 0.01, most: Double = 0.03, up: Double? = nil
    ) -> ForecastStep {
        ForecastStep(
            at: Timestamp(seconds: Int64(index) * 3_600), price: 100, band50: PriceBand(low: -half, high: half),
            band90: PriceBand(low: -most, high: most), sigma: 0.015, chances: [0.5, 0.2, 0.01], probabilityUp: up,
            unearnedUp: up, weights: [:], trainedAt: nil, constant50: PriceBand(low: -0.02, high: 0.02),
            constant90: PriceBand(low: -0.06, high: 0.06), constantChances: [0.5, 0.5, 0.5], variance: 2e-4,
            ewmaVariance: 2e-4, constantVariance: 4e-4, outcome: outcome, realized: outcome.map { $0 * $0 + 1e-6 })
    }

    @Test("the interval score is the width, plus 2/α times what lies outside")
    func intervalScore() {
        let band = PriceBand(low: -0.03, high: 0.03)
        #expect(abs(band.intervalScore(0.01, missing: 0.1) - 0.06) < 1e-15)
        #expect(abs(band.intervalScore(0.05, missing: 0.1) - (0.06 + 20 * 0.02)) < 1e-12)
        #expect(abs(band.intervalScore(-0.04, missing: 0.5) - (0.06 + 4 * 0.01)) < 1e-12)
    }

    @Test("skill is what the score gained on the trailing year's, by hand")
    func skill() {
        var score = BandScore()
        score.add(step(at: 0, outcome: 0.005), outcome: 0.005)
        score.add(step(at: 1, outcome: 0.02), outcome: 0.02)
        #expect(score.coverage50 == 0.5 && score.coverage90 == 1)
        #expect(abs(score.skill90 - 0.5) < 1e-12)
        // 50%: 0.02 and 0.02 + 4·0.01 against 0.04 and 0.04.
        #expect(abs(score.skill50 - 0) < 1e-12)
        // (0.025/2 + 0.08/4 + 0.12/20) against (0.025/2 + 0.08/4 + 0.24/20).
        #expect(abs(score.skill - (1 - 0.0385 / 0.0445)) < 1e-12)
    }

    @Test("the interval of a mean holds the truth, and needs ten weeks")
    func bootstrap() throws {
        var random = SteadyRandom(seed: 2)
        var mean = BlockBootstrap()
        for hour in 0..<(168 * 60) {
            mean.add(Bool.random(using: &random) ? 1 : 0, at: Timestamp(seconds: Int64(hour) * 3_600))
        }
        let interval = try #require(mean.interval())
        #expect(interval.low < 0.5 && 0.5 < interval.high && interval.high - interval.low < 0.04)
        var short = BlockBootstrap()
        for hour in 0..<(168 * 5) { short.add(1, at: Timestamp(seconds: Int64(hour) * 3_600)) }
        #expect(short.interval() == nil)
    }

    @Test("a probability that is right as often as it says has no calibration error, and one half has no skill")
    func probability() throws {
        let honest = (0..<10_000).map { step(at: $0, outcome: $0 % 5 < 3 ? 0.01 : -0.01, up: 0.61) }
        let score = ProbabilityScore(honest) { $0.probabilityUp }
        #expect(abs(score.calibrationError - 0.01) < 1e-9 && score.told == 1)
        #expect(abs(try #require(score.hitRate).mean - 0.6) < 1e-9)
        let half = ProbabilityScore(honest) { _ in 0.5 }
        #expect(abs(try #require(half.brierSkill).mean) < 1e-12)
        let silent = ProbabilityScore(honest) { _ in nil }
        #expect(silent.count == 0 && silent.hitRate == nil)
    }

    @Test("chances beat the trailing year's rate when they are closer to what came")
    func chances() {
        let steps = (0..<1_000).map { step(at: $0, outcome: $0 % 5 == 0 ? 0.03 : 0.001) }
        let score = ChanceScore(steps, index: 1, move: 0.02)
        #expect(abs(score.rate - 0.2) < 1e-12)
        #expect(abs(score.skill - (1 - 0.16 / 0.25)) < 1e-9)
        #expect(abs(score.areaUnderCurve - 0.5) < 1e-9)
    }

    @Test("a report misses a gate where the bands are too wide, and says whose")
    func gates() throws {
        let symbol = try #require(Symbol("BTC"))
        let steps = (0..<3_000).map { step(at: $0, outcome: $0 % 100 == 0 ? 0.05 : 0.001) }
        let report = WalkReport(
            [SymbolWalk(symbol: symbol, steps: steps)], horizon: .h1, base: .h1, models: .standard)
        let gates = try #require(ForecastGate.all(of: report))
        let each = try #require(gates.first { $0.name == "90% band, each symbol" })
        #expect(each.isMet == false && each.whose == "BTC" && abs((each.figure ?? 0) - 0.99) < 1e-9)
        #expect(report.text.contains("MISSED 90% band, each symbol: 0.9900 (BTC)"))
        #expect(report.text.contains("too little told"))
    }

    @Test("misses widen the next band slowly, hits narrow it more slowly, and both have an end")
    func adaptive() {
        var level = AdaptiveLevel(target: 0.1, step: 0.005)
        level.settle(missed: true)
        #expect(abs(level.value - 0.0955) < 1e-12)
        level.settle(missed: false)
        #expect(abs(level.value - 0.096) < 1e-12)
        for _ in 0..<1_000 { level.settle(missed: true) }
        #expect(abs(level.value - 0.04) < 1e-12)
        for _ in 0..<10_000 { level.settle(missed: false) }
        #expect(abs(level.value - 0.18) < 1e-12)
    }

    @Test("quantiles and chances of a pool are those of its moves")
    func pool() {
        let pool = MovePool([3, -1, 1, -3, 0])
        #expect(pool.quantile(0.5) == 0 && pool.quantile(0) == -3 && pool.quantile(1) == 3)
        #expect(pool.quantile(0.375) == -0.5)
        #expect(pool.chance(ofMove: 0.02, scale: 0.01) == 0.4)
        #expect(MovePool([]).chance(ofMove: 0.01, scale: 1) == 0)
    }

    @Test("models are read by name; one that is not built is not unknown")
    func models() throws {
        #expect(try ForecastModels(text: "ewma, logistic").names == [.ewma, .logistic])
        #expect(try ForecastModels(text: "ridge").names == [.har, .ridge])
        #expect(throws: ForecastModels.Unknown(name: "lstm", isMissing: true)) { try ForecastModels(text: "lstm") }
        #expect(throws: ForecastModels.Unknown(name: "tea", isMissing: false)) { try ForecastModels(text: "har,tea") }
    }

    @Test("a line of the table has prices, and nothing for a coin toss")
    func table() throws {
        let symbol = try #require(Symbol("BTC"))
        let line = ForecastTable.line(step(at: 2, outcome: nil, up: nil), symbol: symbol, horizon: .h4)
        let fields = line.split(separator: ",", omittingEmptySubsequences: false)
        #expect(fields.count == 9 && ForecastTable.header.split(separator: ",").count == 9)
        #expect(fields[0...3].joined(separator: ",") == "7200000,BTC,4h,100" && fields[8].isEmpty)
        #expect(Double(fields[4]) == 100 * exp(-0.01) && Double(fields[7]) == 100 * exp(0.03))
    }
}
