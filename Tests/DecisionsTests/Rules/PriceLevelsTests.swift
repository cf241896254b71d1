import Testing
import Turns

@testable import Decisions

@Suite("Price levels", .oneAtATime)
struct PriceLevelsTests {
    @Test("levels put in and taken out at random are found as in a plain sorted list", arguments: 0..<4)
    func againstSortedList(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        var levels = PriceLevels()
        var plain: [(price: Double, place: RulePlace)] = []
        // Few prices make many equal levels, many prices few.
        let prices = [3, 60, 4_000, 1_000_000][seed]
        func price() -> Double { Double(Int.random(in: 1...prices, using: &generator)) / 4 }
        for step in 0..<6_000 {
            // Grows for a while and shrinks again, so that blocks are split and joined.
            let grows = step % 3_000 < 1_800
            if plain.isEmpty || Int.random(in: 0..<10, using: &generator) < (grows ? 8 : 1) {
                let place = step % 2 == 0 ? RulePlace.slot(step) : .threshold(step)
                let level = price()
                levels.insert(level, place)
                plain.append((level, place))
            } else {
                let index = Int.random(in: plain.indices, using: &generator)
                let (level, place) = plain.remove(at: index)
                // Not there at another price.
                levels.remove(level + 0.1, place)
                levels.remove(level, place)
            }
            guard step % 7 == 0 else { continue }
            #expect(levels.count == plain.count)
            let (a, b) = (price(), price())
            let found = levels.touched(from: min(a, b), to: max(a, b))
            let expected = plain.filter { $0.price >= min(a, b) && $0.price <= max(a, b) }
                .sorted { ($0.price, $0.place) < ($1.price, $1.place) }.map(\.place)
            #expect(found == expected)
            levels.look(at: a)
            #expect(levels.gap.holds(a) == !plain.contains { $0.price == a })
            if levels.gap.holds(a) {
                #expect(levels.gap.low == plain.map(\.price).filter { $0 < a }.max() ?? -.infinity)
                #expect(levels.gap.high == plain.map(\.price).filter { $0 > a }.min() ?? .infinity)
            }
        }
        #expect(plain.count > 100)
        for (level, place) in plain { levels.remove(level, place) }
        #expect(levels.count == 0)
        #expect(levels.touched(from: -.infinity, to: .infinity).isEmpty)
    }

    @Test("a level put into a gap closes it")
    func gap() {
        var levels = PriceLevels()
        levels.insert(10, .slot(1))
        levels.insert(20, .slot(2))
        levels.look(at: 15)
        #expect(levels.gap.holds(19))
        #expect(!levels.gap.holds(20))
        levels.insert(25, .slot(3))
        #expect(levels.gap.holds(19))
        levels.insert(16, .slot(4))
        #expect(!levels.gap.holds(19))
        #expect(!levels.gap.holds(15))
        levels.look(at: .nan)
        #expect(!levels.gap.holds(15))
    }
}
