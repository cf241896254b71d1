/// Levels of price thresholds in rising order: a move from one price to another finds those it touches by bisection.
///
/// They stand in blocks of a bounded size, so that a level is put in or taken out by moving at most a block, however
/// many there are. Among equal levels the place decides, so that one of many at a round price is found at once, too.
struct PriceLevels: Sendable {
    /// Prices between which no level lies, both excluded.
    struct Gap: Sendable {
        var low = Double.nan
        var high = Double.nan
        /// False for every price while the gap is not known.
        func holds(_ price: Double) -> Bool { price > low && price < high }
    }

    private struct Key: Comparable {
        var price: Double
        var place: RulePlace
        static func < (a: Key, b: Key) -> Bool { a.price == b.price ? a.place < b.place : a.price < b.price }
    }

    private struct Block: Sendable {
        var prices: [Double] = []
        var places: [RulePlace] = []

        init() {
            prices.reserveCapacity(PriceLevels.blockLimit)
            places.reserveCapacity(PriceLevels.blockLimit)
        }

        func firstIndex(notBelow key: Key) -> Int {
            var low = 0
            var high = prices.count
            while low < high {
                let middle = (low + high) / 2
                if Key(price: prices[middle], place: places[middle]) < key { low = middle + 1 } else { high = middle }
            }
            return low
        }
    }

    /// Levels a block. 128 are moved in the time of two cache misses.
    private static let blockLimit = 128

    private var blocks: [Block] = []
    /// First key of each block.
    private var heads: [Key] = []
    private(set) var count = 0
    /// Around the price that was looked at last; not known after a level was put into it.
    private(set) var gap = Gap()

    mutating func insert(_ price: Double, _ place: RulePlace) {
        let key = Key(price: price, place: place)
        count += 1
        if gap.holds(price) { gap = Gap() }
        guard !blocks.isEmpty else {
            var block = Block()
            block.prices.append(price)
            block.places.append(place)
            blocks.append(block)
            heads.append(key)
            return
        }
        let number = block(of: key)
        let index = blocks[number].firstIndex(notBelow: key)
        blocks[number].prices.insert(price, at: index)
        blocks[number].places.insert(place, at: index)
        if index == 0 { heads[number] = key }
        if blocks[number].prices.count == PriceLevels.blockLimit { split(number) }
    }

    mutating func remove(_ price: Double, _ place: RulePlace) {
        guard !blocks.isEmpty else { return }
        let key = Key(price: price, place: place)
        let number = block(of: key)
        let index = blocks[number].firstIndex(notBelow: key)
        guard index < blocks[number].prices.count, blocks[number].places[index] == place,
            blocks[number].prices[index] == price
        else { return }
        blocks[number].prices.remove(at: index)
        blocks[number].places.remove(at: index)
        count -= 1
        if blocks[number].prices.isEmpty {
            blocks.remove(at: number)
            heads.remove(at: number)
        } else {
            if index == 0 { heads[number] = Key(price: blocks[number].prices[0], place: blocks[number].places[0]) }
            join(number)
        }
    }

    /// Places with a level from `low` to `high`, both included, lowest level first.
    func touched(from low: Double, to high: Double) -> [RulePlace] {
        guard !blocks.isEmpty else { return [] }
        let key = Key(price: low, place: .least)
        var number = block(of: key)
        var index = blocks[number].firstIndex(notBelow: key)
        var found: [RulePlace] = []
        while number < blocks.count {
            let prices = blocks[number].prices
            while index < prices.count {
                guard prices[index] <= high else { return found }
                found.append(blocks[number].places[index])
                index += 1
            }
            number += 1
            index = 0
        }
        return found
    }

    /// Finds the gap that holds `price`. There is none at a level itself.
    mutating func look(at price: Double) {
        gap = price.isNaN ? Gap() : Gap(low: -.infinity, high: .infinity)
        guard !blocks.isEmpty, !price.isNaN else { return }
        let key = Key(price: price, place: .least)
        var number = block(of: key)
        var index = blocks[number].firstIndex(notBelow: key)
        if index > 0 { gap.low = blocks[number].prices[index - 1] }
        if index == blocks[number].prices.count {
            number += 1
            index = 0
        }
        if number < blocks.count { gap.high = blocks[number].prices[index] }
        if gap.high == price { gap = Gap() }
    }

    /// Every place, lowest level first.
    var places: [RulePlace] { blocks.flatMap(\.places) }

    // MARK: Blocks

    /// The last block that begins at or before `key`, else the first.
    private func block(of key: Key) -> Int {
        var low = 0
        var high = heads.count
        while low < high {
            let middle = (low + high) / 2
            if heads[middle] > key { high = middle } else { low = middle + 1 }
        }
        return max(0, low - 1)
    }

    private mutating func split(_ number: Int) {
        let half = PriceLevels.blockLimit / 2
        var upper = Block()
        upper.prices += blocks[number].prices[half...]
        upper.places += blocks[number].places[half...]
        blocks[number].prices.removeSubrange(half...)
        blocks[number].places.removeSubrange(half...)
        heads.insert(Key(price: upper.prices[0], place: upper.places[0]), at: number + 1)
        blocks.insert(upper, at: number + 1)
    }

    /// Joins a block with the next where both are nearly empty, so that rules that came and went leave little behind.
    private mutating func join(_ number: Int) {
        guard number + 1 < blocks.count,
            blocks[number].prices.count + blocks[number + 1].prices.count <= PriceLevels.blockLimit / 4
        else { return }
        blocks[number].prices += blocks[number + 1].prices
        blocks[number].places += blocks[number + 1].places
        blocks.remove(at: number + 1)
        heads.remove(at: number + 1)
    }
}
