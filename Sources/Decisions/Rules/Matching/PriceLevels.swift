/// Levels of price thresholds in rising order: a move from one price to another finds those it touches by bisection.
struct PriceLevels: Sendable {
    private var prices: [Double] = []
    private var slots: [Int] = []

    var count: Int { prices.count }

    mutating func insert(_ price: Double, slot: Int) {
        let place = firstIndex(notBelow: price)
        prices.insert(price, at: place)
        slots.insert(slot, at: place)
    }

    mutating func remove(_ price: Double, slot: Int) {
        var place = firstIndex(notBelow: price)
        while place < prices.count, prices[place] == price {
            if slots[place] == slot {
                prices.remove(at: place)
                slots.remove(at: place)
                return
            }
            place += 1
        }
    }

    /// Slots with a level from `low` to `high`, both included.
    func touched(from low: Double, to high: Double) -> ArraySlice<Int> {
        let start = firstIndex(notBelow: low)
        var end = start
        while end < prices.count, prices[end] <= high { end += 1 }
        return slots[start..<end]
    }

    private func firstIndex(notBelow price: Double) -> Int {
        var low = 0
        var high = prices.count
        while low < high {
            let middle = (low + high) / 2
            if prices[middle] < price { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
