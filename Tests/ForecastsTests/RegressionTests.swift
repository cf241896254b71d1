import Foundation
import Support
import Testing
import Turns

@testable import Forecasts

@Suite(.oneAtATime) struct RegressionTests {
    @Test("a symmetric system is solved, and one without a solution is said to be")
    func system() throws {
        let answer = try #require(LinearSystem.solve([4, 0, 0, 2, 5, 0, 1, 3, 6], [11, 21, 25]))
        // [4 2 1; 2 5 3; 1 3 6] · [1 2 3] = [11 21 25]
        for (found, expected) in zip(answer, [1.0, 2, 3]) { #expect(abs(found - expected) < 1e-12) }
        #expect(LinearSystem.solve([1, 0, 1, 1], [1, 1]) == nil)
    }

    @Test("a gamma regression finds the coefficients that made the data, and its score is flat there")
    func gamma() throws {
        var random = SteadyRandom(seed: 5)
        var set = TrainingSet(width: 2)
        for _ in 0..<20_000 {
            let x = Double.random(in: -1...1, using: &random)
            // An exponential variable is a gamma variable of shape one.
            let noise = -log(Double.random(in: 1e-12...1, using: &random))
            set.append([1, x], outcome: exp(0.7 - 1.2 * x) * noise)
        }
        let fit = try #require(GammaRegression.fit(set, centre: [0, 0], ridge: 1e-9))
        #expect(abs(fit.coefficients[0] - 0.7) < 0.03 && abs(fit.coefficients[1] + 1.2) < 0.04)
        #expect(abs(fit.mean([1, 0.5]) - exp(fit.coefficients[0] + 0.5 * fit.coefficients[1])) < 1e-12)
        // With few rows the ridge holds it to the centre.
        var few = TrainingSet(width: 2)
        few.append([1, 1], outcome: 50)
        let held = try #require(GammaRegression.fit(few, centre: [0, 0.5], ridge: 1_000))
        #expect(abs(held.coefficients[0]) < 0.05 && abs(held.coefficients[1] - 0.5) < 0.05)
    }

    @Test("a logistic regression finds the coefficients that made the data")
    func logistic() throws {
        var random = SteadyRandom(seed: 6)
        var set = TrainingSet(width: 2)
        for _ in 0..<20_000 {
            let x = Double.random(in: -2...2, using: &random)
            let p = 1 / (1 + exp(-(0.3 + 0.8 * x)))
            set.append([1, x], outcome: Double.random(in: 0...1, using: &random) < p ? 1 : 0)
        }
        let fit = try #require(LogisticRegression.fit(set, ridge: 1))
        #expect(abs(fit.coefficients[0] - 0.3) < 0.05 && abs(fit.coefficients[1] - 0.8) < 0.05)
    }

    @Test("Platt's scaling takes the boast out of probabilities")
    func platt() throws {
        var random = SteadyRandom(seed: 7)
        var (said, came): ([Double], [Double]) = ([], [])
        for index in 0..<20_000 {
            let up = index.isMultiple(of: 2)
            said.append(up ? 0.9 : 0.1)
            came.append(Double.random(in: 0...1, using: &random) < (up ? 0.6 : 0.4) ? 1 : 0)
        }
        let platt = try #require(PlattScaling.fit(probabilities: said, outcomes: came, ridge: 1))
        #expect(abs(platt.calibrated(0.9) - 0.6) < 0.01 && abs(platt.calibrated(0.1) - 0.4) < 0.01)
    }

    @Test("least squares finds the plane")
    func ridge() throws {
        var random = SteadyRandom(seed: 8)
        var set = TrainingSet(width: 2)
        for _ in 0..<500 {
            let x = Double.random(in: -1...1, using: &random)
            set.append([1, x], outcome: 2 - 3 * x)
        }
        let fit = try #require(RidgeRegression.fit(set, ridge: 1e-9))
        #expect(abs(fit.value([1, 0.5]) - 0.5) < 1e-6)
        #expect(set.unfamiliar([1, 0.2]) == nil && set.unfamiliar([1, 9]) == 1)
    }
}
